"""What a question turns out to be once names, period and conversation are known.

Values to be set side by side, a bare total, measures of several kinds at once, a period that has not begun.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from meterline.models.offline.understand.catalogue import dimension_nouns, find_hits
from meterline.models.offline.understand.coming import look_ahead
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.extremes import rank_stretches
from meterline.models.offline.understand.fallback import rule
from meterline.models.offline.understand.measure import DEFAULT_TOP
from meterline.models.offline.understand.periods import WEEK
from meterline.models.offline.understand.scoring import any_match

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading
    from meterline_tools.catalog.calendar import Period

_PEOPLE = frozenset({"rep", "manager"})
_OF_USAGE = frozenset({"lookup", "slice", "scorecard", "movers", "explain", "attainment", "activity", "durability", "forecast", "usecases"})
"""Intents about what has been consumed or done; a period to come holds nothing of it."""
_FORECAST = frozenset({"lookup", "slice", "forecast"})
_MONEY = frozenset({"M01", "M04", "M05", "M06", "M08", "M10", "M48"})
"""What is asked about a period to come, in these words, is the forecast."""
_TABLES = frozenset({"lookup", "slice", "attainment", "activity", "retention"})
"""Intents whose figures can be listed by any dimension."""
_WILL = frozenset({"will", "gonna", "shall"})
"""With these even a month or quarter that has been means the next one of its name."""
_NAMED_AGAIN = frozenset({"day", "week", "month", "quarter", "half", "year"})
_BACK = frozenset({"last", "past", "since", "previous", "prior", "ago", "trailing", "from"})
"""Words by which a period is one that has been, whatever else will be."""
_HAS_BEEN = frozenset({"did", "was", "were", "has", "have", "had"})
"""With these a "why" is of a move that was seen, whatever is asked of its future."""
_LASTS = re.compile(r"\b(?:last|stick|hold|stay|persist|continue|keep|remain|endure|survive|carry on)\b", re.IGNORECASE)
_SPANS = frozenset({"day", "week", "month", "quarter", "year"})
_ONE_HOME = ("lookup", "attainment", "usecases", "activity")
"""Intents whose measures may be asked for in one breath; together they are a lookup."""


def shape(reading: Reading, context: Context, lex: Lexicon) -> None:
    """Settles the form of the answer, in place."""
    words = reading.tokens.present
    if reading.intent == "definition":
        reading.open = []  # a rule is the same whoever is meant
    if reading.intent == "definition" and reading.unknown and not reading.metrics:
        reading.intent = "lookup"  # a name nobody knows is no term of the catalogue
    _of_another_kind(reading)
    _bare_total(reading, lex)
    _listed(reading, lex)
    _remarks(reading, lex)
    if reading.intent == "adoption" and reading.measure.group_by == ["account"]:
        reading.measure.group_by = []  # "what share of our customers use AI" counts them
    if reading.intent == "adoption" and set(reading.measure.group_by) - _SPANS:
        reading.intent, reading.measure.metrics = "measures", ["M16"]  # a breakdown of one product is the measure's own
    if reading.intent in ("lookup", "slice") and words & _WHO and reading.of_type("sku", "sku_family") and not reading.measure.group_by:
        reading.intent, reading.measure.group_by = "lookup", ["account"]  # "who uses streaming ingest" asks for names
    if reading.intent == "slice" and reading.metrics == ["M09"]:
        reading.intent = "lookup"
    if reading.intent == "durability" and reading.metrics[:1] == ["M07"] and not reading.named and not reading.strip and "what" in words:
        reading.intent = "lookup"
    if reading.intent == "lookup" and reading.metrics == ["M07"] and not reading.measure.group_by and not reading.measure.ranked:
        reading.measure.metrics = ["M07", "M06"]  # what is durable is told beside the raw figure
    if reading.intent == "health" and reading.people:
        reading.intent = "scorecard"  # the sides of health are those of a customer
    if reading.intent == "activity" and reading.of_type("rep") and words & _WHO and not reading.measure.group_by:
        reading.measure.group_by = ["account"]  # "who did she visit"
    if reading.intent == "activity" and words & (_WHO | set(lex.concepts["people"])) and _of_people(reading):
        reading.measure.group_by = ["rep"]  # "who (in her team) has the most customer meetings" asks for people
    _who_moved(reading)
    _of_the_whole(reading)
    if reading.intent == "lookup" and reading.metrics == ["M24"] and reading.measure.group_by == ["account"]:
        reading.measure.metrics = []  # a list of accounts is told by what they consume
    _counted_units(reading)
    _over_a_year(reading)
    rank_stretches(reading, context)
    _without_excess(reading)
    _mixed(reading, lex)
    _at_home(reading, lex)
    _people_listed(reading, lex)
    _beside(reading, lex)
    look_ahead(reading, context)
    _unbegun(reading, context)


def _of_another_kind(reading: Reading) -> None:
    """Questions whose names or words make them another intent's."""
    if reading.intent == "last_touch" and reading.silence and not reading.accounts:
        reading.intent = "activity"  # accounts without a touch are a list of activity's
        reading.assumptions = [told for told in reading.assumptions if not told.endswith(f"{rule().topics['last_touch']}.")]
    if reading.intent in ("coffee", "watch") and (reading.accounts or (reading.people and not reading.own)):
        reading.intent = "explain" if reading.accounts else "exceptions"  # news of one account is what moved there; of the asker's, news
    if reading.intent == "usecases" and reading.tokens.present & _RIVALS:
        reading.intent = "rivals"  # "open use cases with a competitor" are those of which the CRM names one
    if reading.intent in ("lookup", "slice") and reading.metrics == ["M24"] and reading.of_type("sku", "sku_family"):
        reading.intent, reading.measure.metrics = "adoption", []  # customers are counted by product as adoption


