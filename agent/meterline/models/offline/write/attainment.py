"""I08: attainment, pace first; who is behind and by how much; managers as ratio of sums."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import Metrics, Row, capital, cells, finish, joined, mark, measured, nothing, subject, table
from meterline.models.offline.write.people import Values, gap_text, needed_text, pace_clause

_KEYS = ["M14.pace", "M14.to_date", "M14.gap", "M13", "M15"]
_COLUMNS = ["Pace", "To date", "Above or short of pace", "Incremental consumption", "Required run rate"]
_METRICS = ["M13", "M14", "M15"]
_NO_VERDICT = "These are figures and no ranking of people: books differ in size, segment and quota."


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    reply, managers = Metrics(turn.reply("attainment")), Metrics(turn.reply("managers"))
    who = subject(reading, context)
    books = Metrics(turn.reply("books"))
    listed = bool(reading.measure.group_by) or turn.reply("managers") is not None or len(reading.people) > 1
    if listed and any(reply.number(row.figures.get("M14.pace")) is not None for row in reply.rows):
        draft = _list(reading, reply, managers)
    elif "M14.pace" in reply.whole or "M13" in reply.whole:
        draft = _one(reading, reply, who)
        if (team := Metrics(turn.reply("team"))).rows:
            draft.sections.append(_table("The team, in the order of names", sorted(team.rows, key=lambda row: joined(row.names))))
    elif books.rows:
        draft = _books(books, f"Attainment is not kept for {who}" if reading.uncut else "No quota is loaded")
    else:
        draft = nothing(reading, f"There is no quota figure for {who}.", reply)
        draft.next_steps = ["Ask for the growth of the book instead; without a quota it is not attainment."]
        return draft
    draft.next_steps.append("Ask what is in the pipeline and when it goes live, before the gap is judged.")
    if set(lexicon().concepts["judged"]) & reading.tokens.present:
        draft.sections.append(Section(sentences=[measured(_NO_VERDICT)]))
    period = reading.periods.main
    if period is not None and period.window.end < context.asof.d1:
        draft.not_available.append(
            "Attainment is told for the running fiscal year up to the last complete day; an earlier period is not available here yet."
        )
    given = [r for r in (reply, managers) if r.reply is not None]
    return finish(draft, reading, *given, metrics=_METRICS)


def _one(reading: Reading, reply: Metrics, who: str) -> Draft:
    """One person or team: pace and the gap first, or what is still needed when that is the question."""
    values = Values(reply.data, reply.whole)
    f = values.figures
    clause = pace_clause(values)
    if not clause:
        return Draft(headline=measured(f"{capital(who)}: incremental consumption is {mark(f['M13'])} ({mark(f['M13'], 'window')})."))
    gap = f"; that is {gap_text(values)}" if "M14.gap" in f else ""
    stands = measured(f"{capital(who)} {clause} ({mark(f['M14.pace'], 'window')}){gap}.")
    told = [measured(text) for text in _details(values)]
    needed = [measured(text) for text in needed_text(values)]
    if needed and _NEED & reading.tokens.present:
        return Draft(headline=needed[0], sections=[Section(sentences=[stands, *told, *needed[1:]])])
    return Draft(headline=stands, sections=[Section(sentences=[*told, *needed])])


_NEED = frozenset({"need", "needs", "needed", "require", "required", "left", "remaining"})


def _details(values: Values) -> list[str]:
    """The share of the full year's quota and what was consumed above the baseline; below it, the bare percentages."""
    f, pace = values.figures, values.number("M14.pace") or 0.0
    to_date = mark(f["M14.to_date"]) if "M14.to_date" in f else ""
    if pace < 0:
        return [
            f"As percentages, that is {mark(f['M14.pace'])} of quota pace{f' and {to_date} of the full-year quota' if to_date else ''}."
        ]
    told = [f"Of the full-year quota {to_date} is reached."] if to_date else []
    if "M13" in f:
        told.append(f"Incremental consumption since the year began is {mark(f['M13'])}, over the stored baseline.")
    return told


