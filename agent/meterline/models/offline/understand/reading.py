"""From a question and what is known of its names to one reading: intent, metrics, entities, period, comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from meterline.models.offline.understand import inherit, shape
from meterline.models.offline.understand.catalogue import dimension_nouns, find_hits
from meterline.models.offline.understand.choice import MEANT, chosen_options
from meterline.models.offline.understand.choosing import sort_names, take_form
from meterline.models.offline.understand.context import Context, Thread
from meterline.models.offline.understand.data import Lexicon, Refusal, lexicon
from meterline.models.offline.understand.examples import ExampleBank
from meterline.models.offline.understand.fallback import Likened, clearly_ours, liken, rule
from meterline.models.offline.understand.linking import (
    Linked,
    Mention,
    Named,
    kind_said,
    mask,
    read_mentions,
    real_mentions,
    said_in_full,
    settle,
    worded_like,
)
from meterline.models.offline.understand.measure import DEFAULT_TOP, Measure, measure
from meterline.models.offline.understand.periods import PeriodsAsked, dated, find_asked_periods
from meterline.models.offline.understand.quoted import Topic, find_topic, spoken_of, who_spoke
from meterline.models.offline.understand.scoring import HINT, RULING, SURE, VERY_SURE, any_match, features, refusal_for, score_intents
from meterline.models.offline.understand.selection import Selection, find_amounts, select
from meterline.models.offline.understand.talk import TALKED, Talk, settle_talk, talk_of
from meterline.models.offline.understand.teaching import follow, named_in
from meterline.models.offline.understand.unknown import find_unknown
from meterline.models.offline.understand.unused import unused_words
from meterline.models.offline.understand.words import Said, Token, fold, tokenize
from meterline.taught import hear

NO_NAMES = frozenset({"sql", "reported", "help", "holdings", "restart"})
"""Intents that need no look at names."""
_PREFER = {
    "scorecard": ("rep", "manager"),
    "attainment": ("rep", "manager"),
    "activity": ("rep", "account"),
    **dict.fromkeys(("explain", "owner", "brief", "savings", "promised", "saved", "notes", "commit", "durability"), ("account",)),
}


@dataclass
class Reading:
    """What the question asks for, as far as words, names and conversation tell."""

    question: str
    intent: str = ""
    score: float = 0.0
    measure: Measure = field(default_factory=Measure)
    named: list[Named] = field(default_factory=list)
    open: list[Mention] = field(default_factory=list)
    suggested: list[Mention] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Words of the question that the answer makes nothing of."""
    periods: PeriodsAsked = field(default_factory=PeriodsAsked)
    refusal: Refusal | None = None
    whole: bool = False
    """The question is about the whole company."""
    own: bool = False
    """The question is about the asker's own book."""
    strip: bool = False
    ending: bool = False
    """The question is about contracts that end or come up for renewal."""
    silence: bool = False
    """The question is about accounts nobody has been in touch with."""
    together: bool = False
    """The question is about the things asked about before, side by side ("compare them")."""
    before: list[Named] = field(default_factory=list)
    """What the conversation was about before this question named something else of the same kind."""
    uncut: list[str] = field(default_factory=list)
    """Metrics left out of the plan: they cannot be cut by a filter or breakdown asked for."""
    side: str = "customer"
    """Whose words a question about notes is after; empty for both."""
    topic: str = ""
    subject: Topic = field(default_factory=Topic)
    """The topic of a question about notes with its place in the question."""
    spoken_of: list[Named] = field(default_factory=list)
    """Accounts that belong to the topic of a question about notes: they are what was said, not who said it."""
    speaker: str = ""
    """A person whose words are asked for and who is none of ours."""
    beside: str = ""
    """The dimension of which several values are asked about; they are shown side by side."""
    versus: bool = False
    """They are set against each other, so that their sum says nothing."""
    ahead: bool = False
    """The period has not begun."""
    unsettled: str = ""
    """What a period without a complete day was replaced by, as the beginning of a sentence."""
    assumptions: list[str] = field(default_factory=list)
    inherited: list[str] = field(default_factory=list)
    selection: Selection = field(default_factory=Selection)
    """What is left out, thresholds, shares, ranks."""
    listed: list[Named] = field(default_factory=list)
    """The rows of this answer, which a follow-up may point at."""
    follows: str = ""
    """The intent that this question goes on with, where it is a follow-up."""
    among: bool = False
    """The question is about the rows of the last answer ("which of those …")."""
    likened: Likened = field(default_factory=Likened)
    """What the nearest examples made of it, where the cues said little."""
    talk: Talk = field(default_factory=Talk)
    """What a question about notes at large is after."""
    tokens: Said = field(default_factory=lambda: Said([]))

    @property
    def metrics(self) -> list[str]:
        return self.measure.metrics

    def of_type(self, *types: str) -> list[Named]:
        return [n for n in self.named if n.type in types]

    @property
    def accounts(self) -> list[Named]:
        return self.of_type("account")

    @property
    def people(self) -> list[Named]:
        return self.of_type("rep", "manager")


