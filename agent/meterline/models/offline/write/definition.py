"""I25: what a metric means here, how fresh the data are, and the query behind the last answer."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import HouseRule, lexicon
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.scoring import any_match
from meterline.models.offline.understand.words import tokenize
from meterline.models.offline.write.parts import Metrics, finish, joined, kept_state, mark, measured, metric_label, nothing
from meterline_tools.catalog.model import Metric


def define(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The catalogue's own words: definition, pitfalls, owner."""
    rule = next((a for a in lexicon().answers if any_match(a.cues, reading.tokens)), None)
    if rule is not None:
        return _rule(rule, reading)
    metrics = [vocabulary().metrics[m] for m in reading.metrics[:3]] or _sharing_a_word(reading)
    if not metrics:
        draft = Draft(answer_type="REFUSE_DATA", headline=Sentence(text="The catalogue holds no definition for that."))
        some = [m.label for m in vocabulary().metrics.values() if not any(c.isdigit() for c in m.label)][:6]
        draft.next_steps = [f"Ask how one of these is defined: {joined(some)}."]
        draft.state = kept_state(context.thread)
        return draft
    first = metrics[0]
    draft = Draft(headline=Sentence(text=f"{first.label}: {first.definition}"))
    if first.pitfalls:
        draft.sections.append(Section(heading="Mind", sentences=[Sentence(text=p) for p in first.pitfalls]))
    draft.sections += [Section(heading=m.label, sentences=[Sentence(text=m.definition)]) for m in metrics[1:]]
    draft.sections.append(Section(sentences=[Sentence(text=f"This is {first.id}, version {first.version}, kept by {first.owner}.")]))
    draft.next_steps = ["Ask for its value, for an account or for everything."]
    return finish(draft, reading, metrics=[m.id for m in metrics])


def _sharing_a_word(reading: Reading) -> list[Metric]:
    """The metrics whose words hold a term of the question that is no everyday word: "churn" is in several."""
    asked = (
        {t.norm for t in reading.tokens if t.kind == "word" and len(t.norm) > 3}
        - lexicon().spelling.ordinary
        - set(lexicon().concepts["define"])
    )
    return [m for m in vocabulary().metrics.values() if any(asked & {w.norm for w in tokenize(phrase)} for phrase in m.words)][:3]


def _rule(rule: HouseRule, reading: Reading) -> Draft:
    """A rule of the house, with the definitions it rests on or those asked about."""
    shown = [vocabulary().metrics[m] for m in rule.metrics or tuple(reading.metrics[:2]) if m in vocabulary().metrics]
    sections = [Section(heading=m.label, sentences=[Sentence(text=m.definition)]) for m in shown]
    draft = Draft(headline=Sentence(text=rule.says), sections=sections)
    draft.next_steps = ["Ask for the figure itself to see it with its window and its query."]
    return finish(draft, reading, metrics=[m.id for m in shown])


def sql(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The statements behind the last answer, shown with their parameters."""
    reply = turn.reply("previous")
    receipts = [str(r["receipt"]) for r in reply.data.get("receipts") or []] if reply is not None and reply.ok else []
    if receipts:
        draft = Draft(headline=Sentence(text="The query behind the last answer, with its parameters:"), show_receipts=receipts)
        draft.next_steps = ["Open a receipt to see its rows, or ask for the definition of the measure."]
    elif reply is not None and reply.ok:
        draft = Draft(headline=Sentence(text="No query stands behind the last answer: it rests on notes or on no figures at all."))
        draft.next_steps = ["Ask for a figure first, then for its SQL."]
    else:
        draft = Draft(headline=Sentence(text="There is no earlier answer in this conversation whose query could be shown."))
        draft.next_steps = ["Ask a question first, then for its SQL."]
    draft.state = kept_state(context.thread)
    return draft


def freshness(reading: Reading, context: Context, turn: Turn) -> Draft:
    """M54: up to which day data are complete."""
    reply = Metrics(turn.reply("fresh"))
    figures = reply.whole or (reply.rows[-1].figures if reply.rows else {})
    if not figures:
        return nothing(reading, "The completeness of the data could not be told.", reply)
    said = [f"{metric_label(key)}: {mark(figure)}." for key, figure in figures.items()]
    draft = Draft(headline=measured(said[0]), sections=[Section(sentences=[measured(s) for s in said[1:]])] if said[1:] else [])
    draft.next_steps = ["Days after the last complete day are left out of every figure until they have arrived."]
    return finish(draft, reading, reply, metrics=["M54"])