def _list(reading: Reading, reply: Metrics, managers: Metrics) -> Draft:
    """Everybody by pace, lowest first when the question is who is behind."""
    with_quota = [row for row in reply.rows if reply.number(row.figures.get("M14.pace")) is not None]
    without = [joined(row.names) for row in reply.rows if row not in with_quota]
    ordered = sorted(with_quota, key=lambda row: reply.number(row.figures["M14.pace"]) or 0.0)
    behind = [row for row in ordered if (reply.number(row.figures["M14.pace"]) or 0.0) < 1]
    asked_behind = any(t.norm in _BEHIND for t in reading.tokens)
    asked_ahead = any(t.norm in _AHEAD for t in reading.tokens) and not asked_behind
    shown = behind if asked_behind and behind else ordered[::-1] if asked_ahead else ordered
    headline = _ahead(reply, ordered) if asked_ahead and ordered else _headline(ordered, behind, asked_behind)
    draft = Draft(headline=measured(headline), sections=[_table("By person", shown)])
    if managers.rows:
        draft.sections.append(_table("Managers, as ratio of sums", managers.rows))
    if without and not any("no quota" in note for note in reply.notes()):
        draft.not_available.append(f"No quota loaded for {joined(without)}.")
    return draft


def _ahead(reply: Metrics, ordered: list[Row]) -> str:
    """Who reached the full-year quota, and who is at least at pace."""
    made = [joined(row.names) for row in ordered if (reply.number(row.figures.get("M14.to_date")) or 0.0) >= 1]
    on_pace = [row for row in reversed(ordered) if (reply.number(row.figures["M14.pace"]) or 0.0) >= 1]
    when = mark(ordered[0].figures["M14.pace"], "window")
    full = f"{joined(made)} reached the full-year quota" if made else "Nobody has reached the full-year quota yet"
    if not on_pace:
        return f"{full}, and nobody is at pace ({when})."
    named = joined([f"{joined(row.names)} ({mark(row.figures['M14.pace'])})" for row in on_pace])
    return f"{full}; at pace or ahead of it: {named} ({when})."


_AHEAD = frozenset(
    {
        "hit",
        "made",
        "ahead",
        "above",
        "exceeded",
        "exceeding",
        "beat",
        "beating",
        "crushing",
        "over",
        "reached",
        "closest",
        "nearest",
        "crossed",
        "cross",
        "passed",
        "surpassed",
        "cleared",
        "exceed",
        "done",
        "finished",
        "topped",
    }
)
_BEHIND = frozenset({"behind", "below", "under", "missing", "miss", "short", "lagging", "trailing", "off", "struggling", "shortfall"})


def _headline(ordered: list[Row], behind: list[Row], asked_behind: bool) -> str:
    if not ordered:
        return "Nobody in sight has a quota loaded."
    if len(ordered) == 1:
        only = ordered[0]
        return f"{joined(only.names)} stands at {mark(only.figures['M14.pace'])} of quota pace; nobody else with a quota is in sight."
    if not behind:
        lowest = ordered[0]
        return f"Nobody is behind pace: the lowest is {joined(lowest.names)} at {mark(lowest.figures['M14.pace'])}."
    worst = behind[0]
    short = f"{mark(worst.figures['M14.gap'], 'abs')} short of what quota asks by now" if "M14.gap" in worst.figures else "behind"
    when = mark(worst.figures["M14.pace"], "window")
    if asked_behind and len(behind) > 1:
        return f"Furthest behind pace is {joined(worst.names)}, {short} ({when}); all who are behind are listed."
    if asked_behind:
        return f"Only {joined(worst.names)} is behind pace, {short} ({when})."
    low, high = (f"{mark(row.figures['M14.pace'])} ({joined(row.names)})" for row in (worst, ordered[-1]))
    return f"Attainment pace runs from {low} to {high}."


def _books(books: Metrics, why: str) -> Draft:
    """Without quotas, what each book consumed and how it moved, in the order of names."""
    rows = sorted(books.rows, key=lambda row: joined(row.names))
    body = [[joined(row.names), *cells(row.figures, ["M01", "M08"], {"M08": "change"})] for row in rows]
    some = next((row.figures["M01"] for row in rows if "M01" in row.figures), None)
    when = f" ({mark(some, 'window')})" if some else ""
    draft = Draft(headline=measured(f"{why}, so people are listed by what their books consumed{when}."))
    draft.sections = [table("", ["Who", "Net consumption", "Change in percent"], body)]
    return draft


def _table(heading: str, rows: list[Row]) -> Section:
    return table(heading, ["Who", *_COLUMNS], [[joined(row.names), *cells(row.figures, _KEYS)] for row in rows])