def _bare_total(reading: Reading, lex: Lexicon) -> None:
    """ "total Q1", "overall July", "last month numbers": nothing but a period and words for a sum means consumption."""
    if reading.intent or reading.refusal is not None or reading.unknown or reading.open:
        return
    words = [t.norm for t in reading.tokens if t.kind == "word"]
    plain = (
        {"vs", "versus", "against", "compared", "with", "than"}
        | set(lex.concepts["sum"])
        | set(lex.concepts["linking"])
        | set(lex.concepts["self"])
    )
    if set(words) <= plain and (reading.periods.main is not None or set(words) & set(lex.concepts["grand"])):
        reading.intent = "lookup"
        reading.measure.metrics = ["M01"]
        reading.assumptions.append("No measure was named, so net consumption is shown.")


def _listed(reading: Reading, lex: Lexicon) -> None:
    """ "Which accounts are in France" lists; "gainers without the one-timers" are movers; "how many accounts" counts them."""
    words = reading.tokens.present
    if reading.intent == "slice" and reading.measure.group_by and not words & set(lex.concepts["stats"]):
        reading.intent = "lookup"
    if reading.intent == "durability" and reading.strip and words & (set(lex.concepts["gain"]) | set(lex.concepts["lose"])):
        reading.intent = "movers"
    if _moves(reading):
        reading.intent = "movers"
    if (
        reading.intent == "lookup"
        and reading.measure.ranked == "large"
        and reading.metrics in (["M08"], ["M09"])
        and words >= {"and", "top"}
    ):
        reading.measure.metrics = ["M01", *reading.metrics]  # "top accounts and how fast they grow" are the largest
    if reading.intent == "lookup" and not reading.metrics and any_match(lex.followups["how_many_accounts"], reading.tokens):
        reading.measure.metrics = ["M24"]
    series = set(reading.measure.group_by) & {"day", "week", "month"}
    if reading.intent == "lookup" and series and set(reading.metrics) <= {"M04", "M05", "M08", "M09", "M10"}:
        reading.measure.metrics = ["M01"]  # a trend in a table is the amounts themselves
    if not reading.intent and reading.measure.nouns and reading.refusal is None and not reading.unknown:
        reading.intent = "lookup"  # "how do the regions stack up": the kind of thing is all that is said
        reading.measure.group_by = reading.measure.group_by or reading.measure.nouns[:1]
    if reading.intent == "lookup" and not reading.measure.group_by and not reading.named and words & _COMPARED:
        reading.measure.group_by = reading.measure.nouns[:1]
    if reading.intent == "lookup" and reading.measure.ranked and not reading.measure.group_by and words & _WHO and not reading.named:
        reading.measure.group_by = ["account"]
    _defined(reading, lex)


def _moves(reading: Reading) -> bool:
    """ "Top three accounts that shrank": a list by which way things went, and by no other measure."""
    listed = reading.intent == "lookup" and bool(reading.measure.group_by) and not set(reading.measure.group_by) & _SPANS
    return listed and bool(reading.measure.direction) and not reading.metrics and not reading.selection and not reading.periods.compare


def _who_moved(reading: Reading) -> None:
    """ "Who is burning less than last month" and "which workloads at Alder grew the most" list what moved."""
    words, measure = reading.tokens.present, reading.measure
    if reading.intent == "lookup" and words & _WHO and reading.periods.compare and words & _LESS_OR_MORE and not measure.group_by:
        reading.intent, measure.direction, measure.metrics = "movers", "lose" if words & {"less", "fewer"} else "gain", []
        reading.periods.compare = ""
    if reading.intent == "explain" and "workload" in measure.nouns and measure.direction and words & {"which", "top", "what"}:
        reading.intent, measure.group_by = "movers", ["workload"]


