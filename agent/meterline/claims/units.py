"""Words and signs beside a mark: a mark prints its own unit, and what stands beside it must not state another one."""

from __future__ import annotations

import re

from meterline.claims.lexicon import lexicon
from meterline.claims.said import VALUE, Said
from meterline_tools.receipts import Figure

_BEHIND = re.compile(r"^(?P<gap>[\s\u00a0-]*)(?P<word>[^\W\d_]+(?:\.[a-z]\.)?(?:\s+[^\W\d_]+)?|[^\s\w])?")
_JOINED = re.compile(rf"{VALUE}[\s]*{VALUE}|{VALUE}[.,'’:/^·×x*+−_%-]{VALUE}")
_PLURALS = ("'", "’")


def units_agree(said: Said) -> str | None:
    """Scale words never stand beside a mark; percent, points, money, times, days and rates only where the unit is that."""
    if "]][[" in said.sentence.text or _JOINED.search(said.written):
        return "two marks stand so close that they print as one number; put a word between them"
    pieces = said.written.lower().split(VALUE)
    for at, (mark, figure) in enumerate(said.valued):
        reason = _touching(pieces[at], pieces[at + 1]) or _stated(pieces[at], pieces[at + 1], figure)
        if reason:
            return f"{reason} beside {mark.id}, which is {figure.label} and prints {figure.display}"
    return None


def _touching(before: str, behind: str) -> str | None:
    """A sign or letter that touches the mark and would change what is printed."""
    if before and (before[-1] in lexicon().data["signs"] or before[-1].isalnum()) and not before.endswith(("--", " - ", " – ")):
        return f"'{before[-1]}' stands"
    if behind and (behind[0].isalnum() or behind[0] in "$€£¥₹%‰^#×"):
        word = re.match(r"\w+", behind)
        return f"'{word.group() if word else behind[0]}' stands"
    return None


def _stated(before: str, behind: str, figure: Figure) -> str | None:
    words = lexicon()
    last = before.rstrip().rpartition(" ")[2]
    if last in words.data["minus_words"] and before.endswith(" "):
        return f"'{last}' stands"
    if last in words.data["currencies"] and before.endswith(" ") and not _fits("money", last, figure):
        return f"'{last}' stands"
    match = _BEHIND.match(behind)
    if match is None or not match["word"] or (not match["gap"] and match["word"] in _PLURALS):
        return None
    pair = " ".join(match["word"].split())
    if len(match["gap"]) > 1 and "\n" in match["gap"]:
        return None
    word = pair if pair in words.units else pair.split()[0]
    kind = words.units.get(word)
    return None if kind is None or _fits(kind, word, figure) else f"'{word}' stands"


def _fits(kind: str, word: str, figure: Figure) -> bool:
    """Whether a figure's own unit is what the word says."""
    unit, label = figure.unit.lower(), f"{figure.label} {figure.unit}".lower()
    base, _, per = unit.partition("/")
    own = {
        "never": False,
        "percent": unit == "%",
        "points": unit == "points" and word not in ("basis points", "bps"),
        "money": len(base) == 3 and base.isalpha() and lexicon().data["currencies"].get(word, base) == base,
        "ratio": unit in ("ratio", "count", ""),
        "time": word.rstrip("s") in label or (unit == "days" and word in ("day", "days")) or unit == "date",
        "rate": _rate(word) == per or word in label or _rate(word) in label,
    }
    return own[kind]


def _rate(word: str) -> str:
    """The unit after the stroke that a rate's words mean: "annually" is yr."""
    return str(lexicon().data["rates"].get(word, word))
