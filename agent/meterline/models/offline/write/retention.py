"""I13: retention and churn, each with the size of its cohort; and the sides of health."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan.retention import asked_measures, asks_names
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    change_clause,
    dimension_label,
    finish,
    in_sentence,
    joined,
    kept_state,
    mark,
    measured,
    metric_label,
    nothing,
    plain_name,
    subject,
    table,
)

_COLUMNS = {"M19": ["M19", "M19.n"], "M20": ["M20", "M20.n"], "M21": ["M21.grr", "M21.churn"], "M22": ["M22", "M22.lost"], "M23": ["M23"]}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The measure asked for first, then what belongs beside it, then names."""
    reply = Metrics(turn.reply("retention"))
    who = subject(reading, context)
    figures = reply.told(reply.whole)
    if not figures:
        return _untold(reading, reply, who)
    draft = _by_part(reading, reply, who) if reply.rows and reading.measure.group_by else _plain(reading, figures, who)
    for section in _names(turn):
        draft.sections.append(section)
    if "M21" in reading.metrics and "M23" in reading.metrics:
        draft.sections.append(Section(sentences=[Sentence(text=_DIFFERENCE)]))
    draft.next_steps.append(_next(reading, figures))
    if reading.periods.window and {"M21.churn", "M22", "M23"} & set(figures):
        draft.assumptions.append("Churn is told over windows of its own, up to the end of the period asked about.")
    asked = list(dict.fromkeys(key.partition(".")[0] for key in figures))
    replies = [Metrics(turn.reply(key)) for key in ("lost", "shrunk", "off")]
    return finish(draft, reading, reply, *(r for r in replies if r.reply is not None and not r.ok), metrics=asked)


_DIFFERENCE = (
    "They are not to be added: revenue churn is what customers of a year ago consume less now, those who left included;"
    " use-case churn is work that customers who stayed have turned off, whatever else of theirs went the other way."
)


def _untold(reading: Reading, reply: Metrics, who: str) -> Draft:
    """No cohort, or not enough history: said with when it becomes possible."""
    if missing := reply.missing():
        label, reason = missing[0]
        yet = " yet" if "history" in reason else ""
        draft = Draft(answer_type="ANSWER_THIN", headline=measured(f"{label} of {who} cannot be told{yet}: {reason}."))
        draft.next_steps.append("Growth and active customers need less: ask for those.")
    else:
        draft = Draft(
            answer_type="ANSWER_THIN",
            headline=measured(f"There is no retention to tell for {who}: nobody there was a customer at the start."),
        )
        draft.next_steps.append("Ask for a wider part of the business.")
    return finish(draft, reading, reply)


def _plain(reading: Reading, figures: Figures, who: str) -> Draft:
    if not reading.metrics and {"M22", "M21.churn"} <= set(figures) and not asks_names(reading):
        lines = [_churn_in_one(figures, who)]
    else:
        lines = list(_lines(reading, figures, who))
    draft = Draft(headline=measured(lines[0]))
    if lines[1:]:
        draft.sections.append(Section(sentences=[measured(line) for line in lines[1:]]))
    return draft


def _lines(reading: Reading, figures: Figures, who: str) -> Iterator[str]:
    """Sentences in the order in which the measures were asked for."""
    for metric in asked_measures(reading):
        yield from _SENTENCES[metric](figures, who)


def _churn_in_one(figures: Figures, who: str) -> str:
    lost = f"{mark(figures['M22.lost'])} of {mark(figures['M22.n'])} customers"
    return (
        f"Churn of {who} against a year ago: revenue churn {mark(figures['M21.churn'])} ({mark(figures['M21.churn'], 'window')}),"
        f" logo churn {mark(figures['M22'])} ({lost}, {mark(figures['M22'], 'window')})."
    )


def _trailing(figures: Figures, who: str) -> Iterator[str]:
    if "M19" in figures:
        f = figures["M19"]
        yield f"Net revenue retention of {who} is {mark(f)}, over {mark(figures['M19.n'])} accounts in the cohort ({mark(f, 'window')})."
        yield (
            f"They consumed {mark(figures['M19.then'])} in the first year and {mark(figures['M19.now'])} in the second;"
            " who left counts as nothing, new customers are left out."
        )


