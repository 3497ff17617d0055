"""The cause ledger's working side: what a change would be confirmed as, day by day, and what is on file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ModelMustRetry, UserError
from meterline_tools.kit.records import find_account
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.causes import Cause
    from meterline_tools.insight.locate import Located
    from meterline_tools.kit.bench import Workbench

_KEYS = {"workload": "workload_id", "sku": "sku_id", "region": "region_id", "workspace": "workspace_id"}
"""Attributes of a slice by the columns of the data, where they are called otherwise."""
_MOST = 5_000
_SURE = 80.0
"""How alike, of 100, a word and a cause must be."""


@dataclass(frozen=True)
class Proposal:
    """One located change as it would stand in the ledger."""

    account: Entity
    slice: str
    """JSON of column to values; empty for the whole account."""
    slice_name: str
    excess: tuple[tuple[date, float], ...]
    """Each day of the change with what it has above (or below) the usual, in money."""
    cause: Cause | None
    """What the explanation itself names; None where it names none."""
    confidence: str
    evidence: tuple[str, ...]
    """Ids of the sources behind the explanation."""
    ongoing: bool
    known_at: datetime

    @property
    def first(self) -> date:
        return self.excess[0][0]

    @property
    def last(self) -> date:
        return self.excess[-1][0]

    @property
    def total(self) -> float:
        return sum(usd for _, usd in self.excess)


@dataclass(frozen=True)
class OnFile:
    """What the ledger says of one account, slice and cause: its days together."""

    account: Entity
    slice: str
    cause: str
    durability: str
    status: str
    first: date
    last: date
    excess_usd: float
    by: str
    ids: tuple[str, ...]
    """annotation_id of each day."""


def propose_cause(bench: Workbench, account: str, window: str = "") -> Proposal:
    """The change of an account that began in a window (empty: in the last quarter), ready to be confirmed.

    Raises:
        UserError: no such account, no cost, or nothing moved beyond the usual.
    """
    from meterline_tools.insight.locate import Located
    from meterline_tools.kit.explain import explain_located, look_for_change
    from meterline_tools.kit.own_causes import thresholds_of

    entity = account_named(bench, account)
    if not bench.warehouse.has("usage_daily", "effective_cost"):
        raise UserError("No cost is loaded, and causes are kept with their money.")
    rules = thresholds_of(bench)
    usage, found, _ = look_for_change(bench, entity, window, rules)
    if usage is None or not isinstance(found, Located):
        when = f"in {window}" if window else "in the last quarter"
        raise UserError(f"Nothing of {entity.name} moved beyond the usual {when}, so there is no cause to keep. Name another --window.")
    told = explain_located(bench, entity, usage, found, rules)
    return Proposal(
        account=entity,
        slice=_slice(found),
        slice_name=", ".join(found.frame.name(value) for value in found.part.values) if found.part else "",
        excess=daily_excess(found),
        cause=told.cause,
        confidence=told.confidence.level,
        evidence=tuple(dict.fromkeys(item.statement.source_id for item in told.evidence)),
        ongoing=found.change.ongoing,
        known_at=bench.asof.known_at,
    )


def daily_excess(located: Located) -> tuple[tuple[date, float], ...]:
    """Actual less expected on each day of a change, over the leaves of its slice, in money."""
    from meterline_tools.insight.price import cents

    frame, change = located.frame, located.change
    mask = located.part.mask if located.part is not None else slice(None)
    usd = frame.measures["usd"][mask, change.onset : change.end + 1].sum(axis=0)
    usual = located.expected[mask, : change.days].sum(axis=0)
    return tuple((frame.day(change.onset + n), cents(float(gap))) for n, gap in enumerate(usd - usual))


def causes_on_file(bench: Workbench, account: str = "") -> list[OnFile]:
    """What the ledger holds of an account, or of all in sight: newest days first."""
    from sqlalchemy import func, select

    ledger, accounts = bench.views.table("usage_annotation"), bench.views.accounts()
    statement = select(ledger, accounts.c.account_name).join(accounts, accounts.c.account_id == ledger.c.account_id)
    if account:
        statement = statement.where(ledger.c.account_id == account_named(bench, account).id)
    order = (func.coalesce(ledger.c.slice, ""), ledger.c.day, ledger.c.annotation_id)
    rows = bench.warehouse.run(statement.order_by(ledger.c.account_id, *order), limit=_MOST).dicts()
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(tuple(str(row[k] or "") for k in ("account_id", "slice", "cause", "durability", "status")), []).append(row)
    return sorted((_on_file(group) for group in grouped.values()), key=lambda e: (-e.last.toordinal(), e.account.name, e.cause, e.slice))


def _on_file(rows: Sequence[dict[str, Any]]) -> OnFile:
    first = rows[0]
    return OnFile(
        account=Entity(type="account", id=first["account_id"], name=first["account_name"]),
        slice=first["slice"] or "",
        cause=first["cause"] or "",
        durability=first["durability"] or "unknown",
        status=first["status"] or "hypothesis",
        first=min(row["day"] for row in rows),
        last=max(row["day"] for row in rows),
        excess_usd=sum(float(row["excess_usd"] or 0.0) for row in rows),
        by=first["confirmed_by"] or "",
        ids=tuple(row["annotation_id"] for row in rows),
    )


def cause_named(bench: Workbench, text: str) -> Cause:
    """The cause of that id or label, the company's own among them, typing slips allowed. UserError with the nearest ones."""
    from rapidfuzz import fuzz

    from meterline_tools.kit.own_causes import causes_of

    causes = causes_of(bench)
    plain = text.strip().casefold().replace("-", "_").replace(" ", "_")
    if plain in causes:
        return causes[plain]
    words = text.casefold().replace("_", " ")
    scores = {
        c.id: max(fuzz.ratio(words, c.id.replace("_", " ")), fuzz.token_set_ratio(words, c.label.casefold()) * 0.98)
        for c in causes.values()
    }
    near = sorted(scores, key=lambda name: (-scores[name], name))[:4]
    if scores[near[0]] >= _SURE and scores[near[0]] > scores[near[1]]:
        return causes[near[0]]
    raise UserError(f"There is no cause called '{text}'. Nearest: {', '.join(near)}. All: meterline cause list --kinds")


def account_named(bench: Workbench, account: str) -> Entity:
    try:
        return find_account(bench, account)
    except ModelMustRetry as hint:
        raise UserError(str(hint)) from None


def _slice(located: Located) -> str:
    part = located.part
    if part is None:
        return ""
    values: Any = list(part.values) if len(part.values) > 1 else part.values[0]
    return json.dumps({_KEYS.get(part.attribute, part.attribute): values}, ensure_ascii=False, sort_keys=True)
