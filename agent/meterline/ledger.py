"""What a desk does with the cause ledger: lists it, and keeps what people decide of a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args

from meterline.causes import Decision, Status
from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline.stores import Stores
    from meterline_tools.insight.causes import Cause
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.causes import OnFile
    from meterline_tools.receipts import Entity

__all__ = ["Cause", "Kept", "Ledger", "OnFile"]


@dataclass(frozen=True)
class Kept:
    """A decision as it was kept."""

    entry_id: str
    account: Entity
    slice_name: str
    cause: Cause
    durability: str
    status: Status
    first: date
    last: date
    excess_usd: float
    ongoing: bool
    currency: str
    removed: bool
    """Whether durable figures leave the money out."""


class Ledger:
    """The part of the desk that knows causes."""

    stores: Stores

    def workbench(self, asker: str | None, as_of: datetime | None) -> Workbench:
        raise NotImplementedError

    def causes(self, account: str = "", *, asker: str | None = None) -> list[OnFile]:
        """What is on file of an account, or of all in sight."""
        from meterline_tools.kit.causes import causes_on_file

        return causes_on_file(self.workbench(asker, None), account)

    def cause_kinds(self) -> list[Cause]:
        """The causes that the ledger and the explanations know, the company's own among them."""
        from meterline_tools.kit.own_causes import causes_of

        return list(causes_of(self.workbench(None, None)).values())

    def confirm_cause(
        self,
        account: str,
        cause: str = "",
        *,
        window: str = "",
        durability: str = "",
        note: str = "",
        asker: str | None = None,
    ) -> Kept:
        """Keeps the cause of the change of an account that began in a window, each day with its money.

        Without `cause` what the explanation names is confirmed; `durability` is that of the cause unless it is given.

        Raises:
            UserError: nothing moved, no cause is named, or an unknown cause or durability.
        """
        from meterline_tools.kit.causes import cause_named, propose_cause

        bench = self.workbench(asker, None)
        found = propose_cause(bench, account, window)
        chosen = cause_named(bench, cause) if cause else found.cause
        if chosen is None:
            raise UserError(
                f"The explanation names no cause for {found.account.name}, so say which it was: "
                f'meterline cause confirm "{found.account.name}" CAUSE. All: meterline cause list --kinds'
            )
        decision = Decision(
            account_id=found.account.id,
            slice=found.slice,
            cause=chosen.id,
            durability=_durability(durability) or chosen.durability,
            status="confirmed",
            days=found.excess,
            by=bench.principal.rep_id or bench.principal.user_id,
            known_at=bench.asof.known_at,
            evidence=found.evidence,
            note=note,
        )
        entry_id = self._keep(decision, bench)
        return _kept(entry_id, decision, found.account, found.slice_name, chosen, bench, ongoing=found.ongoing)

    def reject_cause(self, account: str, cause: str, *, window: str = "", note: str = "", asker: str | None = None) -> list[Kept]:
        """Takes a cause off the file, or rules it out for the change of an account that began in a window.

        Raises:
            UserError: an unknown account or cause, or nothing that could be rejected.
        """
        from meterline_tools.kit.causes import account_named, cause_named, causes_on_file, propose_cause

        bench = self.workbench(asker, None)
        entity, chosen = account_named(bench, account), cause_named(bench, cause)
        by = bench.principal.rep_id or bench.principal.user_id
        on_file = [e for e in causes_on_file(bench, entity.id) if e.cause == chosen.id and e.status != "rejected"]
        if window:
            on_file = [e for e in on_file if _touches(e, bench, window)]
        kept = []
        for entry in on_file:
            rows = _rows(bench, entry.ids)
            days = [(row["day"], row["excess_usd"]) for row in rows]
            decision = Decision(
                entity.id, entry.slice, chosen.id, entry.durability, "rejected", days, by, bench.asof.known_at, (), note, entry.ids
            )
            kept.append(_kept(self._keep(decision, bench), decision, entity, "", chosen, bench))
        if not kept:
            found = propose_cause(bench, entity.id, window)
            decision = Decision(
                entity.id, found.slice, chosen.id, chosen.durability, "rejected", found.excess, by, bench.asof.known_at, note=note
            )
            kept.append(_kept(self._keep(decision, bench), decision, entity, found.slice_name, chosen, bench))
        return kept

    def _keep(self, decision: Decision, bench: Workbench) -> str:
        """The decision on file, and in the audit: figures that people see depend on it from now on."""
        entry_id = self.stores.causes.decide(decision)
        days = [day for day, _ in decision.days]
        self.stores.audit.append(
            {
                "kind": "cause",
                "user": bench.principal.user_id,
                "role": bench.principal.role,
                "question": f"{decision.status} {decision.cause} {min(days)}..{max(days)}",
                "accounts": [decision.account_id],
                "entry": entry_id,
                "snapshot": bench.warehouse.snapshot_id,
                "note": decision.note,
            }
        )
        return entry_id


def _durability(text: str) -> str:
    from meterline_tools.insight.causes import Durability

    plain = text.strip().casefold().replace("-", "_").replace(" ", "_")
    known = [d for d in get_args(Durability) if d not in ("unknown", "too_early")]
    if plain and plain not in known:
        raise UserError(f"There is no durability '{text}'. Take one of {', '.join(known)}.")
    return plain


def _touches(entry: OnFile, bench: Workbench, window: str) -> bool:
    from meterline_tools.catalog.periods import resolve_period

    asked = resolve_period(window, bench.asof, bench.calendar).window
    return entry.first <= asked.end and asked.start <= entry.last


def _rows(bench: Workbench, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the ledger, in the order of their ids."""
    from sqlalchemy import select

    ledger = bench.views.table("usage_annotation")
    rows = bench.warehouse.run(select(ledger).where(ledger.c.annotation_id.in_(ids)), limit=len(ids) + 1).dicts()
    found = {row["annotation_id"]: row for row in rows}
    return [found[ident] for ident in ids]


def _kept(
    entry_id: str, decision: Decision, account: Entity, slice_name: str, cause: Cause, bench: Workbench, *, ongoing: bool = False
) -> Kept:
    from meterline_tools.kit.ledger import passing

    days = [day for day, _ in decision.days]
    return Kept(
        entry_id=entry_id,
        account=account,
        slice_name=slice_name,
        cause=cause,
        durability=decision.durability,
        status=decision.status,
        first=min(days),
        last=max(days),
        excess_usd=sum(usd or 0.0 for _, usd in decision.days),
        ongoing=ongoing,
        currency=bench.warehouse.company.currency,
        removed=decision.status == "confirmed" and decision.durability in passing(bench),
    )