def _point(figures: Figures, who: str) -> Iterator[str]:
    if "M20" in figures:
        f = figures["M20"]
        yield (
            f"Point in time, net revenue retention of {who} is {mark(f)}, over {mark(figures['M20.n'])} accounts:"
            f" consumption ARR now ({mark(f, 'window')}) against a year ago."
        )
        yield "That is more current than the trailing year, and swings more."


def _gross(figures: Figures, who: str) -> Iterator[str]:
    if "M21.grr" in figures:
        grr, churn = figures["M21.grr"], figures["M21.churn"]
        yield (
            f"Revenue churn of {who} is {mark(churn)}, so gross retention is {mark(grr)}, over {mark(figures['M21.n'])} accounts"
            f" ({mark(churn, 'window')} against a year ago)."
        )
        yield "Accounts that consume less count in it, so it is not lost customers alone."


def _logos(figures: Figures, who: str) -> Iterator[str]:
    if "M22" not in figures:
        return
    rate, lost, n = (figures[key] for key in ("M22", "M22.lost", "M22.n"))
    yield f"Logo churn of {who} is {mark(rate)}: of {mark(n)} customers active a year ago, {mark(lost)} are gone ({mark(rate, 'window')})."
    yield (
        f"Gone is: next to no usage in that window and no commitment that runs on. What they consumed in the same days a year ago: "
        f"{mark(figures['M22.usd'])}. Idle on a running commitment, and not counted: {mark(figures['M22.idle'])}."
    )


def _use_cases(figures: Figures, who: str) -> Iterator[str]:
    if "M23" in figures:
        f = figures["M23"]
        yield (
            f"Use-case churn of {who} is {mark(f)}, in {mark(figures['M23.count'])} workloads that active customers turned off"
            f" ({mark(f, 'window')})."
        )
        yield f"Left out, as another workload of the same account came up by as much: {mark(figures['M23.migrated'])}."


_SENTENCES: dict[str, Callable[[Figures, str], Iterator[str]]] = {
    "M19": _trailing,
    "M20": _point,
    "M21": _gross,
    "M22": _logos,
    "M23": _use_cases,
}


def _by_part(reading: Reading, reply: Metrics, who: str) -> Draft:
    """A table by part of the business, the whole in the headline."""
    asked = list(dict.fromkeys(key.partition(".")[0] for key in reply.keys))
    keys = [key for metric in asked for key in _COLUMNS.get(metric, []) if key in reply.keys]
    rows = [[joined(row.names), *cells(row.figures, keys)] for row in reply.rows]
    figures = reply.told(reply.whole)
    rows.append(["Total", *cells(reply.whole, keys)])
    columns = [" · ".join(dimension_label(d) for d in reading.measure.group_by), *(metric_label(key) for key in keys)]
    if reading.versus and rows and asked:
        head = keys[0]
        told = [f"{joined(row.names).replace('_', ' ')} {mark(row.figures[head])}" for row in reply.rows if head in row.figures]
        when = next((mark(row.figures[head], "window") for row in reply.rows if head in row.figures), "")
        return Draft(headline=measured(f"{metric_label(head)}: {joined(told)} ({when})."), sections=[table("", columns, rows)])
    return Draft(headline=measured(next(_lines(reading, figures, who))), sections=[table("", columns, rows)])


def _names(turn: Turn) -> Iterator[Section]:
    """Who is lost, who consumes less, which workloads went off; only those that are."""
    for key, metric, heading, columns in (
        ("lost", "M22", "Customers lost", ["M22.usd"]),
        ("shrunk", "M21", "Largest losses in the cohort", ["M21.lost", "M21.churn"]),
        ("off", "M23", "Workloads turned off", ["M23"]),
    ):
        reply = Metrics(turn.reply(key))
        size = columns[0]
        shown = [row for row in reply.rows if (reply.number(row.figures.get(size)) or 0) > 0]
        if shown:
            rows = [[" · ".join(row.names), *cells(row.figures, columns)] for row in shown]
            what = "Account · workload" if metric == "M23" else "Account"
            yield table(heading, [what, *(metric_label(column) for column in columns)], rows)


