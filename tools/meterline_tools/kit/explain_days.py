"""The days of a located change, for its chart: what was used, what is usual, and when somebody said or did something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.evidence import Item
from meterline_tools.insight.locate import Located
from meterline_tools.kit.records import derived_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

AROUND = 56
"""Days drawn before the change, the weeks that its baseline is made of, and after it."""
_SAID = {"use_case_event": "use case", "change_event": "system event"}


def change_days(bench: Workbench, account: Entity, located: Located, items: Iterable[Item]) -> str:
    """A receipt of day, actual, usual, excess and event; of the slice that carries the change, or of the whole account.

    `usual` and `excess` are empty before the change begins, `actual` on a day of which no row came. Returns the receipt's id.
    """
    frame, change = located.frame, located.change
    mask = located.part.mask if located.part is not None else slice(None)
    actual = frame.measures["usd"][mask].sum(axis=0)
    received = frame.rows.sum(axis=0) > 0
    usual = located.expected[mask].sum(axis=0)
    happened = _events(located, items)
    rows: list[dict[str, Any]] = []
    for at in range(max(0, change.onset - AROUND), min(frame.days, change.end + 1 + AROUND)):
        day, since = frame.day(at), at - change.onset
        expected = round(float(usual[since]), 4) if since >= 0 else None
        used = round(float(actual[at]), 4) if received[at] else None
        excess = used - expected if used is not None and expected is not None and at <= change.end else None
        rows.append({"day": day, "actual": used, "usual": expected, "excess": excess, "event": "; ".join(happened.get(day, ())) or None})
    records = derived_records(bench, "calc", "explain_change", {"days_of": account.id, "onset": located.onset.isoformat()}, rows)
    last = max(n for n, row in enumerate(rows) if row["actual"] is not None)
    records.figure(last, "actual", "Consumption a day", bench.warehouse.company.currency, entity=account)
    return records.receipt.id


def _events(located: Located, items: Iterable[Item]) -> dict[date, list[str]]:
    """What happened on a day, in a word or two: where the change begins and ends, and each source that is cited."""
    found: dict[date, list[str]] = defaultdict(list)
    found[located.onset].append("begins")
    if not located.change.ongoing:
        found[located.end + timedelta(days=1)].append("over")
    for item in items:
        said = item.statement
        what = _SAID.get(said.source, said.source.replace("_", " "))
        word = f"{what} ({said.side})" if said.side != "system" else what
        if word not in found[said.day]:
            found[said.day].append(word)
    return found
