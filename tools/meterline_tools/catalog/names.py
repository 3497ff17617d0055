"""From the words of a question to the things they name: people, accounts, industries, products …

Every word of every name is indexed. A question's words are looked up exactly, else by spelling (one edit in
short words, two in long ones); the names that hold them are laid over the question and compared as a whole.
The longest good match wins its place; whatever scores within .15 of the best there stays a candidate.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.name_sense import ENTITIES, Hit, is_meant, names_another_firm
from meterline_tools.catalog.name_source import RECORDS, Name, read_names, read_records
from meterline_tools.catalog.name_text import Word, fold, plain_name, unspaced, words_of
from meterline_tools.catalog.words import common_words, function_words

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views

ANOTHER_FIRM = 0.5
"""The score of a name that shares its first word with the firm named: enough to suggest it, too little to take it."""
AMBIGUOUS_WITHIN = 0.15
_RANK = (
    *("account", "rep", "manager", "industry", "segment", "region", "territory", "country"),
    *("sku", "sku_family", "connector", "workload_type", "motion", "plan", "usage_region", *RECORDS),
)
"""Of values that are called alike, the first kind is meant."""
_TELLING = 200
"""A word in more names than this ("systems") does not lead to a name, unless the name has no rarer word."""


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant. `score` is 0..1; `hint` a fact that tells it from its namesakes."""

    type: str
    id: str
    name: str
    score: float
    hint: str


@dataclass(frozen=True)
class Mention:
    """`text` stands at [start, end) of the question and may mean any of the candidates, best first."""

    text: str
    start: int
    end: int
    candidates: list[Candidate]

    @property
    def resolved(self) -> bool:
        return len(self.candidates) == 1


class NameIndex:
    """The names that one principal may see. Built when first needed, and shared by all who see the same."""

    def __init__(self, views: Views, warehouse: Warehouse) -> None:
        self._views = views
        self._warehouse = warehouse

    @cached_property
    def book(self) -> NameBook:
        """The names and their index."""
        return _kept_book(_book_key(self._views, self._warehouse), lambda: read_names(self._views, self._warehouse))

    def link(self, text: str, types: Collection[str] | None = None) -> list[Mention]:
        """The mentions in a text, in order. `types` limits what is looked for; "rep" includes managers.

        Contacts, use cases, competitors and programs are found only when `types` names them, and then alone.
        """
        if types is not None and (records := [type_ for type_ in types if type_ in RECORDS]):
            return [mention for type_ in records for mention in self._records(type_).link(text, {type_})]
        return self.book.link(text, None if types is None else {*types, *(["manager"] if "rep" in types else [])})

    def _records(self, type_: str) -> NameBook:
        key = ("records", type_, *_book_key(self._views, self._warehouse))
        return _kept_book(key, lambda: read_records(self._views, self._warehouse, type_))

    def find(self, type_: str, text: str) -> list[Candidate]:
        """Candidates of one type for a text that is meant to be a name or an id as a whole."""
        return (self._records(type_) if type_ in RECORDS else self.book).find(type_, text)

    def name_of(self, type_: str, id_: str) -> str | None:
        """The display name of a visible thing."""
        return self.book.name_of(type_, id_)

    def with_digits(self) -> frozenset[str]:
        """Names, ids and former names that hold a digit: text may repeat these although it types no number."""
        return self.book.with_digits

    def nearest(self, type_: str, text: str, limit: int = 5) -> list[str]:
        """Names of that type that look most like a text; all of them when there are few."""
        return self.book.nearest(type_, text, limit)


