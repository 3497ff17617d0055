"""Words right before a value, and names on both sides of "more than": what they make of a figure must be what it measures."""

from __future__ import annotations

import re

from meterline.claims.lexicon import lexicon
from meterline.claims.order import is_extreme
from meterline.claims.said import TEXT_VIEWS, Said, is_change
from meterline.claims.subjects import measures_of
from meterline_tools.receipts import Figure

_LAST = re.compile(
    r"(?:^|[^\w'’])(?P<verb>[^\W\d_]+)(?P<by>(?:\s+(?:by|about|around|roughly|some|just|only|a\s+total\s+of|an?\s+extra|another|up\s+to|as\s+much\s+as))*)\s*$"
)
_NO_ONE = re.compile(r"\b(?:no|none|nobody|nothing|no\s+one)\b[^.;]*$")


def values_are_exact(said: Said) -> str | None:
    """ "more than [[F1]]" states another amount than the mark prints, unless something stands before it that is compared."""
    words = lexicon()
    if not said.has("bounds"):
        return None
    for at, (mark, figure) in enumerate(said.valued):
        lead = said.pieces[at].rstrip()
        compared = any(m.is_figure and m.start < mark.start and m.view not in TEXT_VIEWS for m in said.marks)
        match = next((m for m in words.find["bounds"].finditer(lead) if m.end() == len(lead)), None)
        if match is None or (compared and words.find["comparable"].fullmatch(match.group())):
            continue
        counts = match.group() == "over" and figure.unit in ("count", "", "days")
        labelled = any(word in figure.label.lower() for word in ("upper", "lower", "low", "high", "at least", "at most", "end of"))
        others = said.evidence.named_in(said.pieces[at]) - {figure.entity.name if figure.entity else ""}
        if not (counts or labelled or (others and words.find["comparable"].fullmatch(match.group())) or figure.unit == "date"):
            return f"'{match.group()}' stands before {figure.id}, which is {figure.display} and not a bound; say the figure alone"
    return None


def verbs_fit_figures(said: Said) -> str | None:
    """ "saved [[F1]]", "lost [[F1]]", "grew by [[F1]]": such a verb before a mark says what the figure measures."""
    words = lexicon()
    for at, figure in enumerate(said.figures):
        match = _LAST.search(said.pieces[at])
        verb = match["verb"] if match else ""
        wanted = words.data["verbs_of_figures"].get(verb)
        if wanted and not (set(wanted) & measures_of(figure) or any(w in figure.label.lower() for w in wanted)):
            return f"'{verb}' but {figure.id} is {figure.label}"
        moved = any(words.find[name].fullmatch(verb) for name in ("moved_up", "moved_down")) if verb else False
        takes = verb in words.data["takes_a_change"] or (moved and match is not None and match["by"].split()[:1] == ["by"])
        if takes and not _is_move(figure):
            return f"'{verb}' needs a change, but {figure.id} is {figure.label}"
    return None


def named_comparisons_agree(said: Said) -> str | None:
    """ "Larch outspent Vega": by figures of both, of one measure, the first must have the more."""
    words, text = lexicon(), said.read
    if not (said.has("greater") or said.has("less") or said.has("outdoes")):
        return None
    for name, greater in (("greater", True), ("outdoes", True), ("less", False)):
        for match in words.find[name].finditer(text):
            places = sorted((text.find(n.lower()), n) for n in said.evidence.named_in(text) if n.lower() in text)
            before, behind = [n for at, n in places if at < match.start()], [n for at, n in places if at > match.start()]
            if behind and _NO_ONE.search(text[: match.start()]):
                figure = next((f for f in said.figures if f.entity and f.entity.name == behind[0]), None)
                if figure and not is_extreme(figure, said.evidence.book, largest=greater):
                    return f"'{match.group()}' but {figure.id} is not the extreme of its rows"
                continue
            if not behind or (not before and len(behind) < 2) or words.has("negations", text):
                continue
            one, two = (before[-1], behind[0]) if before else (behind[1], behind[0])
            if one != two and (reason := _contradicts(one, two, said, greater=greater)):
                return f"'{match.group()}' but {reason}"
    return None


def _contradicts(one: str, two: str, said: Said, *, greater: bool) -> str | None:
    """Why figures of both say the opposite, if all that can be set against one another do."""
    book = said.evidence.book.figures.values()
    metrics = {(f.metric, f.unit) for f in said.figures} or {
        (f.metric, f.unit) for f in book if not (is_change(f) or f.unit in ("%", "points", "ratio"))
    }

    def of(name: str) -> list[Figure]:
        return [
            f for f in book if f.entity and f.entity.name == name and isinstance(f.value, int | float) and (f.metric, f.unit) in metrics
        ]

    pairs = [(a, b) for a in of(one) for b in of(two) if (a.metric, a.unit, a.window) == (b.metric, b.unit, b.window)]
    wrong = [(a, b) for a, b in pairs if (float(a.value or 0) > float(b.value or 0)) is not greater]
    return f"{one} has {wrong[0][0].display} and {two} {wrong[0][1].display}" if pairs and len(wrong) == len(pairs) else None


def _is_move(figure: Figure) -> bool:
    label = figure.label.lower()
    return is_change(figure) or any(word in label for word in lexicon().data["moves_in_labels"])
