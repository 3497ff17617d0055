"""Where the words of a note stand in the file it was read from: bytes and lines, whatever the file puts between them.

A turn is put together from cues, JSON strings or lines; its words are looked for in that order. What may stand between
two of them in the file, and not in the turn (times, cue numbers, who speaks, keys), begins with a line break or a
quotation mark.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from meterline_tools.warehouse.loading import text

Span = tuple[int, int]
_WORD = re.compile(r"\w+")
_MOST_BETWEEN = 40
"""Words that a file may put between two words of a turn."""
_ENTITY = r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]\w*);"
_TAG = r"</?[A-Za-z][^<>@]*>"


@dataclass(frozen=True)
class Place:
    """Bytes [start, end) of a file, and its lines from `line` to `last_line`; the first line is 1."""

    start: int
    end: int
    line: int
    last_line: int


@dataclass(frozen=True)
class _Writing:
    """How a kind of file writes words: the pattern's group `word` is one as it is written; what else matches is passed over."""

    pattern: re.Pattern[str]
    read: Callable[[str], str] = str


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def _unquoted(written: str) -> str:
    """A word of an e-mail: soft line breaks and =XX undone."""
    whole = re.sub(r"=\r?\n", "", written)
    return html.unescape(re.sub(r"(?:=[0-9A-F]{2})+", lambda m: text.as_written(bytes.fromhex(m.group().replace("=", "")))[0], whole))


_CAPTIONS = _Writing(re.compile(rf"[^\n]*-->[^\n]*|{_TAG}|(?P<word>(?:{_ENTITY}|\w)+)"), html.unescape)
_PLAIN = _Writing(re.compile(r"(?P<word>\w+)"))
_WRITINGS = {
    ".json": _Writing(re.compile(r"\\[^u]|(?P<word>(?:\\u[0-9a-fA-F]{4}|\w)+)"), lambda written: str(json.loads(f'"{written}"'))),
    ".vtt": _CAPTIONS,
    ".srt": _CAPTIONS,
    ".eml": _Writing(re.compile(rf"{_TAG}|(?P<word>(?:=\r?\n|=[0-9A-F]{{2}}|{_ENTITY}|\w)+)"), _unquoted),
}


class Original:
    """A file that a note was read from, its words with their places."""

    def __init__(self, raw: bytes, suffix: str) -> None:
        self._raw = raw
        self._text, self._encoding = text.as_written(raw)
        self._writing = _WRITINGS.get(suffix, _PLAIN)

    def in_body(self, body: str, start: int, end: int) -> Place | None:
        """The place of body[start:end]; None when the file does not say it in these words.

        The whole body is looked for, then what follows its first lines (an e-mail's are in an order of our own), then the words alone.
        """
        for begin in sorted({0, body.find("\n\n") + 2 if "\n\n" in body[:start] else 0, start}):
            found = self._aligned(_words(body[begin:] if begin < start else body[start:end]), 0)
            if found:
                return self._place(found, body[begin:], start - begin, end - begin)
        return None

    def in_turn(self, turns: Sequence[str], number: int, start: int, end: int) -> Place | None:
        """The place of turns[number][start:end]. Each turn is looked for behind the one before, so that equal ones are told apart."""
        at = 0
        for n, said in enumerate(turns[: number + 1]):
            found = self._aligned(_words(said), at)
            if found and n == number:
                return self._place(found, said, start, end)
            at = found[-1] + 1 if found else at
        return None

    def _place(self, found: Sequence[int], said: str, start: int, end: int) -> Place | None:
        """The place of said[start:end], whose words stand at the tokens `found`."""
        spans = [m.span() for m in _WORD.finditer(said)]
        inside = [n for n, (a, b) in enumerate(spans) if a < end and b > start]
        if not inside:
            return None
        first, last = self._tokens[found[inside[0]]].start, self._tokens[found[inside[-1]]].end
        before, after = said[start : spans[inside[0]][0]], said[spans[inside[-1]][1] : end]
        first -= len(before) if before and self._text[:first].endswith(before) else 0
        last += len(after) if self._text.startswith(after, last) else 0
        return Place(
            start=self._bytes_before(first),
            end=self._bytes_before(last),
            line=self._text.count("\n", 0, first) + 1,
            last_line=self._text.count("\n", 0, last) + 1,
        )

    def _bytes_before(self, position: int) -> int:
        return len(self._raw) - len(self._text[position:].encode(self._encoding))

    def _aligned(self, words: Sequence[str], at: int) -> list[int]:
        """The tokens from `at` on that say these words in this order; none when nothing does."""
        starts = self._by_word.get(words[0], []) if words else []
        for start in starts[bisect_left(starts, at) :]:
            found = [start]
            for word in words[1:]:
                following = self._next(found[-1], word)
                if following is None:
                    break
                found.append(following)
            if len(found) == len(words):
                return found
        return []

    def _next(self, token: int, word: str) -> int | None:
        """The token that says `word` behind another one: the next, or one further on where something may stand between."""
        tokens = self._tokens
        if token + 1 >= len(tokens):
            return None
        if tokens[token + 1].word == word:
            return token + 1
        between = self._text[tokens[token].end : tokens[token + 1].start]
        if "\n" not in between and '"' not in between:
            return None
        return next((n for n in range(token + 2, min(token + 2 + _MOST_BETWEEN, len(tokens))) if tokens[n].word == word), None)

    @cached_property
    def _tokens(self) -> list[_Token]:
        return list(self._read())

    def _read(self) -> Iterator[_Token]:
        for match in self._writing.pattern.finditer(self._text):
            if written := match["word"]:
                read = self._writing.read(written)
                for part in _WORD.finditer(read):
                    offset = part.start() if read == written else 0
                    yield _Token(part.group(), match.start() + offset, match.start() + part.end() if read == written else match.end())

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, token in enumerate(self._tokens):
            found.setdefault(token.word, []).append(n)
        return found


def _words(said: str) -> list[str]:
    return _WORD.findall(said)
