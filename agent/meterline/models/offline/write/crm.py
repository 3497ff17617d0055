"""Use cases: what was created, went live, slipped or is planned, what live ones deliver, and where qualification has gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan.crm import standing_still
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    metric_label,
    nothing,
    plain_name,
    subject,
    table,
)
from meterline.models.offline.write.sifted import say_kept, sifted

FLOWS = {"M36": "created", "M37": "gone live", "M38": "moved later"}
_LISTED = 10
_COLUMNS = {
    "name": "Use case",
    "account": "Account",
    "owner": "Owner",
    "stage": "Stage",
    "est": "Estimated",
    "M38.days": "Slipped by",
    "times": "Date changes",
    "original": "First planned",
    "planned": "Planned",
    "actual": "Live since",
    "M41.actual": "Realised",
    "M41": "Share",
    "M43": "Complete",
}


def use_cases(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I10: created, gone live, moved later, by person; and the use cases themselves."""
    if reading.ahead:
        return golive(reading, context, turn)
    if view := standing_still(reading):
        return _standing_still(reading, Metrics(turn.reply("list")), subject(reading, context), view)
    flow, cases, listed, stages = (Metrics(turn.reply(key)) for key in ("flow", "cases", "list", "stages"))
    who = subject(reading, context)
    if reading.uncut and flow.reply is None and not cases.data.get("rows"):
        draft = Draft(headline=measured(f"Use cases of {who} cannot be cut the way the question asks."), answer_type="ANSWER_THIN")
        return finish(draft, reading, listed, metrics=[])
    if not flow.told(flow.whole) and not cases.data.get("rows"):
        return nothing(reading, f"There are no use case figures for {who}.", flow, listed)
    told = flow.told(flow.whole)
    asked = [m for m in FLOWS if f"{m}.count" in told]
    lines = [_flow(key, told) for key in asked] + _pipeline(told) + _coverage(flow, told) + _time(told)
    draft = Draft(headline=(lines or [measured(f"Use cases of {who}, one by one:")])[0])
    if lines[1:]:
        draft.sections.append(Section(sentences=lines[1:]))
    if len(stages.rows) > 1:
        rows = [[joined(r.names), *cells(r.figures, ["M39.count", "M39.usd", "M39.weighted"])] for r in stages.rows]
        draft.sections.append(table("By stage", ["Stage", "Use cases", "Estimated", "Weighted"], rows))
    if len(flow.rows) > 1:
        draft.sections.append(_by(reading, flow))
    draft.sections += case_list(
        listed, *(["M38.days", "original", "planned"] if asked == ["M38"] else ["stage", "planned"]), reading=reading
    )
    say_kept(reading, draft)
    only_open = set(reading.metrics) <= _PIPELINE_ONLY and bool(reading.metrics)
    rows = [_case(row) for row in cases.data.get("rows") or [] if not (only_open and row.get("stage") in _CLOSED)][:_LISTED]
    if rows:
        draft.sections.append(table("Use cases", ["Use case", "Account", "Stage", "Estimated", "Planned", "Slipped"], rows))
    draft.next_steps.append("Ask which use cases slipped again and again, or what the live ones deliver against estimate.")
    given = [r for r in (flow, cases, listed) if r.reply is not None]
    return finish(draft, reading, *given, metrics=list(dict.fromkeys(key.partition(".")[0] for key in told)))


_PIPELINE_ONLY = frozenset({"M39", "M40"})
_CLOSED = frozenset({"live", "lost"})
_STILL = {
    "open": ("Open use cases", "is open"),
    "late": ("Open use cases past their planned date", "is past its planned date"),
    "stalled": ("Open use cases of which nothing is on record ({when})", "has been without a recorded change ({when})"),
}


def _standing_still(reading: Reading, reply: Metrics, who: str, view: str) -> Draft:
    """I10: open use cases whose date has passed, or with which nothing happened."""
    sums = _sums(reply)
    when = mark(sums["count"], "window") if "count" in sums else ""
    lead, none = (text.format(when=when) for text in _STILL[view])
    if not reply.data.get("rows"):
        return _none(reading, reply, f"No open use case of {who} {none}.", ["M39"])
    text = f"{lead}: {mark(sums['count'])}, worth {mark(sums['usd'])} as estimated."
    draft = Draft(headline=measured(text), sections=case_list(reply, "stage", "original", "planned", reading=reading))
    say_kept(reading, draft)
    draft.next_steps.append("Ask the owner of the dearest one what has to happen next, and by when.")
    return finish(draft, reading, reply, metrics=["M39"])


def _flow(key: str, told: Figures) -> Sentence:
    usd = f", worth {mark(told[f'{key}.usd'])}" if f"{key}.usd" in told else ""
    days = f", by {mark(told[f'{key}.days'])} on average" if f"{key}.days" in told else ""
    return measured(f"Use cases {FLOWS[key]} ({mark(told[f'{key}.count'], 'window')}): {mark(told[f'{key}.count'])}{usd}{days}.")


