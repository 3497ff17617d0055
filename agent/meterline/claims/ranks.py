"""Who is largest, first or only, and more than whom: by the rows of a receipt, or not at all."""

from __future__ import annotations

import re

from meterline.claims.lexicon import WORD, lexicon
from meterline.claims.order import is_extreme, rank_of
from meterline.claims.said import VALUE, Said, is_change
from meterline.claims.vocabulary import frames, holds
from meterline_tools.catalog.words import function_words

_NAME = "\ue002"
"""Stands where a name of the turn stood."""
_SUPERLATIVE = re.compile(
    r"\b(?P<more>most|least)\s+(?P<what>[a-z]+)|\b(?P<est>[a-z]+est|worst)\b|\b(?P<sole>number\s+one|the\s+only|the\s+sole|the\s+most|the\s+top(?=\s+[a-z]+[a-rt-z]\b))\b"
)
_IS = re.compile(r"\b(?:is|are|was|were|be|been|makes?|made|remains?|remained|becomes?|became|stays?|stayed|as|counts|ranks)\b[^.;:,]*$")
_OF_A_NAME = re.compile(rf"{_NAME}[^.;]*$")
_IS_A_NAME = re.compile(rf"^[^.;]{{0,40}}\b(?:is|was|are|remains)\s+{_NAME}")
_THAN = re.compile(rf"\b(?P<more>[a-z]+er|more|less|better|worse)\b(?P<between>[^.;:{VALUE}]{{0,40}}?)\bthan\s+(?P<what>[^.;:,]+)")
_EVER = re.compile(r"[^.;,]{0,30}\b(?:in (?:its|their|our|the company's) history|in history|ever|of all time)\b")
"""Behind a superlative: of all times, of which no row tells."""
_NEAR = 6
"""Words behind "than" that tell with what something is compared."""


def superlatives_are_shown(said: Said) -> str | None:
    """ "the largest account", "the only one": a figure of the sentence, or one of what it names, is the extreme of its rows."""
    if said.evidence.is_own(said.sentence.text) or "?" in said.words or not _SUPERLATIVE.search(said.read):
        return None
    text = _without_names(said)
    for match in _SUPERLATIVE.finditer(text):
        word = match["est"] or match["sole"] or f"{match['more']} {match['what']}"
        if _is_none(match) or _is_told(word, said) or not _claims(match, text, said):
            continue
        if _EVER.match(text, match.end()) or not _is_shown(word, said):
            return f"'{word}' is not what any rows of this turn show"
    return None


def comparisons_are_shown(said: Said) -> str | None:
    """ "faster than the rest", "faster than Vega Labs": of all others only with the extreme, of somebody only with figures of both."""
    if "than" not in said.tokens or said.evidence.is_own(said.sentence.text) or "?" in said.words:
        return None
    for match in _THAN.finditer(said.read):
        near = WORD.findall(match["what"])[:_NEAR]
        if match["more"] in frames()["no_comparatives"] or VALUE in match["what"] or _is_told(match["more"], said):
            continue
        if rivals := said.evidence.named_in(match["what"]):
            named = said.evidence.named_in(said.read[: match.start()])
            moves = match["more"] in frames()["speeds"] or said.has("moved_up") or said.has("moved_down")
            if moves and not _is_faster(named, rivals, match["more"], said):
                return f"no figures of this turn show who moved '{match['more']}'"
            continue
        others = not frames()["others"].isdisjoint(near) and not any(1 in rank_of(f, said.evidence.book) for f in said.figures)
        told = [word for word in near if word not in function_words() or word in frames()["comparable"]]
        if others or not told:
            return f"'than {' '.join(near[:4])}' compares with what no figure of this sentence shows"
    return None


def _without_names(said: Said) -> str:
    text = said.read
    for name in sorted(said.evidence.named_in(text), key=len, reverse=True):
        text = text.replace(name.lower(), _NAME)
    return said.evidence.strip_known(text).lower()


def _is_none(match: re.Match[str]) -> bool:
    """Whether a word in -est or behind "most" is no superlative."""
    lists, what = frames(), match["what"] or ""
    return match["est"] in lists["no_superlatives"] or what in lists["no_ranks"] or (match["more"] == "most" and what.endswith("s"))


def _is_told(word: str, said: Said) -> bool:
    """Whether the label of a figure of the sentence, or a quotation that it cites, has the word itself."""
    labels = [figure.label.lower() for figure in said.shown]
    return any(word in label or "top " in label for label in labels) or any(
        holds(c.quote.lower(), word) for c in said.cited if not c.flagged
    )


def _claims(match: re.Match[str], text: str, said: Said) -> bool:
    """Whether it is said of somebody: no list is put in that order, nobody is asked about the largest one."""
    before, behind = text[: match.start()], text[match.end() :]
    if said.valued or _IS.search(before) or _IS_A_NAME.search(behind):
        return True
    opener = next(iter(WORD.findall(said.words)), "")
    return opener not in lexicon().data["ordinary_openers"] and _OF_A_NAME.search(before) is not None


def _is_shown(word: str, said: Said) -> bool:
    book = said.evidence.book
    if word in ("the only", "the sole"):
        return any(r.row_count == 1 for r in book.receipts.values() if r.kind in ("metric", "sql"))
    if said.valued:
        return any(1 in rank_of(figure, book) for figure in said.figures)
    named = said.evidence.named_in(said.read)
    own = [figure for figure in book.figures.values() if figure.entity and figure.entity.name in named]
    return word in frames()["sizes"] and any(is_extreme(f, book, largest=largest) for f in own for largest in (True, False))


def _is_faster(named: set[str], rivals: set[str], word: str, said: Said) -> bool:
    """Whether changes in percent of both sides bear out who moved faster."""

    def changes(names: set[str]) -> list[float]:
        figures = (f for f in said.evidence.book.figures.values() if f.entity and f.entity.name in names and f.unit == "%" and is_change(f))
        return [abs(float(f.value or 0)) for f in figures]

    own, theirs = changes(named), changes(rivals)
    faster = bool(own and theirs) and max(own) > max(theirs)
    return bool(own and theirs) and faster is (word not in ("slower", "weaker", "less"))
