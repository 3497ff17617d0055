"""Items about consumption: how fresh the data are, the day, gainers, losers, new logos."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from meterline_tools.insight.spark import sparkline
from meterline_tools.kit.coffee.frame import MONTH, TOP, WEEK, Figures, Frame, Reply, total_of
from meterline_tools.kit.coffee.told import Told, joined, mark, nothing
from meterline_tools.receipts import Window

WEEKS_BACK = 4


def freshness(frame: Frame) -> Told:
    """F035: the last complete day, and how much of yesterday is in."""
    found = total_of(frame.measure("M54"))
    if not frame.has_value(found.get("M54.date")):
        return Told(["How complete the data are cannot be told."])
    said = [f"Complete to {mark(found['M54.date'])}."]
    if frame.has_value(found.get("M54.pct")):
        said.append(f"Of yesterday, {mark(found['M54.pct'])} of what was expected has come in so far.")
    return Told(said, values={"d1": found["M54.date"]})


def daily(frame: Frame) -> Told | None:
    """F020: the last complete day against the same weekday of the four weeks before, and four weeks as a line."""
    window = frame.trailing(WEEK * WEEKS_BACK + 1)
    reply = frame.measure("M01", window=window, group_by=["day"])
    by_day = {date.fromisoformat(row["keys"]["day"]): row["figures"]["M01"] for row in reply["rows"] if row["keys"].get("day")}
    if frame.d1 not in by_day:
        return None
    values = {day: frame.number(figure) for day, figure in by_day.items()}
    before = [value for week in range(1, WEEKS_BACK + 1) if (value := values.get(frame.d1 - timedelta(days=WEEK * week))) is not None]
    line = sparkline([values.get(frame.d1 - timedelta(days=back)) for back in range(MONTH - 1, -1, -1)])
    usual = median(before) if before else None
    now = values[frame.d1] or 0.0
    change = now / usual - 1 if usual else None
    worked = frame.worked("daily", [{"day": frame.d1, "usual": usual, "change": change, "line": line, "weeks": len(before)}])
    told = mark(by_day[frame.d1])
    on_day = (
        mark(by_day[frame.d1], "window") if frame.bench.book.figures[by_day[frame.d1]].window == _day(frame.d1) else f"{_spell(frame.d1)}"
    )
    if usual and change is not None:
        figure = worked.figure(0, "change", "Change against the usual weekday", "%", window=_day(frame.d1))
        usually = worked.figure(0, "usual", "Median of that weekday in the four weeks before", frame.currency)
        said = f"{told} on {on_day}, {mark(str(figure), 'change')} against the {mark(str(usually))} usual for that weekday."
    else:
        said = f"{told} on {on_day}; there are no earlier weeks to hold it against."
    drawn = worked.figure(0, "line", "Consumption by day", window=frame.trailing(MONTH))
    shape = f"Day by day: {mark(str(drawn))}"
    return Told([said, shape], values={"daily": by_day[frame.d1]}, chart=reply["receipts"][0])


def _day(day: date) -> Window:
    return Window.model_validate({"from": day, "to": day})


def _spell(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def gainers(frame: Frame) -> Told | None:
    """F021: who gained most over seven days, and over twenty-eight."""
    return _movers(frame, 1, "gained")


def losers(frame: Frame) -> Told | None:
    """F022: who lost most."""
    return _movers(frame, -1, "lost")


def _movers(frame: Frame, sign: int, verb: str) -> Told | None:
    if not frame.has("usage_daily", "effective_cost"):
        return None
    week, month = (frame.ranked(reply, sign)[:TOP] for reply in (frame.week, frame.month))
    if not week and not month:
        return nothing(f"No account {verb}, by the week or by the month.")
    rows = [[*_cells(week, n), *_cells(month, n)] for n in range(max(len(week), len(month)))]
    listed = {row["entity"]["id"]: row["entity"]["name"] for row in month}
    return Told(columns=["Seven days", "", "", "Four weeks", "", ""], rows=rows, listed=listed)


def _cells(rows: list[Reply], n: int) -> list[str]:
    """Name, money and percent of the n-th mover; blanks where there are fewer."""
    if n >= len(rows):
        return ["", "", ""]
    figures: Figures = rows[n]["figures"]
    name = mark(figures["M10"], "entity")
    return [name, mark(figures["M10"]), mark(figures["M08"]) if "M08" in figures else ""]


def new_logos(frame: Frame) -> Told | None:
    """F032: accounts that reached the installed threshold in the last seven days."""
    if not frame.has("usage_daily", "effective_cost"):
        return None
    reply = frame.measure("M26", window=frame.trailing(WEEK), group_by=["account"])
    names = {row["entity"]["id"]: row["entity"]["name"] for row in reply["rows"] if row["entity"]}
    found = total_of(reply)
    if not names or "M26" not in found:
        return nothing("No account crossed the installed threshold in the last week.")
    shown = [mark(row["figures"]["M26"], "entity") for row in reply["rows"][:TOP]]
    return Told([f"Crossed the installed threshold in the last week: {mark(found['M26'])} ({joined(shown)})."], listed=names)
