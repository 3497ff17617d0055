"""Will it last: the verdict on an account, raw against durable for everything."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import causes, movers
from meterline.models.offline.write.explain import draft_explanation
from meterline.models.offline.write.parts import (
    Metrics,
    finish,
    mark,
    measured,
    nothing,
    subject,
)

_BEARING = frozenset({"", "Is it real", "Why", "How long", "Confidence"})


def durability(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I06: will it last: the explanation's verdict for an account; raw against durable for everything."""
    why, durable = turn.reply("why_0"), Metrics(turn.reply("durable"))
    who = subject(reading, context)
    section = movers.stripped(Metrics(turn.reply("accounts")), durable, who)
    if why is None or not why.ok or not why.data.get("headline"):
        if "M06" not in durable.whole:
            return nothing(reading, f"Whether consumption of {who} will last cannot be told from what is loaded.", durable)
        draft = Draft(headline=section.sentences[0], sections=[Section(sentences=section.sentences[1:], table=section.table)])
        if told := causes.one_time_share(reading, turn.reply("causes_asked"), who):
            draft = Draft(headline=told[0], sections=[Section(sentences=_raw_and_durable(durable, who)), *told[1]])
        draft.next_steps.append("Ask about one account: durability is judged move by move, on evidence.")
        return finish(draft, reading, durable, metrics=["M06", "M07"])
    draft = draft_explanation(why.data)
    draft.sections = [s for s in draft.sections if s.heading in _BEARING]
    if why.data.get("durability_text"):
        text = str(why.data["durability_text"]).rstrip(".") + "."
        cited = _citations(why.data)
        said = [Sentence(text=text, kind="inferred" if cited else "measured", citations=cited)]
        draft.sections.insert(0, Section(heading="Will it last", sentences=said))
    draft.sections.append(section)
    return finish(draft, reading, durable, metrics=["M06", "M07"])


def _raw_and_durable(durable: Metrics, who: str) -> list[Sentence]:
    """Both ARRs, and how much of the excess on file has a confirmed cause."""
    raw, clean = durable.whole["M06"], durable.whole.get("M07")
    if clean is None:
        return [measured(f"Consumption ARR of {who} is {mark(raw)}, from {mark(raw, 'window')}.")]
    said = [measured(f"Consumption ARR of {who} is {mark(raw)} raw and {mark(clean)} durable, from {mark(raw, 'window')}.")]
    share = durable.whole.get("M07.labelled_share")
    if durable.number(share) is not None:
        said.append(measured(f"Of the excess on file, {mark(str(share))} has a confirmed cause; what is left of it is a hypothesis."))
    said.append(measured("Growth without an entry in the ledger counts as durable here: unlabelled is not proven."))
    return said


def _citations(reply: object) -> list[str]:
    evidence = reply.get("evidence") or [] if isinstance(reply, dict) else []
    return [str(e["citation"]) for e in evidence if e.get("supports")]
