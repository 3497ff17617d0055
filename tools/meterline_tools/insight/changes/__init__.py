"""Which slices carry a change: a table of leaves (attributes, actual, expected) to the few slices that explain it.

`localise` is the door. A leaf is a combination of attribute values; a slice fixes some attributes and holds every leaf
that agrees. Each leaf's change is assigned to one slice or to the rest, so contributions add up to the total.
"""

from meterline_tools.insight.changes.leaves import Leaves
from meterline_tools.insight.changes.localised import Localised, Rest, Slice
from meterline_tools.insight.changes.localising import localise

__all__ = ["Leaves", "Localised", "Rest", "Slice", "localise"]