def _pipeline(told: Figures) -> list[Sentence]:
    if "M39.usd" not in told:
        return []
    text = f"Open pipeline: {mark(told['M39.usd'])} of estimated consumption in {mark(told['M39.count'])} use cases"
    return [measured(f"{text}; weighted by stage it is {mark(told['M39.weighted'])}.")]


def _coverage(flow: Metrics, told: Figures) -> list[Sentence]:
    """M40: the ratio, or that nothing is missing any more."""
    if "M40.gap" not in told:
        return []
    if "M40" not in told:
        return [measured(f"The quota is already covered: incremental consumption is {mark(told['M40.gap'], 'abs')} past it.")]
    text = f"The weighted pipeline covers {mark(told['M40'])} of what is missing to quota this fiscal year"
    return [measured(f"{text}: it can add {mark(told['M40.pipeline'])} by year end, and {mark(told['M40.gap'])} is missing.")]


def _time(told: Figures) -> list[Sentence]:
    if "M42" not in told:
        return []
    text = f"From creation to live it took {mark(told['M42'])} in the middle, over {mark(told['M42.count'])} use cases that went live"
    return [measured(f"{text} ({mark(told['M42'], 'window')}); {mark(told['M42.open_longer'])} open ones are older than that already.")]


def _by(reading: Reading, flow: Metrics) -> Section:
    keys = [k for k in flow.keys if k != "M39.weighted"]
    rows = [[joined(r.names), *cells(flow.told(r.figures), keys)] for r in flow.rows if any(flow.number(f) for f in r.figures.values())]
    by = dimension_label((reading.measure.group_by or ["rep"])[0])
    return table(f"By {in_sentence(by)}", [by, *[metric_label(k) for k in keys]], rows)


def case_list(reply: Metrics, *columns: str, heading: str = "The use cases", reading: Reading | None = None) -> list[Section]:
    """A list of use cases as a table, with how many are not shown and the events behind the rows; sifted and ordered as `reading` asks."""
    rows: Sequence[Mapping[str, Any]] = reply.data.get("rows") or []
    if not rows:
        return []
    if reading is not None:
        rows = sifted(reading, rows, {"money": "est"}, lambda row, key: reply.number((row.get("figures") or {}).get(key)))
    shown = ["name", "account", "owner", "est", *columns]
    body = [[_cell(row, column) for column in shown] for row in rows]
    section = table(heading, [_COLUMNS[c] for c in shown], body)
    rest = ((reply.data.get("total") or {}).get("figures") or {}).get("rest")
    below = []
    if rest and reply.number(rest):
        below.append(measured(f"{mark(rest)} more are not shown."))
    cited = [citation for row in rows for citation in row.get("citations") or []]
    if cited:
        below.append(Sentence(text="The events on record behind these rows are in the notes below.", citations=cited))
    return [section, Section(sentences=below)] if below else [section]


def _cell(row: Mapping[str, Any], column: str) -> str:
    figures = row.get("figures") or {}
    if column == "account":
        return plain_name(str((row.get("account") or {}).get("name") or "–"))
    if column in ("owner", "stage"):
        return plain_name(str(row.get(column) or "–"))
    return mark(figures[column]) if column in figures else "–"


def _case(row: Mapping[str, Any]) -> list[str]:
    figures = row.get("figures") or {}
    name = mark(figures["name"]) if "name" in figures else plain_name(str(row.get("name") or row.get("use_case_id") or ""))
    account = row.get("account") or {}
    where = plain_name(str(account.get("name", "") if isinstance(account, Mapping) else account))
    return [name, where, str(row.get("stage") or ""), *cells(figures, ["est", "planned", "days_slipped"])]


def _sums(reply: Metrics) -> Figures:
    return dict((reply.data.get("total") or {}).get("figures") or {})


def _everything(reply: Metrics) -> Figures:
    """Figures over all use cases asked about: a list that is cut by a condition keeps them apart from those over its rows."""
    sums = reply.whole or _sums(reply)
    kept = {key.removeprefix("whole."): figure for key, figure in sums.items() if key.startswith("whole.")}
    return kept or sums


def _count(reply: Metrics, figure: str, noun: str = "use case") -> str:
    """A count with its noun in the right number."""
    return f"{mark(figure)} {noun}{'' if reply.number(figure) == 1 else 's'}"


def _none(reading: Reading, reply: Metrics, text: str, metrics: Sequence[str]) -> Draft:
    """A list that is empty is an answer, unless it could not be told."""
    if not reply.ok or reply.data.get("not_available"):
        return _absent(reading, reply, text)
    draft = Draft(headline=measured(text), next_steps=["Ask for another period, or for everybody's use cases."])
    return finish(draft, reading, reply, metrics=metrics)