_RIVALS = frozenset({"competitor", "competitors", "competition", "rival", "rivals"})
_LESS_OR_MORE = frozenset({"less", "more", "fewer"})


def _counted_units(reading: Reading) -> None:
    """ "How many messages did they send": a word for no kind of thing we count is what the units are called."""
    words = [t.norm if t.kind == "word" else t.kind for t in reading.tokens]
    asked = next((at for at, pair in enumerate(pairwise(words)) if pair == ("how", "many")), -1)
    if reading.intent not in _MEASURED or find_hits(reading.tokens, "metric") or asked < 0 or len(words) < asked + 4 or not reading.named:
        return
    noun, verb = words[asked + 2], words[asked + 3]
    counted = verb in _DONE or (verb == "of" and reading.of_type("sku", "sku_family"))
    if counted and noun not in dimension_nouns() and reading.tokens[asked + 2].kind == "word" and not noun.isdigit():
        reading.intent, reading.measure.metrics = "lookup", ["M03"]


_MEASURED = frozenset({"lookup", "slice", "explain", ""})
_DONE = frozenset({"did", "does", "do", "has", "have", "were", "was", "are"})


def _of_the_whole(reading: Reading) -> None:
    """ "Are we growing faster than last year": a yes or no about the whole, and no list."""
    plain = reading.whole and not reading.measure.group_by and not reading.measure.nouns and not reading.strip
    asked = bool(reading.tokens) and reading.tokens[0].norm in ("are", "is", "did", "have", "has", "were")
    if reading.intent == "movers" and plain and asked and reading.measure.direction:
        reading.intent, reading.measure.metrics = "lookup", ["M08", "M09"]
        reading.periods.compare = ""


def _over_a_year(reading: Reading) -> None:
    """Movers against a year ago: ranked by that growth, as they are not a change on the period before."""
    if reading.intent != "movers" or not (reading.periods.compare == "year_ago" or "M09" in reading.metrics) or reading.strip:
        return
    reading.intent, reading.measure.metrics, reading.periods.compare = "lookup", ["M09", "M01"], ""
    reading.measure.group_by = reading.measure.group_by or ["account"]
    reading.measure.ranked = "small" if reading.measure.direction == "lose" else "large"
    reading.measure.limit = reading.measure.limit or DEFAULT_TOP


def _of_people(reading: Reading) -> bool:
    """Whether "who" asks for people: those of a team where one is named, and none by name."""
    return (
        not reading.of_type("rep")
        and reading.measure.group_by in ([], ["account"], ["manager"])
        and "managers" not in reading.tokens.present
    )


_COMPARED = frozenset({"compare", "stack", "differ", "compares", "differs"})
_WHO = frozenset({"who", "whos", "whose"})


def _defined(reading: Reading, lex: Lexicon) -> None:
    """ "Explain consumption ARR": a measure by itself, and nothing that moved."""
    words = reading.tokens.present
    moved = words & (set(lex.concepts["up"]) | set(lex.concepts["down"]) | set(lex.concepts["change"]))
    plain = not reading.named and reading.periods.main is None and not reading.inherited and not moved
    if (
        reading.metrics
        and plain
        and words & {"explain", "explained"}
        and reading.metrics != ["M55"]  # "explained share" is a measure's own name
        and reading.intent in ("explain", *_ONE_HOME, "measures", "retention", "commit")
    ):
        reading.intent = "definition"


_RATES = frozenset({"M05", "M06", "M07"})


def _without_excess(reading: Reading) -> None:
    """ "What is our ARR without the one-timers" asks for the durable rate, and for no change."""
    if reading.intent in ("durability", "movers") and reading.strip and set(reading.metrics) & _RATES and not reading.measure.direction:
        reading.intent, reading.measure.metrics = "lookup", ["M07", "M06"]


def _remarks(reading: Reading, lex: Lexicon) -> None:
    """What has to be said about a word that means less or more here than elsewhere ("revenue")."""
    if reading.intent not in ("definition", "notes", "sql"):
        reading.assumptions += [r.says for r in lex.remarks if any_match(r.cues, reading.tokens)]


def _mixed(reading: Reading, lex: Lexicon) -> None:
    """Measures of several kinds, joined by "and", are looked up together rather than one of them dropped."""
    homes = {next((h for h in _ONE_HOME if m in lex.by_name[h].metrics), "") for m in reading.metrics}
    if len(homes - {""}) > 1 and reading.measure.enumerated and reading.intent in _ONE_HOME and not reading.silence:
        reading.intent = "lookup"


