"""Marks text that speaks to a machine. Notes are hostile input: quoted, never obeyed, never dropped."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from meterline_tools.notes.text import search_copy

_BLANKS = re.compile(r"[ \t]+")
_LOOKALIKES = str.maketrans("аеёорсухіјѕԁһӏԛԝьгпαεοριυνκτχηωβς", "aeeopcyxijsdhlqwbrnaeopiuvktxnwbc")
"""Cyrillic and Greek letters that look like Latin ones, case-folded."""
_DIGITS = dict(zip("013457@$", "oieastas", strict=True))
_LEET = re.compile(r"(?<=[a-z])[013457@$](?=[a-z])|(?<![\w.,])[01345](?=[a-z]{2,})")
_SPELLED = re.compile(r"(?<!\w)(?:\w ){3,}\w(?!\w)")
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}(?![A-Za-z0-9+/])")


@dataclass(frozen=True)
class Sign:
    """One pattern; a text without any of the `anchors` cannot match it."""

    pattern: re.Pattern[str]
    anchors: tuple[str, ...]

    def may_stand_in(self, text: str) -> bool:
        """Told by the anchors alone, of a case-folded text."""
        return any(map(text.__contains__, self.anchors))

    def stands_in(self, readings: Sequence[str]) -> bool:
        """Whether it matches one of the readings of a text."""
        return any(self.may_stand_in(text) and self.pattern.search(text) for text in readings)


@lru_cache(maxsize=1)
def signs() -> dict[str, Sign]:
    """Pattern id -> what it looks for, as listed in instructions.yaml."""
    from meterline_tools.yamls import parse_yaml

    entries = parse_yaml(resources.files(__package__).joinpath("instructions.yaml").read_text("utf-8"))
    return {entry["id"]: Sign(re.compile(entry["pattern"]), tuple(entry["anchors"])) for entry in entries}


@lru_cache(maxsize=4096)
def instruction_like(text: str) -> tuple[str, ...]:
    """Ids of the patterns that `text` matches, as it stands or in disguise; none for ordinary speech."""
    copy = search_copy(text).casefold()
    readings = [_spaced(copy), *(_spaced(reading) for reading in _undisguised(copy, text))]
    return tuple(name for name, sign in signs().items() if sign.stands_in(readings))


def _spaced(copy: str) -> str:
    return _BLANKS.sub(" ", copy) if "  " in copy or "\t" in copy else copy


def _undisguised(copy: str, text: str) -> Iterator[str]:
    """What it reads as: in one line, in Latin letters, without digits for letters, not letter by letter, decoded."""
    if "\n" in copy:
        yield copy.replace("\n", " ")
    plain = copy if copy.isascii() else copy.translate(_LOOKALIKES)
    plain = _LEET.sub(lambda digit: _DIGITS[digit.group()], _SPELLED.sub(lambda run: run.group().replace(" ", ""), plain))
    if plain != copy:
        yield plain
    for token in _ENCODED.findall(text):
        with suppress(ValueError):  # not base64, or no text
            yield b64decode(token, validate=True).decode("ascii").casefold()
