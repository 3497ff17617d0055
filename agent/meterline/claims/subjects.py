"""Whom and what a sentence names: an account, a measure, a person must be those of the figures beside it, and come from evidence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from meterline.claims.lexicon import WORD, lexicon
from meterline.claims.said import QUOTE, VALUE, Said, is_change
from meterline_tools.receipts import Figure

_CAPITAL = re.compile(r"(?<![\w'’.-])[A-ZÀ-ÖØ-Þ][\w]*(?:[-'’&][\w]+)*")
_OPENS = re.compile(rf"(?:^|[.:;!?·•—–(“\"‘|/]\s*|{QUOTE}\s*|{VALUE}\s*)$")
_NEXT = re.compile(r"\s+([^\W\d_]+)")
_ALONE = re.compile(rf"\s*(?:$|[·,(:;]|{VALUE}|[A-ZÀ-ÖØ-Þ])")
"""What stands behind a name in a list or a cell, and behind the first word of a longer name."""
_CLAUSE = re.compile(r"[,;:·|()]|\s[–—]\s|\b(?:while|whereas|but)\b")
_BELONGS_BACK = re.compile(r"\s*\(?(?:for|at|by|of|from|in)\b[^,;]*$")
_APOSTROPHE = "[’']"
_SUFFIXES = ("'s", "’s", "s", "ed", "ing", "d", "ly", "es")


def entities_agree(said: Said) -> str | None:
    """Each figure stands beside the name of what it is about, or beside no name of that kind."""
    named = [said.evidence.named_in(piece) for piece in said.pieces]
    everyone = set().union(*named)
    if not everyone:
        return None
    for figure in said.figures:
        if figure.entity is None or figure.entity.name in everyone:
            continue
        rivals = sorted(_rivals(everyone, figure, said) - {f.entity.name for f in said.figures if f.entity})
        covered = any(f.entity and f.entity.name in everyone for f in said.figures if f is not figure)
        if rivals or (_rivals(everyone, figure, said) and not covered):
            first = (rivals or sorted(_rivals(everyone, figure, said)))[0]
            return f"the sentence names {first}, but {figure.id} is about {figure.entity.name}"
    return _swapped(said, named) or _taken_over(said)


def measures_agree(said: Said) -> str | None:
    """ "pipeline" beside a figure of consumption: what is named must be what some figure there measures."""
    if not said.valued or lexicon().first["measures"].isdisjoint(WORD.findall(said.read)):
        return None
    named = [_measures_in(piece) for piece in said.pieces]
    if not any(named):
        return None
    plain = [measures_of(figure) for figure in said.figures]
    own = [_with_related(measures) for measures in plain]
    said_of = frozenset[str]().union(*named)
    strangers = all(own) and not said_of & frozenset[str]().union(*own)
    swapped = len(own) > 1 and all(p & said_of for p in plain) and all(len(n) < 2 for n in named) and not attached(named, own)
    if not (strangers or swapped):
        return None
    wrong = next((sorted(n)[0] for n in named if n and not any(n & o for o in own)), sorted(said_of)[0])
    return f"the sentence speaks of {wrong}, but {said.valued[0][0].id} is {said.figures[0].label}"


def nothing_is_denied(said: Said) -> str | None:
    """ "never consumed [[F1]]" says the opposite of what was measured, "will consume [[F1]]" moves the past into the future."""
    words, today = lexicon(), max(said.evidence.given_dates, default=None)
    verbs = words.measures["consumption"]
    for name in ("denials", "futures"):
        for figure, before in zip(said.figures, said.pieces, strict=False) if said.has(name) else ():
            past = figure.window is not None and today is not None and figure.window.end <= today
            if not figure.value or is_change(figure) or (name == "futures" and not past):
                continue
            if match := next((m for m in words.find[name].finditer(before) if verbs.match(before[m.end() :].lstrip())), None):
                return f"'{match.group()}' denies what {figure.id} measures"
    return None


def names_are_known(said: Said) -> str | None:
    """A capitalised name that no tool, no source and no asker has said is not in evidence."""
    words = lexicon().ordinary
    if small := _in_small_letters(said):
        return f"'{small}' is a name that nothing in this turn's evidence holds"
    for match in _CAPITAL.finditer(said.written):
        token = match.group()
        lowered = token.lower()
        stem = lowered.removesuffix("'s").removesuffix("’s")
        if longer := _another_name(match, said):
            return f"'{longer}' is a name that nothing in this turn's evidence holds"
        if stem in words or (_opens(said.written, match.start()) and _is_ordinary(stem, said.written[match.end() :])):
            continue
        if all(said.evidence.tells(part) or part in words for part in re.split(r"[-'’&]", stem) if part):
            continue
        return f"'{token}' is a name that nothing in this turn's evidence holds"
    return None


def _another_name(match: re.Match[str], said: Said) -> str | None:
    """ "Orion Bank", where evidence knows Orion Foods and Larch Bank: words that are told of, together a name that is not."""
    behind = _CAPITAL.match(said.written, match.end() + 1)
    if (
        behind is None
        or said.written[match.end()] != " "
        or behind.group().isupper()
        or not said.evidence.begins_a_name(match.group().lower())
    ):
        return None
    pair = f"{match.group()} {re.split(_APOSTROPHE, behind.group())[0]}"
    return None if said.evidence.tells(pair.lower()) else pair


def _in_small_letters(said: Said) -> str | None:
    """A name without its capital: where a sentence opens with it, or behind a word such as "customer"."""
    called = lexicon().data["called"]
    if said.tokens.isdisjoint(called) and not said.written[:1].islower():
        return None
    found = [match for match in WORD.finditer(said.written) if match.group().islower()]
    for match in found:
        word, before = match.group(), said.written[: match.start()].rstrip()
        opens = not before and not match.start()
        if (opens or before.rpartition(" ")[2].lower() in called) and len(word) > 2:
            known = word in lexicon().ordinary or said.evidence.tells(word) or _is_ordinary(word, "")
            behind = said.written[match.end() :]
            follows = _NEXT.match(behind)
            acts = follows is not None and (opens or follows.group(1) in lexicon().data["name_verbs"])
            if not known and acts:
                return word
    return None


def measures_of(figure: Figure) -> frozenset[str]:
    """What a figure measures: by its label, by its unit, else by what the catalogue says of its metric."""
    return _measures_of(figure.label.lower(), figure.metric or "", figure.unit.partition("/")[2])


def attached(named: Sequence[Collection[str]], own: Sequence[Collection[str]]) -> bool:
    """Whether words and marks can belong together: all words to the mark behind them, or all to the mark before them."""

    def agree(pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> bool:
        return all(not words or not mark or set(words) & set(mark) for words, mark in pairs)

    return agree(zip(named, [*own, own[-1]], strict=True)) or agree(zip(named, [own[0], *own], strict=True))


def _rivals(named: Collection[str], figure: Figure, said: Said) -> set[str]:
    """Names of the same kind of thing as the figure's own, other than it."""
    assert figure.entity is not None
    return {n for n in named if n != figure.entity.name and figure.entity.type in said.evidence.entities[n]}


