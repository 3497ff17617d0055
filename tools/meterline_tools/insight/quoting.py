"""What is quoted without a cause that is read in it: the reader understands it better than we do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from meterline_tools.insight.causes import Cause
from meterline_tools.insight.evidence import Item, Weighed, rank
from meterline_tools.insight.thresholds import Thresholds


def once_a_source(items: Iterable[Item]) -> tuple[Item, ...]:
    """Of what one source claims in several sentences, the one that is surest, in the place of the first."""
    out: dict[str, Item] = {}
    for item in items:
        known = out.setdefault(item.statement.source_id, item)
        if item.sure > known.sure:
            out[item.statement.source_id] = item
    return tuple(out.values())


SAID = 4
"""So much is quoted where no cause is stated for it."""


def said_of(weighed: Weighed, candidates: Sequence[Cause] = ()) -> tuple[Item, ...]:
    """The best words for each cause that stays open, then what was said of the slice without a cause; one a sentence."""
    pointing = [
        item for cause in candidates for item in weighed.supporting.get(cause.id, ()) if item.statement.source == "note" and not item.hint
    ]
    out: dict[int, Item] = {}
    for item in (*sorted(pointing, key=rank, reverse=True), *_in_turn(weighed.told)):
        out.setdefault(id(item.statement), item)
    return tuple(out.values())[:SAID]


def _in_turn(told: Sequence[Item]) -> list[Item]:
    """The customer's words and those of our own people by turns, each in their order: neither side's guess hides the other's."""
    sides = [[i for i in told if (i.statement.side == "vendor") is ours] for ours in (False, True)]
    return [item for pair in zip_longest(*sides) for item in pair if item is not None]


BESIDE = 2
"""So much is quoted beside the words that a cause rests on."""


def beside(shown: Sequence[Item], weighed: Weighed, rules: Thresholds) -> tuple[Item, ...]:
    """What sources not shown yet said of the slice in its days: the reason they may give is not read, and may be another one.

    Only what comes near to telling a reason, or nearly does and speaks of usage or names the slice: small talk is none.
    """

    def worth(item: Item) -> float:
        return item.sure + (rules.meaning.pointed if item.pointed else 0.0)

    known = {item.statement.source_id for item in shown}
    out: dict[str, Item] = {}
    for item in sorted(weighed.told, key=worth, reverse=True):
        if item.statement.source_id not in known and worth(item) >= rules.meaning.plainly:
            out.setdefault(item.statement.source_id, item)
    return tuple(out.values())[:BESIDE]