def _next(reading: Reading, figures: Figures) -> str:
    if "M23" in figures:
        return "Ask the owner of the largest one whether it was replaced, moved or dropped."
    if "M22" in figures or "M21.churn" in figures:
        return "Ask for use-case churn too: what customers who stayed have turned off."
    return "Ask for it by segment, or for the revenue churn behind it."


def reported(reading: Reading, context: Context, turn: Turn) -> Draft:
    """How a measure differs from what companies publish under its name: in words, as nothing they report is held here."""
    asked = reading.metrics or list(context.thread.metrics)
    metrics = [vocabulary().metrics[m] for m in asked if m in vocabulary().metrics]
    anchored = [m for m in metrics if m.anchors]
    if not anchored:
        text = "Not necessarily: companies define such measures differently, and only the definition used here is vouched for."
        draft = Draft(headline=Sentence(text=text))
        draft.sections = [Section(heading=m.label, sentences=[Sentence(text=m.definition)]) for m in metrics[:2]]
    else:
        said = [Sentence(text=anchor) for m in anchored for anchor in m.anchors]
        draft = Draft(headline=Sentence(text="Close in kind, but not the same: each company sets its own cohort, window and revenue."))
        draft.sections = [Section(heading="What companies publish", sentences=said)]
        draft.sections += [Section(heading=f"Here: {in_sentence(m.label)}", sentences=[Sentence(text=m.definition)]) for m in anchored]
    draft.not_available = ["What other companies reported is not held here, so no figure is set against yours."]
    draft.next_steps = ["Quote yours with its definition and window whenever it stands beside a published one."]
    draft.state = kept_state(context.thread)
    return draft


_SIDES = {
    "M52.waste": ("Waste", "of the measured consumption was retried or idle"),
    "M52.value": ("Value link", "of consumption runs for a live use case with a stated outcome"),
    "M52.families": ("Breadth, products", "product families in use"),
    "M52.users": ("Breadth, people", "users a day, at most"),
    "M52.swing": ("Steadiness", "is how much a usual week differs from the average one"),
    "M52.explained": ("Explained", "of recent moves, by size, have a confirmed cause on file"),
}


def health(reading: Reading, context: Context, turn: Turn) -> Draft:
    """M52: each side with its own figure; a side without data says so, and nothing is added up to a score."""
    reply, moved = Metrics(turn.reply("health")), Metrics(turn.reply("moved"))
    who = subject(reading, context)
    figures = reply.whole
    if not reply.told(figures):
        return nothing(reading, f"Nothing about the health of {who} can be told from what is loaded.", reply)
    window = f"[[{next(iter(reply.told(figures).values()))}.window]]"
    if reading.measure.group_by and len(reply.rows) > 1:
        keys = [key for key in _SIDES if key in reply.keys]
        rows = [[joined(row.names), *cells(row.figures, keys)] for row in reply.rows]
        by = dimension_label(reading.measure.group_by[0])
        draft = Draft(
            headline=measured(f"Health of {who} by {in_sentence(by)}, side by side and without a score ({window})."),
            sections=[table("", [by, *(_SIDES[key][0] for key in keys)], rows)],
        )
        return finish(draft, reading, reply, metrics=["M52"])
    trend = ""
    if "M01" in moved.whole:
        used = moved.whole["M01"]
        trend = f"; it consumed {mark(used)} from {mark(used, 'window')}{change_clause(moved, moved.whole)}"
    draft = Draft(headline=measured(f"{capital(who)} has no single health score; here is each side of it ({window}){trend}."))
    rows = [[name, mark(figures[key]) if key in figures else "no data", says] for key, (name, says) in _SIDES.items()]
    draft.sections = [table("", ["Side", "Figure", "What it is"], rows)]
    draft.next_steps.append(f"Start with the weakest side: ask how {plain_name(who)} can spend less, or why it moved.")
    return finish(draft, reading, reply, moved, metrics=["M52"])