def question_for_names(question: str, context: Context) -> str:
    """The text whose names matter: the question, or the earlier one when this answers ours."""
    pending = context.thread.pending
    text = pending.question if pending and chosen_options(question, pending, lexicon()) else question
    return _OWNING.sub(_without_s, text)


_OWNING = re.compile(
    r"\b([A-Z][a-z]{2,})s(?=\s(?:own\s)?(?:book|accounts|team|territory|patch|pipeline|quota|numbers?|calls|meetings|customers|reps)\b)"
)


def _without_s(found: re.Match[str]) -> str:
    """ "Bills book" is Bill's, where nobody would call it a word of the language; places stay as they are."""
    spelling = lexicon().spelling
    return found.group() if spelling.knows(fold(found.group())) and not spelling.knows(fold(found[1])) else f"{found[1]} "


def read_question(question: str, context: Context, names: Mapping[str, Any] | None, bank: ExampleBank) -> Reading:
    """Reads a question.

    Args:
        question: As asked.
        context: Asker, clock and conversation.
        names: The find_entities reply for `question_for_names`, or None when not looked up yet.
        bank: Verified examples.
    """
    lex = lexicon()
    pending = context.thread.pending
    picked = chosen_options(question, pending, lex) if pending else []
    meant = picked[0].id if pending and picked and pending.mention == MEANT else ""
    if pending and pending.mention == MEANT and not meant:
        context, pending = replace(context, thread=replace(context.thread, pending=None)), None
    text = pending.question if pending and picked else question
    chosen = {fold(pending.mention): picked[0]} if pending and picked and not meant else {}
    heard = hear(text, bank.taught) if bank.taught else None
    if heard is not None:  # the phrase has its meaning; the rest of the question is read as usual
        text = text[: heard.start] + " " * (heard.end - heard.start) + text[heard.end :]
    mentions = [m for m in real_mentions(read_mentions(names), text, lex) if text[m.start : m.end].strip()]
    mentions = [m for m in mentions if said_in_full(m) or not dated(text, m.start, m.end, context)]
    reading = _read(text, context, mentions, bank)
    if meant:
        reading.intent, reading.score, reading.likened, reading.assumptions = meant, VERY_SURE, Likened(), []
        reading.talk = talk_of(reading.tokens, lex) if meant in TALKED else reading.talk
        pending, picked = None, []
    if doubtful := worded_like(mentions, lex):
        plain = [m for m in mentions if m not in doubtful]
        other = _read(text, context, plain, bank)
        if other.score >= RULING > reading.score:  # "how do you compute growth" asks for no product called Compute
            reading, mentions = other, plain
    if heard is not None:
        follow(reading, heard, question)
    linked = settle(
        mentions,
        thread=context.thread.entities,
        chosen=chosen,
        prefer=_PREFER.get(reading.intent, ()),
        asked_before=pending is not None,
        said={m.start: kind for m in mentions if (kind := kind_said(m, text, dimension_nouns()))},
    )
    _take_names(reading, linked, names)
    if reading.intent == "notes":
        _place_in_topic(reading, mentions)
        reading.topic = _spelt(reading.topic, reading)
    if reading.intent in TALKED:
        settle_talk(reading)
    if heard is not None:
        reading.named += [n for n in named_in(heard) if n.type not in {o.type for o in reading.named}]
    sort_names(reading, linked)
    if len(picked) > 1:
        reading.named = [n for n in reading.named if n not in picked] + picked
    if pending and picked:
        reading.before = [option for option in pending.options if option not in picked]
        reading.periods = _period_of_answer(question, reading, context)
    inherit.complete(reading, context, lex)
    take_form(reading, lex)
    shape.shape(reading, context, lex)
    reading.unused = unused_words(reading, bank)
    return reading


def _read(text: str, context: Context, mentions: Sequence[Mention], bank: ExampleBank) -> Reading:
    """What words alone tell. A turn reads the same text several times; what is made of a reading afterwards stays with its maker."""
    clock = Context(context.asof, context.calendar, thread=Thread(intent=context.thread.intent, window=context.thread.window))
    read = _read_once(text, clock, tuple(mentions), bank)
    return deepcopy(read, {id(shared): shared for shared in (read.refusal, read.tokens)})