def not_held(reading: Reading, text: str, reply: Metrics) -> Draft:
    """What cannot be told for want of a table, with the table that would be needed."""
    reasons = list(dict.fromkeys(str(n.get("reason", "")).rstrip(".") for n in reply.data.get("not_available") or []))
    draft = nothing(reading, f"{text}: {joined(reasons) or 'the tool gave no reply'}.", reply)
    draft.answer_type = "REFUSE_DATA"
    draft.next_steps = ["Load that table to have it; ask which tables are loaded to see what can be told today."]
    return draft


def _absent(reading: Reading, reply: Metrics, what: str) -> Draft:
    """That a list is empty, or that the table it needs is not there."""
    return not_held(reading, "That cannot be told", reply) if reply.data.get("not_available") else nothing(reading, what, reply)


def slips(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I10: use cases whose date was changed again and again, by the events on record."""
    reply = Metrics(turn.reply("list"))
    sums, who = _sums(reply), subject(reading, context)
    if not reply.data.get("rows"):
        return _none(reading, reply, f"No use case of {who} slipped that often, by the date changes on record.", ["M38"])
    text = f"Use cases that slipped that often: {mark(sums['count'])}, still open of these: {mark(sums['open'])}"
    draft = Draft(headline=measured(f"{text}; {mark(sums['usd'])} of estimated consumption is behind them."))
    draft.sections = case_list(reply, "times", "original", "planned")
    draft.assumptions.append("Each change of the planned live date on record counts as one slip.")
    draft.next_steps.append("Ask the owner of the largest one what has to be true before the date can be met.")
    return finish(draft, reading, reply, metrics=["M38"])


def golive(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I10: open use cases planned to go live in a period to come."""
    reply = Metrics(turn.reply("list"))
    sums, who = _sums(reply), subject(reading, context)
    if not reply.data.get("rows"):
        return _none(reading, reply, f"No open use case of {who} is planned to go live in that period.", ["M39"])
    text = f"Planned to go live ({mark(sums['usd'], 'window')}): {_count(reply, sums['count'])}, worth {mark(sums['usd'])} as estimated."
    draft = Draft(headline=measured(text), sections=case_list(reply, "stage", "planned", reading=reading))
    say_kept(reading, draft)
    draft.next_steps.append("Check the ones that are not yet approved first: their date is a plan, not a promise.")
    reading.ahead = False
    return finish(draft, reading, reply, metrics=["M39"])


def idle(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I11: live on paper, nothing used in four weeks."""
    reply, measured_ones = Metrics(turn.reply("list")), Metrics(turn.reply("realised"))
    sums, who = _sums(reply), subject(reading, context)
    if not reply.data.get("rows"):
        draft = _none(reading, reply, f"Every live use case of {who} that can be measured shows usage.", ["M37", "M41"])
    else:
        when = _window(measured_ones)
        text = f"Use cases marked live without usage{when}: {mark(sums['count'])}, estimated at {mark(sums['usd'])} together."
        draft = Draft(headline=measured(text), sections=case_list(reply, "actual"))
        draft.next_steps.append("Ask each owner whether it really runs, or under another workload than the one that is linked.")
        draft = finish(draft, reading, reply, metrics=["M37", "M41"])
    unlinked = measured_ones.whole.get("M41.unlinked")
    if unlinked and measured_ones.number(unlinked):
        draft.not_available.append(f"Live without a linked workload, so not measurable: {_count(measured_ones, unlinked)}.")
    return draft


def _window(reply: Metrics) -> str:
    figure = reply.whole.get("M41")
    return f" ({mark(figure, 'window')})" if figure else ""


def realised(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I11: what live use cases use against their estimate, and which deliver less than half of it."""
    whole, reply, cases = Metrics(turn.reply("realised")), Metrics(turn.reply("list")), Metrics(turn.reply("cases"))
    if whole.reply is None:
        whole = reply  # the list tells the whole as well
    told, who = whole.told(_everything(whole)), subject(reading, context)
    if "M41" not in told:
        return _absent(reading, whole, f"No live use case of {who} can be measured against its estimate.")
    text = f"{mark(told['M41.low'])} of {mark(told['M41.count'])} live use cases of {who} deliver less than half their estimate"
    together = f"together run at {mark(told['M41'])}: {mark(told['M41.actual'])} against {mark(told['M41.est'])}"
    draft = Draft(headline=measured(f"{text} ({mark(told['M41'], 'window')})."))
    draft.sections = [Section(sentences=[measured(f"All {mark(told['M41.count'])} {together}.")])]
    if len(whole.rows) > 1:
        keys = ["M41", "M41.actual", "M41.est", "M41.low"]
        rows = [[joined(r.names), *cells(whole.told(r.figures), keys)] for r in whole.rows]
        by = dimension_label((reading.measure.group_by or ["rep"])[0])
        draft.sections.append(table(f"By {in_sentence(by)}", [by, *[metric_label(k) for k in keys]], rows))
    draft.sections += case_list(reply, "M41.actual", "M41", "actual", heading="Below half, dearest first")
    live = [row for row in cases.data.get("rows") or [] if "realised_share" in (row.get("figures") or {})]
    if live:
        rows = [[mark(r["figures"]["name"]), *cells(r["figures"], ["est", "realized", "realised_share", "actual"])] for r in live[:_LISTED]]
        draft.sections.append(table("Live use cases", ["Use case", "Estimated", "Realised", "Share", "Live since"], rows))
    if whole.number(told.get("M41.unlinked")):
        draft.not_available.append(f"Live without a linked workload, so not measurable: {_count(whole, told['M41.unlinked'])}.")
    draft.next_steps.append("Take the dearest one: was the estimate too high, or does something keep people from using it?")
    return finish(draft, reading, whole, metrics=["M41"])


def qualification(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I11: how complete the MEDDPICC scores are, which fields are gaps, and what is on record about them."""
    scores, reply = Metrics(turn.reply("scores")), Metrics(turn.reply("list"))
    if scores.reply is None:
        scores = reply  # the list tells the whole as well
    told, who = scores.told(_everything(scores)), subject(reading, context)
    if "M43" not in told:
        return _absent(reading, scores, f"No use case of {who} is being qualified with scores on record.")
    over = f"over {_count(scores, told['M43.count'])}, with {_count(scores, told['M43.gaps'], 'gap')}"
    text = f"MEDDPICC of {who} is {mark(told['M43'])} complete {over}"
    draft = Draft(headline=measured(f"{text} (scores of one or less)."))
    gaps = {
        key: figure for key, figure in told.items() if key.startswith("M43.") and key.partition(".")[2] not in ("gaps", "count", "unscored")
    }
    fields = [(figure, scores.number(figure) or 0, metric_label(key)) for key, figure in gaps.items()]
    worst = sorted(fields, key=lambda f: -f[1])[:3]
    named = next(((f, label) for f, _, label in fields if set(in_sentence(label).split()[2:]) & reading.tokens.present), None)
    if named is not None:
        draft.sections.insert(0, Section(sentences=[draft.headline]))
        what = in_sentence(named[1]).removeprefix("gaps in ")
        draft.headline = measured(
            f"{capital(what)} is missing or weak in {mark(named[0])} of {_count(scores, told['M43.count'])} of {who}."
        )
    if fields and len(reply.data.get("rows") or []) > 1:
        said = joined([f"{in_sentence(label).removeprefix('gaps in ')} ({mark(figure)})" for figure, n, label in worst if n])
        draft.sections.append(Section(sentences=[measured(f"Most often missing: {said}.")]))
    if len(scores.rows) > 1 and scores is not reply:
        keys = ["M43", "M43.count", "M43.gaps", "M43.unscored"]
        rows = [[joined(r.names), *cells(scores.told(r.figures), keys)] for r in scores.rows]
        by = dimension_label((reading.measure.group_by or ["rep"])[0])
        draft.sections.append(table(f"By {in_sentence(by)}", [by, "Complete", "Use cases", "Gaps", "Unscored"], rows))
    draft.sections += _gap_list(reply)
    unscored = told.get("M43.unscored")
    if unscored and scores.number(unscored):
        draft.not_available.append(f"{mark(unscored)} use cases have no score at all and are left out of the average.")
    draft.assumptions.append("Scores are what people gave themselves.")
    draft.next_steps.append("Close the gap of the dearest use case first, in the next conversation with that customer.")
    return finish(draft, reading, scores, metrics=["M43"])


def _gap_list(reply: Metrics) -> list[Section]:
    rows: Sequence[Mapping[str, Any]] = reply.data.get("rows") or []
    if not rows:
        return []
    body = [[*(_cell(row, c) for c in ("name", "account", "owner", "est", "M43")), joined(row.get("gaps") or []) or "none"] for row in rows]
    sections = [table("Least complete first", ["Use case", "Account", "Owner", "Estimated", "Complete", "Gaps"], body)]
    quoted = [e for row in rows for e in row.get("evidence") or []]
    if quoted:
        said = [
            Sentence(text=f"On {e['field']}: {mark(e['citation'])}", kind="stated", citations=[e["citation"]]) for e in quoted[:_LISTED]
        ]
        sections.append(Section(heading="What the notes say about it", sentences=said))
    else:
        sections.append(Section(sentences=[measured("No notes on qualification are on record for these use cases.")]))
    rest = _sums(reply).get("rest")
    if rest and reply.number(rest):
        sections.append(Section(sentences=[measured(f"{mark(rest)} more are not shown.")]))
    return sections