class NameBook:
    """Names with an index over their words."""

    def __init__(self, names: list[Name]) -> None:
        self.names = names
        self._ids = {(name.type, name.id): name for name in names}
        self._forms: dict[str, list[tuple[Name, float]]] = defaultdict(list)
        for name in names:
            for form, sureness in name.said.items():
                self._forms[form].append((name, sureness))
        self._places: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._run_together: list[str] = []
        for form in self._forms:
            if unspaced(form):
                self._run_together.append(form)
        common = Counter(word for form in self._forms for word in set(form.split()))
        self._letters: dict[str, int] = {}
        for form in self._forms:
            words = form.split()
            kept = [n for n, word in enumerate(words) if common[word] <= _TELLING] or [
                min(range(len(words)), key=lambda n: common[words[n]])
            ]
            for place in kept:
                self._places[words[place]].append((form, place))
            self._letters[form] = sum(len(words[place]) for place in kept)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._places:
            if len(word) >= 4 and not any(letter.isdigit() for letter in word):
                self._by_length[len(word)].append(word)

    @cached_property
    def with_digits(self) -> frozenset[str]:
        said = (form for name in self.names for form in (name.name, name.id, *name.exact))
        return frozenset(form for form in said if any(letter.isdigit() for letter in form))

    def name_of(self, type_: str, id_: str) -> str | None:
        name = self._ids.get((type_, id_)) or (self._ids.get(("manager", id_)) if type_ == "rep" else None)
        return name.name if name else None

    def find(self, type_: str, text: str) -> list[Candidate]:
        """Candidates for a text as a whole: an id as written, else names within spelling distance."""
        types = {"rep", "manager"} if type_ in ("rep", "manager") else {type_}
        for each in types:
            if known := self._ids.get((each, text.strip())):
                return [_candidate(known, 1.0, known.hint)]
        words = words_of(text)
        hits = [hit for hit in self._hits(words, types, text) if hit.first == 0 and hit.last == len(words) - 1]
        exact = [Hit(0, 0, name, sure) for name, sure in self._forms.get(plain_name(text), []) if name.type in types]
        return _best([*hits, *exact])

    def nearest(self, type_: str, text: str, limit: int) -> list[str]:
        from rapidfuzz import fuzz, process

        known = [name.name for name in self.names if name.type == type_]
        return known if len(known) <= limit else [found[0] for found in process.extract(text, known, scorer=fuzz.WRatio, limit=limit)]

    def link(self, text: str, types: Collection[str] | None) -> list[Mention]:
        words = words_of(text)
        spans: dict[tuple[int, int], list[Hit]] = defaultdict(list)
        for found in self._hits(words, types, text):
            hit = _suggested(found) if names_another_firm(found, words) else found
            if is_meant(hit, words, text):
                spans[(words[hit.first].start, words[hit.last].end)].append(hit)
        for start, end, hit in self._run_together_in(text, types):
            spans[(start, end)].append(hit)
        taken: list[tuple[int, int]] = []
        mentions: list[Mention] = []
        for (start, end), hits in sorted(spans.items(), key=lambda item: -(item[0][1] - item[0][0]) * max(hit.score for hit in item[1])):
            if all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
                mentions.append(Mention(text[start:end], start, end, _best(hits)))
        return sorted(mentions, key=lambda mention: mention.start)

    def _hits(self, words: list[Word], types: Collection[str] | None, text: str) -> Iterator[Hit]:
        """Every name laid over every place where enough of its words stand."""
        matched: dict[tuple[str, int, int], float] = defaultdict(float)
        for place, length, folded in _units(words):
            for word, likeness in self._near(folded):
                for form, position in self._places[word]:
                    first = place - position
                    if first >= 0:
                        matched[(form, first, length - 1)] += len(word) * likeness
        for (form, first, extra), letters in matched.items():
            last = first + form.count(" ") + extra
            if last >= len(words) or letters < (0.4 if extra else 0.55) * self._letters[form]:
                continue
            likeness = _likeness(" ".join(word.text for word in words[first : last + 1]), form)
            if likeness:
                exact = likeness == 1.0
                wanted = [(name, sure) for name, sure in self._forms[form] if types is None or name.type in types]
                yield from (Hit(first, last, name, sure * likeness, exact, form) for name, sure in wanted)

    def _near(self, word: str) -> list[tuple[str, float]]:
        """Indexed words that this word is, or may be a misspelling of."""
        if word in self._places:
            return [(word, 1.0)]
        if len(word) < 3 or word in common_words() or word.removesuffix("s") in common_words() or any(letter.isdigit() for letter in word):
            return []
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        edits = 1 if len(word) <= 5 else 2
        choices = [other for length in range(len(word) - edits, len(word) + edits + 1) for other in self._by_length.get(length, ())]
        found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=edits, limit=6)
        return [(other, 1 - distance / max(len(word), len(other))) for other, distance, _ in found]

    def _run_together_in(self, text: str, types: Collection[str] | None) -> Iterator[tuple[int, int, Hit]]:
        """Names in scripts without spaces, wherever they stand in the text."""
        if not self._run_together or not unspaced(text):
            return
        folded = fold(text)
        if len(folded) != len(text):
            return
        for form in self._run_together:
            start = folded.find(form)
            if start >= 0:
                for name, sure in self._forms[form]:
                    if types is None or name.type in types:
                        yield start, start + len(form), Hit(0, 0, name, sure)


