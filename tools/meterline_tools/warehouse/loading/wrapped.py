"""Lines that a mail program broke at its margin, joined again: a sentence is to be read and quoted whole.

A line end becomes a space, so that offsets into the text stay what they are in the file.
"""

from __future__ import annotations

import re
from itertools import pairwise

_LEAST = 40
"""A shorter line was ended by its writer."""
_MARGIN = 60
"""Where a program breaks lines, at the least."""
_ENDED = re.compile(r"[.!?:;。！？…]['\"”’)\]]*$|--$")
_OF_ITS_OWN = re.compile(r"\s*(?:[-*•–>|#+=_]|\d{1,2}[.)]\s|\[|[A-ZÀ-ÖØ-Þ][\w/-]*(?: [\w/-]+){0,2}:\s)|\s{2,}")
"""List items, quoted replies, table rows, headings, `Name: …` lines and what is set in begin a line of their own."""
_NO_SENTENCE = re.compile(r"\s*[#|>]")


def unwrapped(text: str) -> str:
    """The text with every line end a space that only the margin made."""
    lines = text.split("\n")
    ends = ["\n"] * len(lines)
    for first, last in _paragraphs(lines):
        margin = max(len(line.rstrip()) for line in lines[first:last])
        for place in range(first, last - 1):
            if _broken(lines[place].rstrip(), lines[place + 1], margin, last - first):
                ends[place] = " "
    return "".join(line + end for line, end in zip(lines, ends, strict=True))[:-1]


def _paragraphs(lines: list[str]) -> list[tuple[int, int]]:
    """(first, behind the last) of each run of lines that are not empty."""
    blank = [-1, *(place for place, line in enumerate(lines) if not line.strip()), len(lines)]
    return [(before + 1, after) for before, after in pairwise(blank) if after - before > 2]


def _broken(line: str, following: str, margin: int, height: int) -> bool:
    """Whether a line ends where the margin is, and not its sentence: the next begins small, or its first word had no room."""
    if len(line) < _LEAST or _ENDED.search(line) or _NO_SENTENCE.match(line) or _OF_ITS_OWN.match(following):
        return False
    if following[0].islower():
        return True
    return height > 2 and margin >= _MARGIN and len(line) + 1 + len(following.split(maxsplit=1)[0]) > margin