@lru_cache(maxsize=64)
def _read_once(text: str, context: Context, mentions: tuple[Mention, ...], bank: ExampleBank) -> Reading:
    """`context` holds no more than what a period can depend on."""
    lex = lexicon()
    amounts = [a for a in find_amounts(text) if not any(m.start < a[0].end and a[0].start < m.end for m in mentions)]
    masks = [*mask(mentions), *(token for token, _ in amounts)]
    periods = find_asked_periods(text, context, masks, lex)
    if amounts and periods.main is None:
        amounts = [a for a in amounts if not _in_a_metric(a[0], text, mask(mentions), lex)]
        masks = [*mask(mentions), *(token for token, _ in amounts)]
    tokens = Said(_mended(t, lex) for t in tokenize(text, [*masks, *periods.tokens]))
    found = measure(tokens, lex)
    feature = features(tokens, found.metrics, found.group_by, lex)
    ranked = score_intents(tokens, found.metrics, feature, lex, bank)
    score, intent = (ranked[0][0], ranked[0][1].name) if ranked else (0.0, "")
    if score < HINT and not feature:
        intent = ""
    by_cues = intent
    likened = liken(_without_slips(tokens, lex), found.metrics, ranked, bank, in_thread=bool(context.thread)) or Likened()
    if likened.intent:
        score, intent = likened.score, likened.intent
    if likened.intent or likened.example:
        found = _filled(found, likened)
    refusal = _refusal(tokens, by_cues, ranked[0][0] if ranked else 0.0, lex)
    aside = refusal is not None and (refusal.type != "REFUSE_SAFETY" or (refusal.id == _SENDING and tokens[0].norm not in _ORDERS))
    if aside and clearly_ours(tokens, bank):
        refusal = None
    chosen = select(tokens, [c for _, conditions in amounts for c in conditions], lex)
    return Reading(
        question=text,
        intent=intent,
        score=score,
        measure=found,
        periods=periods,
        refusal=refusal or _proposed(likened, lex),
        likened=likened,
        assumptions=_read_as(likened, by_cues),
        whole=any_match(lex.followups["everything"], tokens) or any_match(lex.followups["ourselves"], tokens),
        own=any_match(lex.followups["self_only"], tokens),
        strip=any_match(lex.followups["strip"], tokens) and not (chosen.left_out_at and not any_match(lex.followups["one_timers"], tokens)),
        together=any_match(lex.followups["together"], tokens),
        ending=(any_match(lex.followups["ending"], tokens) or "ending" in likened.flags)
        and not any_match(lex.followups["exhausted"], tokens),
        silence=any_match(lex.followups["silence"], tokens) or "silence" in likened.flags,
        side=_side(tokens, lex),
        topic=(subject := _topic(tokens, text, lex)).text,
        subject=subject,
        talk=talk_of(tokens, lex) if intent in TALKED else Talk(),
        selection=chosen,
        tokens=tokens,
    )


_SENDING = "contact"
"""The refusal to send: nothing is ever sent, so that a question about messages loses nothing by being answered."""
_ORDERS = frozenset(["email", "mail", "message", "text", "call", "phone", "ping", "contact", "notify", "reach", "send", "write", "dm"])
"""What begins with one of these words is no question but an order to send."""


def _without_slips(tokens: Said, lex: Lexicon) -> Said:
    """The tokens with slips of the hand as the ordinary words they are near to: examples are written without any."""

    def meant(token: Token) -> Token:
        unknown = token.kind == "word" and token.text.islower() and not lex.spelling.knows(token.norm)
        return replace(token, norm=lex.spelling.slip_of(token.norm) or token.norm) if unknown else token

    return Said(meant(t) for t in tokens)


def _filled(found: Measure, likened: Likened) -> Measure:
    """The measure with what the nearest example means and the question leaves open."""
    if likened.example is None:
        return found
    slots = likened.example.slots
    found = replace(found, metrics=found.metrics or list(slots.metrics))
    if not likened.shapes:
        return found
    return replace(
        found,
        group_by=found.group_by or list(slots.group_by),
        direction=found.direction or slots.direction,
        ranked=found.ranked or slots.ranked,
        limit=found.limit or (DEFAULT_TOP if slots.ranked and not found.ranked else 0),
    )


def _proposed(likened: Likened, lex: Lexicon) -> Refusal | None:
    """The refusal that the nearest examples stand for."""
    return next((r for r in lex.refusals if r.id == likened.refuses), None)


