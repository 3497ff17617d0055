"""Durability, briefs, the morning look, and questions whose own metrics are not in this catalogue yet."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import attainment, movers, scorecard
from meterline.models.offline.write.explain import draft_explanation
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    finish,
    mark,
    measured,
    metric_label,
    missing_text,
    nothing,
    plain_name,
    subject,
)

_BEARING = frozenset({"", "Is it real", "Why", "How long", "Confidence"})
"""Sections of an explanation that bear on whether a change will last; the rest is one question away."""


def durability(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I06: will it last: the explanation's verdict for an account; raw against durable for everything."""
    why, durable = turn.reply("why_0"), Metrics(turn.reply("durable"))
    who = subject(reading, context)
    section = movers.stripped(Metrics(turn.reply("accounts")), durable, who)
    if why is None or not why.ok or not why.data.get("headline"):
        if "M06" not in durable.whole:
            return nothing(reading, f"Whether consumption of {who} will last cannot be told from what is loaded.", durable)
        draft = Draft(headline=section.sentences[0], sections=[Section(sentences=section.sentences[1:], table=section.table)])
        draft.next_steps.append("Ask about one account: durability is judged move by move, on evidence.")
        return finish(draft, reading, durable, metrics=["M06", "M07"])
    draft = draft_explanation(why.data)
    draft.sections = [s for s in draft.sections if s.heading in _BEARING]
    if why.data.get("durability_text"):
        text = str(why.data["durability_text"]).rstrip(".") + "."
        said = [Sentence(text=text, kind="inferred", citations=_citations(why.data))]
        draft.sections.insert(0, Section(heading="Will it last", sentences=said))
    draft.sections.append(section)
    return finish(draft, reading, durable, metrics=["M06", "M07"])


def _citations(reply: object) -> list[str]:
    evidence = reply.get("evidence") or [] if isinstance(reply, dict) else []
    return [str(e["citation"]) for e in evidence if e.get("supports")]


def brief(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I15: points to the brief, or passes on what the brief tool drafted."""
    reply = turn.reply("brief")
    if reply is not None and reply.ok and reply.data.get("headline"):
        draft = draft_explanation(reply.data)
        return finish(draft, reading, metrics=[])
    if not reading.accounts:
        draft = Draft(headline=Sentence(text="A brief is about one account: name it and I draft it."))
        draft.next_steps = ["Say, for example: brief, with the account's name."]
        return finish(draft, reading, metrics=[])
    name = plain_name(reading.accounts[0].name)
    draft = Draft(headline=Sentence(text=f"The brief for {name} is written as a document of its own."))
    draft.next_steps = [f"Run: meterline brief '{name}'"]
    return finish(draft, reading, metrics=[])


def coffee(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I21: freshness first, then movers of the week, use cases and attainment, in this order each day."""
    fresh, flow, target = (Metrics(turn.reply(key)) for key in ("fresh", "flow", "target"))
    draft = movers.write(reading, context, turn)
    said = [measured(f"{metric_label(k)}: {mark(f)}.") for k, f in (fresh.whole or {}).items()]
    if said:
        draft.sections.insert(0, Section(heading="Data", sentences=said))
    steps = (("M36.count", "created"), ("M37.count", "gone live"), ("M38.count", "moved later"))
    moves = [measured(f"Use cases {word} this week: {mark(flow.whole[key])}.") for key, word in steps if key in flow.whole]
    if moves:
        draft.sections.append(Section(heading="Use cases", sentences=moves))
    if "M14.pace" in target.whole:
        draft.sections.append(
            Section(heading="Attainment", sentences=[measured(f"Pace stands at {mark(target.whole['M14.pace'])} of quota.")])
        )
    draft.not_available += missing_text((fresh, flow, target))
    return draft


def exceptions(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I09: the figures an exception check starts from; its ladder of thresholds is not walked here."""
    draft = scorecard.write(reading, context, turn) if reading.people else attainment.write(reading, context, turn)
    draft.not_available.append("The exception ladder with its thresholds is not available here yet; these are the figures it starts from.")
    return draft


_LATER = {
    "forecast": "A forecast is not available here yet; what is known is the run rate, raw and durable.",
    "retention": "Retention is not available here yet; the nearest figures are growth and active customers.",
}


def later(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Metrics the catalogue may not hold: its own figures if it does, else the nearest with a plain word about it."""
    reply = Metrics(turn.reply("later"))
    who = subject(reading, context)
    if not reply.whole:
        return nothing(reading, _LATER[reading.intent], reply)
    lines = [measured(f"{metric_label(k)}: {mark(f)} ({mark(f, 'window')}).") for k, f in reply.whole.items()]
    if any(k.partition(".")[0] in reading.metrics for k in reply.whole):
        draft = Draft(headline=lines[0], sections=[Section(sentences=lines[1:])] if lines[1:] else [])
        draft.next_steps.append("Ask for the same by person or by segment.")
        return finish(draft, reading, reply)
    draft = Draft(headline=measured(_LATER[reading.intent]), sections=[Section(heading=capital(who), sentences=lines)])
    draft.not_available = [_LATER[reading.intent]]
    draft.next_steps.append("Ask how much of the run rate is durable before it is carried forward.")
    return finish(draft, reading, reply)