def _units(words: list[Word]) -> Iterator[tuple[int, int, str]]:
    """Single words, and neighbours written apart that may be one ("blue fin")."""
    for place, word in enumerate(words):
        yield place, 1, word.text
        pair = {word.text, words[place + 1].text} if place + 1 < len(words) else set()
        if pair and not pair & function_words() and not pair <= common_words():
            yield place, 2, word.text + words[place + 1].text


def _likeness(said: str, form: str) -> float:
    """1 for the same words, less for each edit; 0 when there are too many, or when a number or an initial differs."""
    if said == form:
        return 1.0
    if any(letter.isdigit() for letter in form) or form[-2:-1] == " " or form[1:2] == " ":
        return 0.0
    from rapidfuzz.distance import OSA

    plain = said.replace(" ", "") if said.count(" ") != form.count(" ") else said
    target = form.replace(" ", "") if plain is not said else form
    longest = max(len(plain), len(target))
    allowed = 0 if longest < 4 else 1 if longest < 7 else 2 if longest < 14 else 3
    edits = OSA.distance(plain, target, score_cutoff=allowed)
    if edits > allowed:
        return 0.0
    return 1.0 - (edits + (0.5 if plain is not said else 0)) / longest


def _suggested(hit: Hit) -> Hit:
    """The hit as a mere suggestion, together with the word after it that tells another firm."""
    return replace(hit, last=hit.last + 1, score=min(hit.score, ANOTHER_FIRM), exact=False)


def _candidate(name: Name, score: float, hint: str) -> Candidate:
    return Candidate(name.type, name.id, name.name, round(score, 3), hint)


def _best(hits: list[Hit]) -> list[Candidate]:
    """The best score of each name, as far as it is within reach of the best of all; of like-named plain values, the first kind.

    Where something is spelled exactly like this, what is only spelled nearly so is not meant.
    """
    scores: dict[tuple[str, str], tuple[float, Name]] = {}
    spelled = any(hit.exact for hit in hits)
    for hit in (hit for hit in hits if hit.exact or not spelled):
        key = (hit.name.type, hit.name.id)
        if key not in scores or hit.score > scores[key][0]:
            scores[key] = (hit.score, hit.name)
    top = max((score for score, _ in scores.values()), default=0.0)
    near = [(score, name) for score, name in scores.values() if score >= top - AMBIGUOUS_WITHIN]
    near.sort(key=lambda item: (-round(item[0], 3), _RANK.index(item[1].type), item[1].name))
    values = [item for item in near if item[1].type not in ENTITIES]
    kept = [item for item in near if item[1].type in ENTITIES or item is values[0] or item[1].type == values[0][1].type]
    shared = {hint for hint, count in Counter(name.hint for _, name in kept).items() if count > 1}
    return [_candidate(name, score, f"{name.hint}, {name.id}".strip(", ") if name.hint in shared else name.hint) for score, name in kept]


_BOOKS: OrderedDict[Any, NameBook] = OrderedDict()
_GUARD = threading.Lock()
_KEPT = 16


def _book_key(views: Views, warehouse: Warehouse) -> tuple[Any, ...]:
    """One book for each snapshot, scope and day."""
    return (str(warehouse.engine.url), warehouse.snapshot_id, views.principal.scope, views.asof.d1, views.asof.known_at)


def _kept_book(key: tuple[Any, ...], read: Callable[[], list[Name]]) -> NameBook:
    with _GUARD:
        if key in _BOOKS:
            _BOOKS.move_to_end(key)
            return _BOOKS[key]
    book = NameBook(read())
    with _GUARD:
        _BOOKS[key] = book
        while len(_BOOKS) > _KEPT:
            _BOOKS.popitem(last=False)
    return book
