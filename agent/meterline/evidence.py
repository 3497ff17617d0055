"""What a turn has proved: the names, dates, phrases and quotations that may stand in text without a mark."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from functools import cached_property, lru_cache

from meterline.dates import MONTHS, Day, find_days
from meterline.sources import account_cells, cells_of, dates_of, names_of
from meterline.spans import SPAN, SPAN_ASKED, spans_of
from meterline.told import Told
from meterline_tools.catalog.words import common_words
from meterline_tools.receipts import Citation, ReceiptBook

QUOTED = re.compile(r"[“„«‹「『\"]([^“”„«»‹›「」『』\"]{2,})[”“»›」』\"]|(?<![\w’'])[‘'‚`]([^‘’'‚`\n]{2,}?)[’'`](?!\w)")
_QUOTE = re.compile(r"[“”\"'‘’`«»]")
_AMOUNT = re.compile(r"[$€£¥%]|\d\s*(?:k|m|bn|million|thousand|percent)\b|\d[.,]\d|\d{5}", re.IGNORECASE)
_YEAR = re.compile(
    r"(?<![\w$€£¥₹.,-])(?:(?P<lead>[A-Za-z]+)\.?,?\s+|(?P<alone>^\s*|·\s*))"
    r"(?P<year>\d{4})(?![\w%]|[.,]\d|\s*(?:%|percent|dollars|usd|eur)\b|\s*%)"
)
_YEAR_LEADS = frozenset(
    {"in", "of", "for", "during", "since", "until", "till", "to", "from", "year", "years", "by", "and", "than", "versus", "vs"}
    | {"calendar", "late", "early", "mid", "through", "fiscal", "before", "after"}
)
_ID_LEADS = frozenset(["account", "accounts", "id", "note", "ticket", "contract", "number", "no", "case", "customer", "rep", "call"])
_PLAIN_ID = re.compile(r"(?P<lead>[A-Za-z]+)\.?\s+#?(?P<id>\d{3,})(?![\w%]|[.,]\d)")
_LENGTH = re.compile(
    r"(?i)\b(?P<lead>last|past|trailing|latest|these|those|same|over|previous|preceding|prior|rolling|periods? of|windows? of)(?:\s+the)?"
    r"\s+(?P<number>\d{1,3})[\s-](?P<unit>day|week)s?\b"
)
_TOKEN = re.compile(r"\w+")
MAX_ECHO = 80
"""Characters of the question that an answer may repeat in quotation marks, such as a name it did not find."""
_MAX_CELL = 80
_SHORTEST_ORDER = 4
"""Blanks in it: whoever gives an order needs some words."""
_LONGEST_ORDER = 3_000
"""Characters: more than any passage of a note."""


class Evidence:
    """What a turn's receipts prove: names, dates and phrases that may stand in text without a mark.

    Args:
        book: The receipts, figures and citations of this turn.
        names: Names in the asker's sight that may hold digits.
        phrases: Text that Meterline's own tools wrote this turn; it may be repeated word for word.
        dates: Days that may be named besides those of figures and citations; the last is today.
        asked: The question.
        told: What tools said this turn besides: whole findings, names, and other text.
        own_words: Whether Meterline's own writers put down what is checked, and no language model.
    """

    def __init__(
        self,
        book: ReceiptBook,
        names: Collection[str],
        phrases: Collection[str],
        dates: Collection[date],
        asked: str = "",
        told: Told | None = None,
        *,
        own_words: bool = False,
    ) -> None:
        self.book = book
        self.asked = asked
        self.phrases = phrases
        self.given_dates = list(dates)
        self._names, self._told = frozenset(names), told or Told()
        self._own_words = own_words
        self._named: dict[str, frozenset[str]] = {}

    @property
    def findings(self) -> Collection[str]:
        """Whole sentences that tools wrote from what they worked out, with their marks."""
        return self._told.findings

    def is_own(self, text: str) -> bool:
        """Whether Meterline's own writers wrote a text, in this draft or in a section that stood ready for it."""
        return self._own_words or text in self._told.written

    # Orders ----------------------------------------------------------------------------------------------------

    @cached_property
    def dictated(self) -> frozenset[tuple[str, ...]]:
        """Runs of words from text of this turn that speaks to a machine: quotations, names, cells, replies of tools."""
        cells = self._cells | self._cells_of_notes
        told = {text for text in self._told.strings | self._told.names if len(text) <= _LONGEST_ORDER}  # longer is our own prompt
        texts = {text for text in cells | told if _gives_orders(text)}
        texts |= {c.quote for c in self.book.citations.values() if c.flagged}
        return frozenset(span for text in texts for span in spans_of(text, SPAN))

    @cached_property
    def dictated_by_asker(self) -> frozenset[tuple[str, ...]]:
        """The same of the question."""
        return spans_of(self.asked, SPAN_ASKED) if _gives_orders(self.asked) else frozenset()

    @property
    def proofs(self) -> Collection[str]:
        """Ids of the citations on which an explanation of this turn rests."""
        return self._told.proofs

    # Names -----------------------------------------------------------------------------------------------------

    @cached_property
    def entities(self) -> dict[str, frozenset[str]]:
        """What this turn's figures are about, and accounts that its rows and replies name: name -> its types."""
        found: dict[str, set[str]] = {}
        for figure in self.book.figures.values():
            if figure.entity and figure.entity.name:
                found.setdefault(figure.entity.name, set()).add(figure.entity.type)
        ids = {f.entity.id for f in self.book.figures.values() if f.entity} | {c.account_id for c in self.book.citations.values()}
        for name in (self._told.accounts | account_cells(self.book)) - ids - {""}:
            found.setdefault(name, {"account"})
        return {name: frozenset(types) for name, types in found.items()}

    @cached_property
    def _entities_by_word(self) -> dict[str, list[tuple[str, str]]]:
        """First word of a name -> (in lower case, as written)."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name in self.entities:
            first = _TOKEN.search(lowered := name.lower())
            found.setdefault(first.group() if first else "", []).append((lowered, name))
        ordinary = common_words()
        for first_word, named in list(found.items()):
            lowered, name = named[0]
            if len(named) == 1 and lowered != first_word and len(first_word) > 2 and first_word.isalpha() and first_word not in ordinary:
                named.append((first_word, name))  # "Vega" stands for Vega Labs where it can mean nobody else
        return found

    def named_in(self, text: str) -> set[str]:
        """Entities of this turn's figures that a lower-case text names."""
        if text not in self._named:
            self._named[text] = self._names_in(text)
        return set(self._named[text])

    def begins_a_name(self, word: str) -> bool:
        """Whether an entity's name begins with a lower-case word."""
        return word in self._entities_by_word

    def _names_in(self, text: str) -> frozenset[str]:
        """The longest names are looked for first, so that a name inside another one is not taken for itself."""
        words = {*_TOKEN.findall(text), ""}
        candidates = [pair for word in words for pair in self._entities_by_word.get(word, ()) if pair[0] in text]
        found = set()
        for lowered, name in sorted(candidates, key=lambda pair: (-len(pair[0]), pair)):
            if (pattern := _whole(lowered)).search(text):
                found.add(name)
                text = pattern.sub(" ", text)
        return frozenset(found)

    @cached_property
    def accounts(self) -> dict[str, str]:
        """Id -> name of the accounts that figures are about."""
        return {f.entity.id: f.entity.name for f in self.book.figures.values() if f.entity and f.entity.type == "account"}

    @cached_property
    def _known(self) -> dict[str, list[str]]:
        return _index({*self.phrases, *self._told.names, *self._names_of_book})

    @cached_property
    def _cells(self) -> set[str]:
        """Text in the rows of this turn's receipts, other than what people wrote."""
        return cells_of(r for r in self.book.receipts.values() if r.kind != "notes")

    @cached_property
    def _cells_of_notes(self) -> set[str]:
        return cells_of(r for r in self.book.receipts.values() if r.kind == "notes")

    @cached_property
    def _names_of_book(self) -> set[str]:
        """Names in this turn's receipts: entities, labels, source ids, receipt ids, and short text cells of rows."""
        cells = (cell for cell in self._cells if len(cell) <= _MAX_CELL and (not cell.islower() or any(map(str.isdigit, cell))))
        return {*names_of(self.book), *cells} - {""}

    def knows(self, text: str) -> bool:
        """Whether a whole text is a name or phrase of this turn, to the letter."""
        first, lowered = _entry(text)
        return bool(first) and any(lowered in index.get(first, ()) for index in (_index_of_names(self._names), self._known))

    def _known_in(self, lowered: str) -> list[str]:
        """The known texts that a lower-case text holds, the longest first."""
        tokens = set(_TOKEN.findall(lowered))
        indexes = (_index_of_names(self._names), self._known)
        found = {known for token in tokens for index in indexes for known in index.get(token, ()) if known in lowered}
        return sorted(found, key=lambda known: (-len(known), known))

    def strip_known(self, text: str) -> str:
        """The text without names, dates and phrases that evidence holds."""
        for known in self._known_in(text.lower()):
            text = _whole(known).sub(" ", text)
        for day in reversed(find_days(text)):
            if self.holds(day):
                text = f"{text[: day.start]} {text[day.end :]}"
        text = _PLAIN_ID.sub(lambda m: " " if m["lead"].lower() in _ID_LEADS and m["id"] in self._plain_ids else m.group(), text)
        text = _LENGTH.sub(lambda m: f" {m['lead']} " if self._is_length(m) else m.group(), text)
        return _YEAR.sub(self._without_year, text)

    def _is_length(self, found: re.Match[str]) -> bool:
        """Whether a length such as "trailing 30 days" is that of a window of this turn."""
        return int(found["number"]) * (7 if found["unit"].lower() == "week" else 1) in self.lengths

    def _without_year(self, found: re.Match[str]) -> str:
        lead = (found["lead"] or "").lower()
        told = not lead or lead in _YEAR_LEADS or lead[:3] in _MONTH_STEMS
        return f" {lead} " if told and int(found["year"]) in self.years else found.group()

    @cached_property
    def _plain_ids(self) -> set[str]:
        ids = {f.entity.id for f in self.book.figures.values() if f.entity} | {c.source_id for c in self.book.citations.values()}
        return {i for i in ids if i.isdigit()}

    def tells(self, word: str) -> bool:
        """Whether a name (or a part of one, in lower case) was said by a tool, a source or the asker this turn."""
        text, at = self._all_told, self._all_told.find(word)
        while at >= 0:
            end = at + len(word)
            if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
                return True
            at = text.find(word, end)
        return False

    @cached_property
    def held(self) -> str:
        """In lower case, what tools and sources said this turn and what was asked: no arguments of calls, no prompt, no orders."""
        quotes = (c.quote for c in self.book.citations.values() if not c.flagged)
        columns = (column for r in self.book.receipts.values() for column in r.columns)
        values = (f.value for f in self.book.figures.values() if isinstance(f.value, str))
        told = (text for text in self._told.strings if len(text) <= _LONGEST_ORDER)
        own = (*self.phrases, *self._told.names, *self._told.written, *self._told.findings)
        parts = {self.asked, *own, *told, *self._names_of_book, *quotes, *self._cells, *columns, *values}
        return "\n".join(parts).lower().replace("_", " ")

    @cached_property
    def _all_told(self) -> str:
        arguments = (str(r.arguments) for r in self.book.receipts.values())
        return "\n".join([self.held, "\n".join([*self._names, *self._told.strings, *arguments]).lower().replace("_", " ")])

    # Counts ---------------------------------------------------------------------------------------------------

    @cached_property
    def counts(self) -> set[float]:
        """What a number in words may count: rows of receipts, and figures that count."""
        book = self.book
        counted = {float(n) for r in book.receipts.values() for n in (r.row_count, len(r.rows))}
        counted |= {
            float(sum(bool(row[r.columns.index("level")]) for row in r.rows)) for r in book.receipts.values() if "level" in r.columns
        }
        counting = (f for f in book.figures.values() if f.unit in ("count", "", "days", "number"))
        return counted | {float(f.value) for f in counting if isinstance(f.value, int | float)}

    @cached_property
    def lengths(self) -> set[int]:
        """How many days the windows of this turn have."""
        return {f.window.days for f in self.book.figures.values() if f.window}

    # Dates -----------------------------------------------------------------------------------------------------

    @cached_property
    def dates(self) -> set[date]:
        return {*self.given_dates, *dates_of(self.book)}

    @cached_property
    def years(self) -> set[int]:
        return {day.year for day in self.dates}

    def holds(self, day: Day) -> bool:
        """Whether a day or a month that a text names is one that evidence knows."""
        if any(day.fits(known) for known in self.dates) or (day.year, day.month, day.day) in self._told_days:
            return True
        return (day.year, day.month) in self._asked_months or (None, day.month) in self._asked_months

    @cached_property
    def _told_days(self) -> set[tuple[int | None, int, int | None]]:
        """Days that Meterline's own text of this turn names."""
        return {(d.year, d.month, d.day) for phrase in self.phrases for d in find_days(phrase)}

    @cached_property
    def _asked_months(self) -> set[tuple[int | None, int]]:
        return {(d.year, d.month) for d in find_days(self.asked)}

    # Quotations ------------------------------------------------------------------------------------------------

    def without_quotations(self, text: str) -> str:
        """The text without quoted spans that may stand; what is left must be proved word by word."""
        return QUOTED.sub(lambda m: " " if self.is_quotable(m.group(1) or m.group(2)) else m.group(), text) if _QUOTE.search(text) else text

    def quotations(self, text: str) -> list[str]:
        """What the text puts in quotation marks; names that are written with such marks are none."""
        if not _QUOTE.search(text):
            return []
        for known in self._known_in(text.lower()):
            if _QUOTE.search(known):
                text = re.sub(re.escape(known), " ", text, flags=re.IGNORECASE)
        return [match.group(1) or match.group(2) for match in QUOTED.finditer(text)]

    def is_quotable(self, span: str) -> bool:
        """Whether a quoted span was retrieved in this turn, is a name in evidence, or repeats words of the asker (no amount of theirs)."""
        if self.quoted_from(span) or self._is_known(span):
            return True
        return len(span) <= MAX_ECHO and not _AMOUNT.search(span) and span.lower() in self.asked.lower()

    def quoted_from(self, span: str) -> list[Citation]:
        """The citations that hold the span word for word."""
        wanted = _whole(" ".join(span.split()))
        return [c for c in self.book.citations.values() if wanted.search(" ".join(c.quote.split()))]

    def _is_known(self, span: str) -> bool:
        """A name or phrase of this turn, or one of the conversation so far that holds no number."""
        lowered = _plain(span).lower()
        return lowered in self._known_in(lowered) or (len(span) <= MAX_ECHO and span.istitle() and self.tells(lowered))


_MONTH_STEMS = frozenset(name[:3] for name in MONTHS)


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=16_384)
def _entry(text: str) -> tuple[str, str]:
    """The first word of a known text and the text, in lower case; no word when it is a number alone."""
    lowered = _plain(text).lower()
    first = _TOKEN.search(lowered) if any(map(str.isalpha, lowered)) else None
    return (first.group() if first else ""), lowered


def _index(texts: Collection[str]) -> dict[str, list[str]]:
    """What may be repeated, in lower case, by its first word."""
    known: dict[str, list[str]] = {}
    for text in texts:
        first, lowered = _entry(text)
        if first:
            known.setdefault(first, []).append(lowered)
    return known


@lru_cache(maxsize=8)
def _index_of_names(names: frozenset[str]) -> dict[str, list[str]]:
    """The same for the names of an asker's sight, which stay the same from turn to turn."""
    return _index(names)


@lru_cache(maxsize=4096)
def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _gives_orders(text: str) -> bool:
    from meterline_tools.notes.flags import instruction_like

    return text.count(" ") >= _SHORTEST_ORDER and bool(instruction_like(text))
