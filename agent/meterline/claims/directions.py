"""Up, down or flat: a direction must be the sign of the change beside it, or of one that this turn holds."""

from __future__ import annotations

from meterline.claims.lexicon import lexicon
from meterline.claims.said import Said, is_change
from meterline.claims.subjects import attached
from meterline_tools.receipts import Figure

_EVERY = frozenset({"up", "down"})


def directions_agree(said: Said) -> str | None:
    """Direction words beside change figures have their sign; a negation beside the word turns it round."""
    changes = [(at, f) for at, f in enumerate(said.figures) if is_change(f)]
    if not changes:
        return _gaps_agree(said)
    named = [_directions(piece, said) for piece in said.pieces]
    own = [_signs(f) if is_change(f) else frozenset() for f in said.figures]
    if len(changes) == 1:
        everything = frozenset[str]().union(*named)
        fits = not everything or bool(everything & own[changes[0][0]]) or everything >= _EVERY
    else:
        fits = attached(named, own)
    if fits:
        return _flat_agrees(said, [f for _, f in changes])
    figure = next((f for at, f in changes if not any(n & own[at] for n in named if n)), changes[0][1])
    word = next((w for kind in ("up", "down") for w in lexicon().words(kind, said.bare)), "the direction")
    return f"'{word}' but {figure.label} of {figure.id} is {figure.display}"


def moves_are_measured(said: Said) -> str | None:
    """ "usage grew" with no change beside it: some change of this turn must say so, of the one that is named if one is."""
    words = lexicon()
    if any(is_change(f) for f in said.figures):
        return None
    for kind, sign in (("moved_up", 1), ("moved_down", -1)):
        if said.sentence.kind == "stated" and any(words.has(kind[len("moved_") :], c.quote.lower()) for c in said.cited):
            continue  # somebody said it, in words that speak of it
        if not said.has(kind) or not (found := words.words(kind, said.bare)):
            continue
        named = said.evidence.named_in(said.read)
        wanted = -sign if words.has("negations", said.bare) else sign
        if not (_some_change(said, named, wanted) or _from_to(said, sign)):
            whose = f" of {sorted(named)[0]}" if named else ""
            return f"no change{whose} in this turn's evidence says '{found[0]}'; write the mark of one"
    return None


def _directions(piece: str, said: Said) -> frozenset[str]:
    words = lexicon()
    if not (words.has("up", piece) or words.has("down", piece)):
        return frozenset()
    own = said.evidence.strip_known(piece).lower()
    risen = words.find["down"].sub(" ", own)  # "gave up" is no "up"
    found = {kind for kind, text in (("up", risen), ("down", own)) if words.has(kind, text)}
    if words.has("negations", own) and found:
        return frozenset({"up", "down", "flat"} - found if len(found) == 1 else found)
    return frozenset(found)


def _signs(figure: Figure) -> frozenset[str]:
    value = float(figure.value or 0)
    return frozenset({"up"} if value > 0 else {"down"} if value < 0 else {"flat"})


def _flat_agrees(said: Said, changes: list[Figure]) -> str | None:
    words = lexicon()
    if not said.has("flat") or said.has("negations"):
        return None
    percents = [abs(float(f.value or 0)) for f in changes if f.unit == "%"]
    found = words.words("flat", said.bare)
    if found and percents and min(percents) > words.data["flat_within"]:
        return f"'{found[0]}' but {changes[0].label} of {changes[0].id} is {changes[0].display}"
    return None


def _gaps_agree(said: Said) -> str | None:
    """ "ahead of" and "short of" beside a figure that is positive when ahead."""
    for figure in said.figures:
        if "ahead" not in figure.label.lower() or not isinstance(figure.value, int | float):
            continue
        ahead, behind = said.has("ahead"), said.has("behind")
        if ahead != behind and figure.value and ahead != (figure.value > 0):
            return f"'{'ahead' if ahead else 'short'}' but {figure.id} is {figure.display}"
    return None


def _some_change(said: Said, named: set[str], sign: int) -> bool:
    changes = [f for f in said.evidence.book.figures.values() if is_change(f)]
    about = [f for f in changes if not named or f.entity is None or f.entity.name in named]
    return any(float(f.value or 0) * sign > 0 for f in about)


def _from_to(said: Said, sign: int) -> bool:
    """ "from [[F1]] to [[F2]]" is a change of its own."""
    values = [float(f.value) for f in said.figures if isinstance(f.value, int | float)]
    return len(values) >= 2 and (values[-1] - values[0]) * sign > 0
