"""What a language model is offered: few, wide tools with terse schemas, short replies, and a prepared situation.

The built-in analyst calls the kit itself. A language model pays for every word it is shown, on each of its calls,
so it gets the same functions through a narrower door: near-duplicates are one tool, figures are told once,
and long findings stand ready as sections that a draft takes by id.
"""

from __future__ import annotations

from meterline.offer.situation import situation
from meterline.offer.tools import OFFERED

__all__ = ["OFFERED", "situation"]