_OWN_WRITERS = ("retention", "health", "measures", "activity")


def _at_home(reading: Reading, lex: Lexicon) -> None:
    """A breakdown of measures that have sentences of their own is told by those."""
    if reading.intent not in ("lookup", "slice") or not reading.metrics or reading.selection.part:
        return
    homes = [name for name in _OWN_WRITERS if set(reading.metrics) <= lex.by_name[name].metrics]
    reading.intent = homes[0] if homes and not reading.selection.conditions else reading.intent


def _people_listed(reading: Reading, lex: Lexicon) -> None:
    """ "Who is the best rep" lists people, within a team too."""
    judged = set(lex.concepts["judged"]) & reading.tokens.present
    if reading.intent != "attainment" or not judged or reading.of_type("rep"):
        return
    reading.measure.group_by = reading.measure.group_by or ["rep"]
    if reading.metrics and not set(reading.metrics) & lex.by_name["attainment"].metrics:
        reading.intent, reading.measure.ranked = "lookup", reading.measure.ranked or "large"


def _beside(reading: Reading, lex: Lexicon) -> None:
    """Several values of one dimension are alternatives to be shown apart, never one inside the other."""
    kinds = [n.type for n in reading.named]
    several = [k for k in dict.fromkeys(kinds) if kinds.count(k) > 1]
    if not several:
        return
    reading.versus = any_match(lex.followups["versus"], reading.tokens)
    _as_table(reading, people_or_accounts=bool(set(several) & (_PEOPLE | {"account"})))
    if reading.intent in _TABLES:
        reading.beside = several[0]
        reading.measure.group_by = list(dict.fromkeys([*several, *reading.measure.group_by]))


def _as_table(reading: Reading, *, people_or_accounts: bool) -> None:
    """An overview, a "why" or a "who lost more" about several parts of the business becomes their figures next to each other."""
    usual = {"slice": ["M01", "M08"]}
    if not people_or_accounts:
        usual |= {"explain": ["M01", "M08"], **({"movers": ["M10", "M08"]} if reading.versus else {})}
    if reading.intent in usual:
        reading.measure.metrics = reading.metrics or usual[reading.intent]
        reading.intent = "lookup"


def _unbegun(reading: Reading, context: Context) -> None:
    """Periods to come, and those of which no day is complete: these are replaced by the nearest days, and it is said."""
    period = reading.periods.main
    if period is None or reading.intent not in _OF_USAGE:
        return
    if period.unit == "so_far":
        return  # given as it is, with the share that has come in
    if reading.intent == "durability" and (period.window.start > context.asof.local_today or _is_how_long(reading, period)):
        reading.assumptions.append(f"{period_said(reading)} is ahead: told is what is known of the move itself.")
        reading.periods.window, reading.periods.main = "", None
        return
    seen = reading.intent == "durability" or (reading.intent == "explain" and bool(_HAS_BEEN & reading.tokens.present))
    coming = bool(_WILL & reading.tokens.present) and not period.incomplete and period.unit in _NAMED_AGAIN and not seen
    if period.window.start > context.asof.local_today or (coming and not _BACK & set(period.phrase.lower().split())):
        reading.ahead = True
        if reading.intent == "forecast" or (reading.intent in _FORECAST and set(reading.metrics) <= _MONEY):
            reading.intent, reading.ahead = "forecast", False
    elif period.incomplete and period.unit == "day":
        reading.unsettled = f"{period_said(reading)} is not complete yet; on the last complete day"
    elif period.window.start > context.asof.d1:
        reading.unsettled = f"{period_said(reading)} has no complete day yet; over the latest complete week"
        reading.periods.window, reading.periods.main = WEEK, None


def _is_how_long(reading: Reading, period: Period) -> bool:
    """Whether the period is how long it should last: "will it hold through September", and not "will the surge of July last"."""
    at = reading.question.lower().find(period.phrase.lower())
    return bool(_WILL & reading.tokens.present) and at >= 0 and _LASTS.search(reading.question[:at]) is not None


_PREPOSITIONS = frozenset({"till", "until", "by", "before", "to", "through", "up"})


def period_said(reading: Reading) -> str:
    """The period as the asker wrote it, quoted."""
    phrase = reading.periods.main.phrase.strip() if reading.periods.main else ""
    phrase = phrase if " " in phrase or phrase[:1].isdigit() or phrase.lower() not in _PREPOSITIONS else ""
    return f"“{phrase}”" if len(phrase) > 2 and phrase.lower() in reading.question.lower() else "That period"