def _swapped(said: Said, named: list[set[str]]) -> str | None:
    """With several names and several figures: the names carried to each mark must hold its own."""
    about = {f.entity.name for f in said.figures if f.entity}
    if len(about) < 2 or len(set().union(*named) & about) < 2:
        return None

    def carried(pieces: list[set[str]]) -> list[set[str]]:
        out: list[set[str]] = []
        for piece in pieces:
            out.append(piece or (out[-1] if out else set()))
        return out

    readings = [carried(named[:-1])]
    first = said.figures[0].entity
    if not named[0] or (first and first.name in named[0]):
        readings.append(carried(named[:0:-1])[::-1])
    wrong: tuple[Figure, set[str]] | None = None
    for names in readings:
        beside = [(f, n) for f, n in zip(said.figures, names, strict=True) if f.entity and f.entity.name not in n]
        wrong = next(((f, n) for f, n in beside if _rivals(n, f, said)), None)
        if wrong is None:
            return None
    assert wrong is not None
    assert wrong[0].entity is not None
    return f"{wrong[0].id} stands beside {sorted(wrong[1])[0]}, but is about {wrong[0].entity.name}"


def _taken_over(said: Said) -> str | None:
    """A clause that names somebody else right before a mark, and its own thing nowhere: "while Vega slowed, Orion used [[F_vega]]"."""
    for at, (figure, before) in enumerate(zip(said.figures, said.pieces, strict=False)):
        earlier = said.figures[at - 1].entity if at else None
        if earlier and _BELONGS_BACK.match(before) and earlier.name in said.evidence.named_in(before):
            continue  # "[[F1]] for Vega and [[F2]] for Orion"
        clause = _CLAUSE.split(before)[-1]
        if figure.entity is None or not clause:
            continue
        named = said.evidence.named_in(clause)
        rivals = sorted(_rivals(named, figure, said))
        if rivals and figure.entity.name not in named:
            return f"{figure.id} stands beside {rivals[0]}, but is about {figure.entity.name}"
    return None


def _measures_in(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in lexicon().measures.items() if pattern.search(text))


@lru_cache(maxsize=4096)
def _measures_of(label: str, metric: str, per: str) -> frozenset[str]:
    from meterline_tools.catalog import load_catalog

    found = _measures_in(label) | (frozenset({"run rate"}) if per == "yr" else frozenset())
    known = load_catalog().metrics.get(metric.partition(".")[0])
    return found or (_measures_in(f"{known.label} {known.definition}".lower()) if known else frozenset())


def _with_related(measures: frozenset[str]) -> frozenset[str]:
    related = lexicon().data["related_measures"]
    return measures.union(*(related.get(measure, ()) for measure in measures))


def _opens(text: str, at: int) -> bool:
    """Whether a word stands where any word is written with a capital."""
    return _OPENS.search(text[:at]) is not None


def _is_ordinary(word: str, behind: str) -> bool:
    """Whether the first word of a sentence is ordinary English: known, inflected, or at least not used as a name is."""
    words = lexicon()
    stems = [word.removesuffix(end) for end in _SUFFIXES if word.endswith(end)]
    if any(s in words.ordinary or f"{s}e" in words.ordinary or f"{s}y" in words.ordinary for s in stems):
        return True
    if "-" in word and all(part in words.ordinary for part in word.split("-")):
        return True
    following = _NEXT.match(behind)
    acts = following is not None and following.group(1).lower() in words.data["name_verbs"]
    if acts or behind.startswith(("'s", "’s")):
        return False
    return word.endswith(tuple(words.data["ordinary_endings"])) or _ALONE.match(behind) is None