def _read_as(likened: Likened, by_cues: str) -> list[str]:
    """Says what a question was taken for, where its words alone did not tell."""
    topic = rule().topics.get(likened.intent, "") if likened.intent != by_cues else ""
    return [f"Read as a question about {topic}."] if topic else []


def _in_a_metric(amount: Token, text: str, masks: Sequence[Token], lex: Lexicon) -> bool:
    """Whether an amount belongs to the name of a metric, as in "customers over 100k"."""
    tokens = Said(_mended(t, lex) for t in tokenize(text, masks))
    spans = [(tokens[h.start].start, tokens[h.end - 1].end) for h in find_hits(tokens, "metric")]
    return any(start <= amount.start and amount.end <= end for start, end in spans)


def _refusal(tokens: Said, intent: str, score: float, lex: Lexicon) -> Refusal | None:
    """Safety always counts; a word of something not held, or outside the product, yields to a question that is surely ours.

    What people said may be about anything, figures that are not held among them.
    """
    refusal = refusal_for(tokens, lex)
    if refusal is None or refusal.type == "REFUSE_SAFETY":
        return refusal
    if intent == "notes" and score >= SURE and refusal.type == "REFUSE_DATA":
        return None
    outside = refusal.type == "REFUSE_SCOPE" and bool(find_hits(tokens, "metric"))
    return None if score >= (SURE + 1 if outside else VERY_SURE) else refusal


def _mended(token: Token, lex: Lexicon) -> Token:
    return token if token.kind != "word" else replace(token, norm=lex.spelling.mend(token.norm))


def _take_names(reading: Reading, linked: Linked, names: Mapping[str, Any] | None) -> None:
    reading.named, reading.open = linked.named, linked.open
    reading.suggested = linked.suggested
    reading.assumptions += linked.assumptions
    if names is not None:
        unknown = find_unknown(reading.tokens, reading.question, reading.suggested)
        reading.unknown = [name for name in unknown.names if not _word_after_all(name, reading)]
        reading.assumptions += [f"‘{slip}’ was read as {word}." for slip, word in unknown.slips.items()]


def _word_after_all(name: str, reading: Reading) -> bool:
    """Whether what nobody knows is a mere word: written small, not where a name stands, in a question that examples explain."""
    if reading.likened.example is None or not name.isalpha() or not name.islower():
        return False
    at = next((i for i, t in enumerate(reading.tokens) if t.text == name), 0)
    return at > 0 and reading.tokens[at - 1].norm not in lexicon().before_names


def _side(tokens: Said, lex: Lexicon) -> str:
    if any_match(lex.followups["either_side"], tokens):
        return ""
    return "vendor" if any_match(lex.followups["vendor_side"], tokens) else "customer"


def _topic(tokens: Said, text: str, lex: Lexicon) -> Topic:
    return find_topic(tokens, text, lex.spelling.ordinary | set(lex.concepts["source"]) | set(lex.concepts["asking"]))


def _place_in_topic(reading: Reading, mentions: Sequence[Mention]) -> None:
    """Which accounts a question about notes only speaks of, and whose words it asks for; in place.

    An account that is all there is to look in is no topic: what is left beside its name is.
    """
    reading.speaker = who_spoke(reading.unknown, reading.subject)
    reading.spoken_of = spoken_of(reading.subject, mentions, reading.accounts, spoken_by=bool(reading.speaker or reading.people))
    if reading.speaker and not reading.subject.how:
        reading.topic = " ".join(word for word in reading.topic.split() if word not in reading.speaker.split())
    elif not reading.spoken_of:
        left = [t.text for t in reading.tokens if reading.subject.start <= t.start < reading.subject.end and t.kind == "word"]
        inside = any(reading.subject.holds(m) for m in mentions if m.candidates)
        reading.topic = " ".join(left) if inside else reading.topic


def _spelt(words: str, reading: Reading) -> str:
    """The words to search for, with a single slip of the hand mended: a search knows words as they are spelt."""
    spelling = lexicon().spelling
    meant = {t.text: t.norm for t in reading.tokens if t.kind == "word" and t.text.islower() and not spelling.knows(fold(t.text))}
    near = {w: next((m for m in (meant[w], spelling.slip_of(w)) if OSA.distance(w, m) == 1), w) for w in words.split() if w in meant}
    return " ".join(near.get(w, w) for w in words.split())


def _period_of_answer(answer: str, reading: Reading, context: Context) -> PeriodsAsked:
    """A period said in the answer to our question ("Corp, last month") replaces the earlier one."""
    said = find_asked_periods(answer, context, [], lexicon())
    return said if said.main is not None else reading.periods
