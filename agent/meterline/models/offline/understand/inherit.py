"""What a question leaves out: taken from the conversation, the asker, or a stated default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.context import Context, Thread
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.periods import PeriodsAsked, period_before
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.pointing import RESTART, points_back, take_over
from meterline.models.offline.understand.scoring import SURE, any_match
from meterline.models.offline.understand.talk import TALKED
from meterline.models.offline.understand.words import tokenize

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

_NEEDS_NAME = frozenset({"explain", "brief", "savings", "saved", "durability", "scorecard"})
_PERSON_OR_ACCOUNT = frozenset({"account", "rep", "manager"})
WHOSE = "my"
"""The pending mention of the question whose book is meant."""
_SHORT_ANSWER = 4
_SET_AGAINST = frozenset({"vs", "versus", "against", "compared", "compare"})
_FLIPPED = {"gain": "lose", "lose": "gain", "both": "both", "": "lose"}
_CONTINUES = {
    "scorecard",
    "lookup",
    "slice",
    "movers",
    "attainment",
    "activity",
    "usecases",
    "notes",
    "commit",
    "forecast",
    "overlays",
    "accuracy",
    "retention",
    "health",
    "measures",
    "slips",
    "golive",
    "idle",
    "realised",
    "qualification",
    "last_touch",
    "asks",
    "cadence",
    "certificates",
    "vouchers",
    "pql",
    "first_touch",
    "new_products",
    "adoption",
    "whitespace",
    "exceptions",
    "durability",
    "promised",
    "saved",
    "rivals",
    "themes",
}
"""Intents that a change of name, period or filter may continue."""


def complete(reading: Reading, context: Context, lex: Lexicon) -> None:
    """Fills what the question leaves out, in place, and notes what was inherited."""
    thread = context.thread
    opener = any_match(lex.followups["openers"], reading.tokens)
    pronoun = any_match(lex.followups["pronouns"], reading.tokens)
    points = points_back(reading, thread, lex)
    if reading.intent == RESTART:
        return
    adrift = reading.score < SURE and not reading.likened.doubt
    continues = bool(thread) and (points or opener or pronoun or reading.strip or adrift or _list_within(reading, thread))
    if bool(thread) and any_match(lex.followups["opposite"], reading.tokens):
        _turn_round(reading, thread)
        continues = True
    if continues and not reading.named and not reading.unknown and len(reading.tokens) <= _SHORT_ANSWER:
        reading.named = [n for n in thread.before if _said_of(n, thread, reading)][:1]
    briefly = _in_short(reading, thread, lex) if continues else False
    if continues and not briefly:
        _inherit_intent(reading, thread, opener or points)
    elif thread and not reading.named and reading.intent in _NEEDS_NAME and not reading.unknown and not reading.own and not reading.whole:
        continues = True
    elif thread and reading.intent == "exceptions" and not reading.named and any_match(lex.followups["one_to_one"], reading.tokens):
        continues, reading.own, reading.whole = True, False, False  # "our one-on-one" is with the person it was about
    if continues and reading.whole and any_match(lex.followups["of_it"], reading.tokens):
        reading.whole = any_match(lex.followups["everything"], reading.tokens)  # "can we count on it": what was talked about
    if continues and reading.refusal is None:
        reading.follows = thread.intent
        _inherit_entities(reading, thread)
        _inherit_period(reading, context, lex)
        take_over(reading, thread, lex)
    if reading.intent in TALKED and reading.follows == reading.intent and not reading.talk.subject:
        reading.talk = replace(reading.talk, subject=thread.topic)
    if reading.intent == "notes" and not reading.topic and not reading.unknown:
        reading.topic = thread.topic
    _answers_whose(reading, thread)
    _own_book(reading, context, lex)
    if (
        reading.named
        and not reading.before
        and [n.type for n in reading.named] == [e.type for e in thread.entities]
        and reading.named != list(thread.entities)
    ):
        reading.before = list(thread.entities)


def _in_short(reading: Reading, thread: Thread, lex: Lexicon) -> bool:
    """ "And gross?", "by type?": a word that stands for a metric or a breakdown in a conversation of this kind; in place."""
    intent = lex.by_name.get(thread.intent)
    said = [t.norm for t in reading.tokens if intent is not None and t.norm in intent.short]
    if intent is None or not said or reading.metrics or len(reading.tokens) > _SHORT_ANSWER:
        return False
    for meant in dict.fromkeys(intent.short[word] for word in said):
        (reading.measure.metrics if meant in vocabulary().metrics else reading.measure.group_by).append(meant)
    reading.intent = thread.intent
    reading.measure.metrics = reading.metrics or list(thread.metrics)
    return True


def _turn_round(reading: Reading, thread: Thread) -> None:
    """The opposite of a list of gainers are the losers, of the largest the smallest, of an explained move what moved the other way."""
    if thread.intent == "lookup" and thread.ranked:
        reading.intent, reading.measure.ranked = "lookup", "small" if thread.ranked == "large" else "large"
        reading.measure.direction, reading.score = "", 0.0  # so that all the rest is inherited
        return
    reading.intent = thread.intent if thread.intent in _CONTINUES else "movers"
    reading.measure.direction = _FLIPPED[thread.direction]


def _list_within(reading: Reading, thread: Thread) -> bool:
    """ "Top accounts" after a question about a part of the business is about that part: a short list that names no other."""
    kinds = {e.type for e in thread.entities}
    listed = reading.intent in ("movers", "lookup", "attainment") and bool(reading.measure.group_by or reading.intent == "movers")
    free = not reading.named and not reading.own and not reading.whole and not reading.unknown
    inside = bool(kinds) and kinds <= SLICE_KINDS | {"rep", "manager"} and not kinds & set(reading.measure.group_by)
    return listed and free and inside and len(reading.tokens) <= _SHORT_ANSWER + 1 and reading.periods.main is None


def _said_of(option: Named, thread: Thread, reading: Reading) -> bool:
    """Whether a word of the question is one that only this earlier option has ("and Labs?")."""
    others = {t.norm for n in (*thread.entities, *thread.before) if n.id != option.id for t in tokenize(n.name)}
    return bool(({t.norm for t in tokenize(option.name)} - others) & reading.tokens.present)


def _answers_whose(reading: Reading, thread: Thread) -> None:
    """A bare name, or "everyone", in answer to the question whose book is meant: the question itself goes on."""
    asked = thread.pending is not None and thread.pending.mention == WHOSE
    if asked and (reading.people or reading.whole) and len(reading.tokens) <= _SHORT_ANSWER:
        reading.intent = thread.intent
        reading.own = False


def _inherit_intent(reading: Reading, thread: Thread, opener: bool) -> None:
    """A question without an intent of its own, or one that only adds a name or period, continues the last one."""
    only_adds = opener and reading.score < SURE + 1 and thread.intent in _CONTINUES and not reading.metrics
    bare = reading.intent in ("lookup", "slice", "scorecard", "explain") and reading.score <= SURE and thread.intent in _CONTINUES
    stripping = reading.strip and thread.intent in _CONTINUES
    cut = opener and reading.intent == "lookup" and bool(reading.measure.group_by) and not reading.metrics and thread.intent in _CONTINUES
    only_cut = cut and len(reading.tokens) <= _SHORT_ANSWER
    if reading.score < SURE or only_adds or (bare and opener) or stripping or only_cut:
        why = reading.intent == "explain" and ("why" in reading.tokens.present or reading.score > SURE)
        if not why:
            reading.intent = _fitting(thread.intent, reading.named) or reading.intent
            reading.measure.metrics = reading.metrics or list(thread.metrics)
            reading.measure.group_by = reading.measure.group_by or list(thread.group_by)
            reading.measure.direction = reading.measure.direction or thread.direction
            reading.measure.limit = reading.measure.limit or thread.limit
            reading.measure.ranked = reading.measure.ranked or thread.ranked
            reading.topic = reading.topic if reading.intent == "notes" and reading.topic else thread.topic


def _fitting(intent: str, named: list[Named]) -> str:
    """The same question about another kind of thing may be another intent (a rep's scorecard, a slice's overview)."""
    kinds = {n.type for n in named}
    if intent == "scorecard" and kinds and not kinds & {"rep", "manager"} and "account" in kinds:
        return "slice"
    if intent == "slice" and kinds & {"rep", "manager"}:
        return "scorecard"
    return intent


def _inherit_entities(reading: Reading, thread: Thread) -> None:
    new = {n.type for n in reading.named}
    if reading.whole and not new and not reading.selection.shares:
        return
    if reading.own:
        new |= {"rep"}
    known = (*thread.entities, *thread.before) if reading.together else thread.entities
    against = bool(reading.named) and reading.tokens[0].norm in _SET_AGAINST
    kept = [e for e in known if not _replaced(e.type, new) or (against and e.type in new)]
    if reading.unknown and not reading.named:
        kept = []
    added = [e for e in kept if (e.type, e.id) not in {(n.type, n.id) for n in reading.named}]
    reading.named = added + reading.named if against else reading.named + added
    reading.inherited += [e.name for e in kept]


def _replaced(old: str, new: set[str]) -> bool:
    """A new account or person takes the place of both; a new slice replaces its own kind and any account."""
    if new & _PERSON_OR_ACCOUNT:
        return old in _PERSON_OR_ACCOUNT
    return old in new or (bool(new & SLICE_KINDS) and old == "account")


def _inherit_period(reading: Reading, context: Context, lex: Lexicon) -> None:
    thread = context.thread
    if thread.window and any_match(lex.followups["earlier"], reading.tokens):
        reading.periods = PeriodsAsked(main=reading.periods.main, window=period_before(thread.window, context))
        return
    if reading.periods.main is None and thread.window:
        reading.periods.window = thread.window
        reading.inherited.append("the same period")
    if not reading.periods.compare and reading.periods.main is None:
        reading.periods.compare = thread.compare


def _own_book(reading: Reading, context: Context, lex: Lexicon) -> None:
    """First person means the asker's book, unless somebody else is named."""
    own = context.own_book
    if not reading.own or reading.people or reading.accounts or any(name[:1].isupper() for name in reading.unknown):
        reading.own = False
        return
    if own is None:
        reading.own = not {t.norm for t in reading.tokens} & set(lex.concepts["people"])  # "my reps" of an administrator are everybody's
        return
    if own.type == "manager" and reading.intent not in ("attainment", "scorecard"):
        reading.assumptions.append("Your book was read as everything your team holds.")
        return
    reading.named.append(own)
