"""Items about what comes round: training vouchers, business reviews, self-serve accounts that wait for a word."""

from __future__ import annotations

from datetime import timedelta

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.coffee.frame import Frame, Reply, total_of
from meterline_tools.kit.coffee.told import Told, mark, nothing

TOP = 3
SOON_DAYS = 14
SURPRISE = 0.3
"""An overdue review is known to everybody and urgent to few."""


def vouchers(frame: Frame) -> Told | None:
    """F026: vouchers of customers: outstanding, expiring in thirty days, issued and redeemed."""
    found = total_of(frame.measure("M47"))
    if not frame.has_value(found.get("M47.outstanding")):
        return None
    f = found
    flow = f"in the last thirty days {mark(f['M47.issued'])} issued and {mark(f['M47.redeemed'])} redeemed"
    said = f"{mark(f['M47.outstanding'])} outstanding, {mark(f['M47.expiring'])} of them expiring within a month; {flow}."
    return Told([said], values={"vouchers": f["M47.outstanding"]})


def reviews(frame: Frame) -> Told | None:
    """F031: business reviews that are due within two weeks, and those overdue."""
    from sqlalchemy import select

    if not frame.has("qbr"):
        return None
    qbr, accounts = frame.bench.views.table("qbr"), frame.bench.views.accounts()
    today = frame.bench.asof.today
    statement = (
        select(qbr.c.qbr_id, qbr.c.account_id, accounts.c.account_name, qbr.c.due_date)
        .join_from(qbr, accounts, accounts.c.account_id == qbr.c.account_id)
        .where(qbr.c.due_date <= today + timedelta(days=SOON_DAYS), qbr.c.held_at.is_(None), qbr.c.status.in_(("due", "scheduled")))
        .order_by(qbr.c.due_date, qbr.c.qbr_id)
    )
    found = frame.read("reviews", statement)
    late = [n for n, row in enumerate(found.rows) if row["due_date"] < today]
    worked = frame.worked("reviews", [{"overdue": len(late), "due": len(found.rows) - len(late)}])
    if not found.rows:
        return nothing("No business review is due or overdue.")
    overdue, due = (worked.figure(0, name, f"Business reviews {name}", "count") for name in ("overdue", "due"))
    said = f"Overdue: {mark(str(overdue))}; due within two weeks: {mark(str(due))}."
    rows = [
        [mark(str(found.figure(n, "account_name", "Account"))), mark(str(found.figure(n, "due_date", "Due", "date")))] for n in late[:TOP]
    ]
    listed = {found.rows[n]["qbr_id"]: found.rows[n]["account_name"] for n in late}
    return Told(
        [said],
        ["Overdue longest", "Due"],
        rows,
        values={"reviews_overdue": str(overdue)},
        listed=listed,
        worries=_late(frame, found.rows, late),
    )


def _late(frame: Frame, rows: list[Reply], late: list[int]) -> list[Worry]:
    """Overdue reviews carry no money of their own, so they come last among exceptions."""
    told = []
    for n in late:
        row = rows[n]
        name = str(row["account_name"]).replace("[[", "[ [")
        told.append(
            Worry(
                f"review:{row['account_id']}", "review", row["account_id"], name, 0.0, SURPRISE, f"{name}: the business review is overdue."
            )
        )
    return told


def qualified(frame: Frame) -> Told | None:
    """F033: self-serve accounts that meet the rule and that nobody has spoken with since."""
    reply = frame.measure("M51", group_by=["account"])
    waiting = [row for row in reply["rows"] if row["entity"] and frame.number(row["figures"].get("M51"))]
    if not reply["receipts"] or any(item["metric"] == "M51" for item in reply["not_available"]):
        return None
    if not waiting:
        return nothing("No self-serve account waits for a first conversation.")
    whole = total_of(reply)
    late = whole.get("M51.late")
    past = f", {mark(late)} of them past the follow-up time" if late and frame.number(late) else ""
    said = f"Waiting for a first conversation: {mark(whole['M51'])}{past}."
    ordered = sorted(waiting, key=lambda row: -(frame.number(row["figures"].get("M51.usd")) or 0.0))
    keys = ("M51.usd", "M51.age")
    rows = [
        [mark(row["figures"]["M51"], "entity"), *(mark(row["figures"][key]) if key in row["figures"] else "" for key in keys)]
        for row in ordered
    ]
    listed = {row["entity"]["id"]: row["entity"]["name"] for row in waiting}
    return Told([said], ["Account", "In four weeks", "Waiting"], rows[:TOP], listed=listed)
