"""Notes taken apart into sentences, each with who said it, for what is counted over many notes at once.

Search finds the passages that answer one question; counting needs every sentence, once. A note that says nearly
the same as an earlier one of its account (the rep's copy of a call, a forwarded mail) is counted with that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from meterline_tools.notes.copies import copies_of
from meterline_tools.notes.flags import instruction_like
from meterline_tools.notes.passages import Note
from meterline_tools.notes.sides import body_segments
from meterline_tools.notes.text import Span, is_foreign, sentences, terms, trim, word_count
from meterline_tools.receipts import Side

QUOTED_WORDS = 25
"""The most words of a quotation among many (5.2, I18)."""
_LONG_SENTENCE = 40
"""A sentence of more words is dictation without full stops, and is taken piece by piece."""
_PIECE = 20
_SEAM = 80
"""Characters on each side of where two turns meet in which a divided order is looked for."""
_Piece = tuple[int | None, str | None, Side, str, Span]
"""Turn, speaker, side, source and span of a turn or a paragraph."""


@dataclass(frozen=True)
class Saying:
    """One sentence: text[start:end] of the note's turn, or of its body where `turn` is None."""

    note: Note
    turn: int | None
    speaker: str | None
    side: Side
    start: int
    end: int
    text: str
    flagged: bool

    @cached_property
    def terms(self) -> tuple[str, ...]:
        return tuple(terms(self.text))

    @property
    def account_id(self) -> str | None:
        return self.note.account_id

    @property
    def date(self) -> date:
        return self.note.date


def sayings(notes: Sequence[Note]) -> list[Saying]:
    """Every sentence of the notes that are not near-duplicates of an earlier one, in the order of the notes."""
    return [saying for note in distinct(notes) for saying in of_note(note)]


def of_note(note: Note) -> Iterator[Saying]:
    pieces = list(_pieces(note))
    orders = _orders(pieces)
    for place, (turn, speaker, side, source, span) in enumerate(pieces):
        flagged = place in orders
        for sentence in sentences(source, *span):
            for start, end in _parts(source, sentence):
                yield Saying(note, turn, speaker, side, start, end, source[start:end], flagged)


def _orders(pieces: Sequence[_Piece]) -> set[int]:
    """Places of the turns or paragraphs that speak to a machine: whole ones, as an order may be spread over sentences, those
    with the next one or the same speaker's next one, and those whose speaker is called by an order."""
    texts = [source[span[0] : span[1]] for _, _, _, source, span in pieces]
    found = {n for n, text in enumerate(texts) if instruction_like(text)}
    found |= {n for n, piece in enumerate(pieces) if piece[1] and " " in piece[1] and instruction_like(piece[1])}
    latest: dict[str | None, int] = {}
    for n, (_, speaker, *_) in enumerate(pieces):
        for before in {n - 1, latest.get(speaker, n - 1)} if n else ():
            if not {n, before} & found and instruction_like(f"{texts[before][-_SEAM:]}\n{texts[n][:_SEAM]}"):
                found |= {n, before}
        latest[speaker] = n
    return found


def _pieces(note: Note) -> Iterator[_Piece]:
    for turn in note.turns:
        yield turn.n, turn.speaker, turn.side, turn.text, (0, len(turn.text))
    if not note.turns:
        for segment in body_segments(note.row, note.body):
            yield None, segment.speaker, segment.side, note.body, segment.span


def _parts(source: str, span: Span) -> Iterator[Span]:
    """The sentence whole, or dictation cut between words into overlapping pieces of a sentence's length."""
    if word_count(source[span[0] : span[1]]) <= _LONG_SENTENCE:
        yield span
        return
    start = span[0]
    while start < span[1]:
        end = _after_words(source, start, span[1], _PIECE)
        yield trim(source, (start, end))
        start = trim(source, (end, span[1]))[0]


def _after_words(source: str, start: int, stop: int, count: int) -> int:
    """Where the next `count` words end."""
    at = start
    for word in source[start:stop].split()[:count]:
        at = source.index(word, at) + len(word)
    return at if at > start else stop


def distinct(notes: Sequence[Note]) -> list[Note]:
    """The notes without those that nearly repeat an earlier note of the same account."""
    copies = copies_of(notes)
    return [note for note in notes if note.note_id not in copies]


def quoted(saying: Saying, around: Sequence[str] = ()) -> Span:
    """Offsets of the quotation: the sentence, or of a long one the words around the first that matters."""
    source_start, text = saying.start, saying.text
    words = text.split()
    if len(words) <= QUOTED_WORDS:
        return saying.start, saying.end
    hit = next((n for n, word in enumerate(words) if set(terms(word)) & set(around)), 0)
    first = max(0, min(hit - QUOTED_WORDS // 2, len(words) - QUOTED_WORDS))
    start = _after_words(text, 0, len(text), first) if first else 0
    start = trim(text, (start, len(text)))[0]
    return source_start + start, source_start + _after_words(text, start, len(text), QUOTED_WORDS)


def foreign(saying: Saying) -> bool:
    """Whether the sentence stands in another language than English: by its note's own word for it, else by its words."""
    language = str(saying.note.row.get("language") or "").casefold()[:2]
    return language != "en" if language else is_foreign(saying.text)
