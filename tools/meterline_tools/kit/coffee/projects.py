"""Items about use cases: created, gone live, moved later."""

from __future__ import annotations

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.coffee.frame import WEEK, Frame, Reply, total_of
from meterline_tools.kit.coffee.told import Told, mark, nothing
from meterline_tools.kit.records import window

TOP = 3
SURPRISE = 0.6
"""A slip is bad news of the ordinary sort."""


def created(frame: Frame) -> Told | None:
    """F023: new in seven days, by account and rep."""
    return _flow(frame, "M36", "New in the last week")


def slipped(frame: Frame) -> Told | None:
    """F025: moved later in seven days, or passed while not live; days and money."""
    told = _flow(frame, "M38", "Moved later, or overdue, since a week")
    if told is not None and told.rows:
        told.worries = [_worry(frame, row) for row in _rows(frame, "M38")]
    return told


def _rows(frame: Frame, metric: str) -> list[Reply]:
    """Rows that hold something, the dearest first."""
    held = [row for row in frame.flow(metric)["rows"] if frame.number(row["figures"].get(f"{metric}.count"))]
    return sorted(held, key=lambda row: -(frame.number(row["figures"].get(f"{metric}.usd")) or 0.0))


def _flow(frame: Frame, metric: str, lead: str) -> Told | None:
    if not frame.has("use_case"):
        return None
    rows = _rows(frame, metric)
    whole = total_of(frame.flow(metric))
    if not rows or f"{metric}.count" not in whole:
        return nothing("None in the last week.")
    usd, days = whole.get(f"{metric}.usd"), whole.get(f"{metric}.days")
    late = f", by {mark(days)} on average" if days and frame.has_value(days) else ""
    said = f"{lead}: {mark(whole[f'{metric}.count'])}{f', worth {mark(usd)}' if usd else ''}{late}."
    table = [
        [_name(row, "account"), _name(row, "rep"), mark(row["figures"][f"{metric}.count"]), mark(row["figures"][f"{metric}.usd"])]
        for row in rows[:TOP]
    ]
    listed = {row["keys"]["account"]: _name(row, "account") for row in rows if row["keys"].get("account")}
    return Told([said], ["Account", "Rep", "Use cases", "Worth"], table, listed=listed)


def _name(row: Reply, dimension: str) -> str:
    """The name of a row's account or rep, harmless as text of ours."""
    text = str((row.get("names") or {}).get(dimension) or row["keys"].get(dimension) or "nobody")
    return text.replace("[[", "[ [").replace("]]", "] ]")


def _worry(frame: Frame, row: Reply) -> Worry:
    account, figures = str(row["keys"].get("account")), row["figures"]
    name = _name(row, "account")
    text = f"{name}: use cases worth {mark(figures['M38.usd'])} moved later or are overdue since a week."
    return Worry(f"slip:{account}", "slip", account, name, frame.number(figures["M38.usd"]) or 0.0, SURPRISE, text)


def live(frame: Frame) -> Told | None:
    """F024: gone live in seven days, with the planned and the actual date."""
    from sqlalchemy import select

    if not frame.has("use_case"):
        return None
    whole = total_of(frame.measure("M37", window=frame.trailing(WEEK)))
    if not frame.number(whole.get("M37.count")):
        return nothing("None in the last week.")
    span = frame.trailing(WEEK)
    case, accounts = frame.bench.views.table("use_case"), frame.bench.views.accounts()
    statement = (
        select(case.c.use_case_id, accounts.c.account_name, case.c.use_case_name, case.c.planned_live_date, case.c.actual_live_date)
        .join_from(case, accounts, accounts.c.account_id == case.c.account_id)
        .where(case.c.actual_live_date.between(span.start, span.end))
        .order_by(case.c.est_monthly_usd.desc().nulls_last(), case.c.use_case_id)
    )
    found = frame.read("live", statement)
    rows = []
    for n in range(min(len(found.rows), TOP)):
        cells = [
            found.figure(n, "account_name", "Account"),
            found.figure(n, "use_case_name", "Use case"),
            found.figure(n, "planned_live_date", "Planned live date", "date"),
            found.figure(n, "actual_live_date", "Live date", "date", window=window(span.start, span.end)),
        ]
        rows.append([mark(cell) if cell else "not recorded" for cell in cells])
    worth = f", worth {mark(whole['M37.usd'])}" if "M37.usd" in whole else ""
    said = f"Gone live in the last week: {mark(whole['M37.count'])}{worth}."
    listed = {row["use_case_id"]: row["use_case_name"] for row in found.rows}
    return Told([said], ["Account", "Use case", "Planned", "Live"], rows, listed=listed)
