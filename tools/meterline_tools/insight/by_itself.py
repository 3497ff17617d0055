"""A change of a slice that the account as a whole did not make: told of the slice alone, in the slice's own money."""

from __future__ import annotations

from dataclasses import replace

from meterline_tools.insight.baseline import baseline
from meterline_tools.insight.history import History
from meterline_tools.insight.locate import Located, measured
from meterline_tools.insight.material import Move
from meterline_tools.insight.thresholds import Thresholds

WITH_IT = 0.5
"""Share of a slice's change that the account as a whole has to show, or the rest of it moved the other way."""


def by_itself(history: History, located: Located, rules: Thresholds) -> Located:
    """The change as it is to be told.

    Where the account moved with the slice, that is the change of the account. Where it moved the other way, or hardly at
    all, it is the change of the slice by itself: its baseline, its normal variation, and its money, with nothing beside it.
    """
    part, change = located.part, located.change
    if part is None or located.source != "slice" or located.delta * part.contribution >= WITH_IT * part.contribution**2:
        return located
    move = Move(change, located.source, (part.attribute, part.values), part.mask, apart=True)
    alone = measured(history, located.frame, move, rules)
    if alone is None or alone.part is None:
        return located
    usd, days = located.frame.measures["usd"][part.mask], slice(change.onset, change.end + 1)
    own = baseline(usd.sum(axis=0), change.onset, rules)
    band = alone.band_per_day if own is None else own.sd_week
    return replace(
        alone,
        actual_per_day=float(usd[:, days].sum() / change.days),
        baseline_per_day=float(alone.expected[part.mask, : change.days].sum() / change.days),
        band_per_day=band,
        z=alone.z * alone.band_per_day / max(band, 1e-9),
        priced=located.priced,
        further=located.further,
    )
