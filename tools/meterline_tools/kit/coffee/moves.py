"""Items about why: moves without a recorded cause, with a draft to the rep, and what was explained lately."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.coffee.frame import WEEK, Frame
from meterline_tools.kit.coffee.told import Told, joined, mark, nothing
from meterline_tools.kit.records import Records, window
from meterline_tools.kit.watching.findings import Finding, watch_over
from meterline_tools.kit.watching.news import MOVE

TOP, DRAFTS = 5, 2
TEMPORARY = ("one_time", "seasonal", "external")


def unexplained(frame: Frame) -> Told | None:
    """F028: accounts that the watch finds beyond their usual now while no confirmed cause is on file."""
    if not frame.has("usage_daily", "effective_cost"):
        return None
    found = watch_over(frame.bench, slices=False).findings
    open_moves = sorted((each for each in found if each.on and each.cause is None), key=lambda each: -abs(each.size))
    if not open_moves:
        return nothing("Every move beyond the usual has a confirmed cause on file, or there was none.")
    return _open_list(frame, open_moves)


def _open_list(frame: Frame, moves: list[Finding]) -> Told:
    rows = [
        {
            "account_id": move.entity.id,
            "onset": move.onset,
            "delta": move.size,
            "actual": move.usual + move.size,
            "expected": move.usual,
            "pct": move.share,
        }
        for move in moves
    ]
    worked = frame.worked("unexplained", [row | {"open": len(moves)} for row in rows])
    count = worked.figure(0, "open", "Moves without a recorded cause", "count")
    told = Told([f"Beyond the usual variation, with no confirmed cause on file: {mark(str(count))}."])
    told.columns = ["Account", "A day", "Against the usual", "In percent"]
    told.listed = {move.entity.id: move.entity.name for move in moves}
    told.moves = {f"{MOVE}:{move.entity.id}": move for move in moves}
    for n, move in enumerate(moves):
        figures = _figures(frame, worked, n, move)
        delta = figures["delta"]
        told.worries.append(_worry(move, figures))
        if n < TOP:
            pct = mark(figures["pct"], "change") if "pct" in figures else "from near zero"
            told.rows.append([mark(delta, "entity"), mark(figures["actual"]), mark(delta, "change"), pct])
        if n < DRAFTS:
            told.drafts += _draft(frame, move, figures)
    return told


def _figures(frame: Frame, worked: Records, n: int, move: Finding) -> dict[str, str]:
    span = window(move.onset, move.end)
    a_day = f"{frame.currency}/day"
    found = {
        "delta": worked.figure(n, "delta", "Change against the usual", a_day, entity=move.entity, window=span),
        "actual": worked.figure(n, "actual", "Consumption since the change", a_day, entity=move.entity, window=span),
        "expected": worked.figure(n, "expected", "Usual of the weekdays before", a_day, entity=move.entity),
        "pct": worked.figure(n, "pct", "Change against the usual in percent", "%", entity=move.entity, window=span),
        "onset": worked.figure(n, "onset", "Since", "date", entity=move.entity),
    }
    return {name: figure for name, figure in found.items() if figure}


def _worry(move: Finding, figures: dict[str, str]) -> Worry:
    delta, ident = figures["delta"], move.entity.id
    text = f"{mark(delta, 'entity')} is {mark(delta, 'change')} against its usual since {mark(figures['onset'])}, and no cause is on file."
    return Worry(f"{MOVE}:{ident}", MOVE, ident, move.entity.name, move.at_stake, move.surprise, text)


def _draft(frame: Frame, move: Finding, figures: dict[str, str]) -> list[dict[str, Any]]:
    """A message to the rep, never to the customer. None to oneself, and none where nobody is credited."""
    owner = frame.owner(move.entity.id)
    if owner is None or owner[0] == frame.bench.principal.rep_id:
        return []
    d = figures["delta"]
    usual = f", where {mark(figures['expected'])} is usual" if "expected" in figures else ""
    facts = f"{mark(d, 'entity')} is {mark(d, 'change')} over {mark(d, 'window')}{usual}, and no cause is on file."
    asks = "Did you know this was coming?" if move.size < 0 else "Do you know what is behind it, and whether it will last?"
    return [{"to": owner[0], "name": owner[1], "text": f"To {mark(owner[1])}: {facts} {asks} How can I help?"}]


def explained(frame: Frame) -> Told | None:
    """F029: causes confirmed in the last seven days, and how much of what they explain will last."""
    from sqlalchemy import func, select

    if not frame.has("usage_annotation"):
        return None
    cause, accounts = frame.bench.views.table("usage_annotation"), frame.bench.views.accounts()
    since = datetime.combine(frame.bench.asof.today - timedelta(days=WEEK), time.min)
    statement = (
        select(
            cause.c.account_id, accounts.c.account_name, cause.c.cause, cause.c.durability, func.sum(cause.c.excess_usd).label("excess_usd")
        )
        .join_from(cause, accounts, accounts.c.account_id == cause.c.account_id)
        .where(cause.c.status == "confirmed", cause.c.confirmed_at >= since)
        .group_by(cause.c.account_id, accounts.c.account_name, cause.c.cause, cause.c.durability)
        .order_by(func.abs(func.sum(cause.c.excess_usd)).desc().nulls_last(), cause.c.account_id)
    )
    found = frame.read("explained", statement)
    if not found.rows:
        return nothing("No cause was confirmed in the last week.")
    split = {
        "durable": sum(row["excess_usd"] or 0.0 for row in found.rows if row["durability"] == "durable"),
        "temporary": sum(row["excess_usd"] or 0.0 for row in found.rows if row["durability"] in TEMPORARY),
        "accounts": len({row["account_id"] for row in found.rows}),
    }
    worked = frame.worked("explained", [split])
    durable, temporary = (worked.figure(0, name, f"Explained and {name}", frame.currency) for name in ("durable", "temporary"))
    count = worked.figure(0, "accounts", "Accounts explained", "count")
    firsts = {row["account_id"]: n for n, row in reversed(list(enumerate(found.rows)))}
    names = [mark(str(found.figure(n, "account_name", "Account"))) for n in sorted(firsts.values())[:TOP]]
    said = f"Confirmed in the last week for {mark(str(count))} {'account' if split['accounts'] == 1 else 'accounts'}: {joined(names)}."
    kept = f"Of these amounts, {mark(str(durable))} is durable and {mark(str(temporary))} is one-time, seasonal or external."
    return Told([said, kept], listed={row["account_id"]: row["account_name"] for row in found.rows})
