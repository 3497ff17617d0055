"""What a question chooses: names it leaves out, thresholds, shares, ranks, ratios. The words are in selection.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from meterline.models.offline.understand.data import Lexicon, lexicon, read_yaml
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.phrases import Pattern, compile_pattern
from meterline.models.offline.understand.scoring import any_match
from meterline.models.offline.understand.words import Said, Token

GROWTH, CHANGE, PACE, SPEND = "M08", "M10", "M14.pace", "M01"
_MONEY = ("M01", "M02", "M05", "M06", "M07", "M10", "M31", "M30", "M32", "M39")


@dataclass(frozen=True)
class Condition:
    """A threshold: an output of a metric ("" while it is not known which), a sign, a number, and the words it was said in."""

    output: str
    sign: str
    number: float
    said: str
    percent: bool = False
    window: str = ""
    """Where the amount is per month or year: the window it is looked for in."""

    @property
    def written(self) -> str:
        """As query_metrics takes it."""
        return f"{self.output} {self.sign} {self.number:.6f}".rstrip("0").rstrip(".")


@dataclass
class Selection:
    """What is chosen. `excluded` and `part` are filled once names are settled."""

    conditions: list[Condition] = field(default_factory=list)
    kept: list[Condition] = field(default_factory=list)
    """Thresholds of a list that is no metric query: its rows are sifted by them, or it is said that they are not."""
    used: list[Condition] = field(default_factory=list)
    """Those of them that rows were sifted by."""
    excluded: list[Named] = field(default_factory=list)
    part: list[Named] = field(default_factory=list)
    """Those whose share or rank is asked for, not a filter."""
    shares: bool = False
    rank: bool = False
    ratio: str = ""
    """"times" or "more" where two values are set in relation."""
    beyond_top: bool = False
    """Everything but the largest few."""
    percentwise: bool = False
    """Moves are ranked by percent."""
    left_out_at: frozenset[int] = frozenset()
    """Where the names stand that are left out."""
    whole_at: frozenset[int] = frozenset()
    """Where the names stand of what a share is taken of."""

    def __bool__(self) -> bool:
        return bool(self.conditions or self.excluded or self.shares or self.rank or self.ratio or self.beyond_top or self.left_out_at)


@dataclass(frozen=True)
class _Words:
    patterns: dict[str, tuple[Pattern, ...]]
    between: frozenset[str]
    joining: frozenset[str]
    of_ends: frozenset[str]
    sizes: Mapping[str, Mapping[str, Any]]
    per: Mapping[str, Mapping[str, str]]
    amount: re.Pattern[str]
    ranges: re.Pattern[str]
    fractions: re.Pattern[str]
    parts: Mapping[str, float]
    signs: Mapping[str, str]
    scales: Mapping[str, float]
    counted: frozenset[str]


@cache
def _words() -> _Words:
    raw = read_yaml(Path(__file__).parent / "selection.yaml")
    concepts = {**lexicon().concepts, "exclude": ["without", "excluding", "except", "minus", "than", "from"]}

    def compiled(sources: Sequence[str]) -> tuple[Pattern, ...]:
        return tuple(compile_pattern(source, concepts) for source in sources)

    lists = {"before": raw["exclude"]["before"], "after": raw["exclude"]["after"], "top": raw["exclude"]["top"]}
    lists |= {name: raw[name] for name in ("grew", "shrank", "idle", "shares", "of", "ranks", "times", "more", "percentwise")}
    signs = {phrase: sign for key in ("thresholds", "later") for sign, phrases in raw[key].items() for phrase in phrases}
    number = r"[$€£¥]?\s?(?P<{0}>\d[\d,]*(?:\.\d+)?)\s?(?P<{0}_scale>{1})?(?![\w.]\w)"
    scale = "|".join(sorted([*(re.escape(p) for p in raw["percents"]), *raw["scales"]], key=len, reverse=True))
    first, second = number.format("n", scale), number.format("m", scale)
    leads = "|".join(sorted(map(re.escape, (p for ps in raw["thresholds"].values() for p in ps)), key=len, reverse=True))
    later = "|".join(sorted(map(re.escape, (p for ps in raw["later"].values() for p in ps)), key=len, reverse=True))
    lead = rf"(?P<lead>\b(?:{leads})\b|[<>]=?)\s*(?:the\s)?"
    fraction, no_part = "|".join(sorted(raw["parts"], key=len, reverse=True)), "|".join(raw["not_parts"])
    per = r"(?:\s?(?:a|an|per|each|every|/)\s?(?P<per>day|month|year)|\s(?P<ly>daily|monthly|annually|yearly))?"
    return _Words(
        patterns={name: compiled(sources) for name, sources in lists.items()},
        between=frozenset(raw["exclude"]["between"]),
        joining=frozenset(raw["exclude"]["joining"]),
        of_ends=frozenset(raw["of_ends"]),
        sizes=raw["sizes"],
        per=raw["per"],
        amount=re.compile(rf"(?:{lead}{first}{per}|{second}\s?(?:(?P<later>{later})\b|(?P<plus>\+)))", re.IGNORECASE),
        ranges=re.compile(rf"\bbetween\s{first}\s(?:and|to)\s{second}{per}", re.IGNORECASE),
        fractions=re.compile(rf"{lead}(?:a\s|an\s|one\s)?(?P<part>{fraction})\b(?!\s?[-a]?\s?(?:{no_part})\b)", re.IGNORECASE),
        parts=raw["parts"],
        signs=signs,
        scales={**dict.fromkeys(raw["percents"], 0.01), **raw["scales"]},
        counted=frozenset(raw["counted"]),
    )  # fmt: skip


def find_amounts(text: str) -> list[tuple[Token, list[Condition]]]:
    """Thresholds in a text, each as the span it covers and its conditions, whose metric is not known yet."""
    words = _words()
    found: list[tuple[Token, list[Condition]]] = []
    for match in words.ranges.finditer(text):
        if _is_amount(text, match, words):
            found.append((_span(match), [_condition(match, "n", ">=", words), _condition(match, "m", "<=", words)]))
    for match in words.amount.finditer(text):
        token = _span(match)
        if any(t.start < token.end and token.start < t.end for t, _ in found) or not _is_amount(text, match, words):
            continue
        lead = (match["lead"] or "").lower()
        sign = lead if lead[:1] in "<>" and lead else words.signs[lead or (match["later"] or "or more").lower()]
        found.append((token, [_condition(match, "n" if match["n"] else "m", sign, words)]))
    for match in words.fractions.finditer(text):
        lead = match["lead"].lower()
        sign = lead if lead[:1] in "<>" else words.signs[lead]
        found.append((_span(match), [Condition("", sign, words.parts[match["part"].lower()], match.group().strip(), percent=True)]))
    return found


def _span(match: re.Match[str]) -> Token:
    return Token(match.group(), "<amount>", match.start(), match.end(), "amount")


def _is_amount(text: str, match: re.Match[str], words: _Words) -> bool:
    """Whether a number is an amount: it has a currency, a scale or a percent sign, or it is large and counts nothing named behind it."""
    scaled = match["n_scale"] or match["m_scale"] or re.search(r"[$€£¥]", match.group())
    follower = re.match(r"[\s-]*([A-Za-z]+)", text[match.end() :])
    counts = follower is not None and lexicon().spelling.mend(follower.group(1).lower()) in words.counted
    if match.groupdict().get("plus") and counts:
        return False  # "100k+ customers" is a measure of its own
    percent = any((match[name] or "").lower() in ("%", "percent", "pct", "per cent") for name in ("n_scale", "m_scale"))
    if match["per"] or match["ly"]:
        return True
    number = float((match["n"] or match["m"]).replace(",", ""))
    return (
        percent
        or (bool(scaled) and not (counts and follower is not None and follower.group(1).lower() in ("day", "days")))
        or (number >= 100 and not counts)
    )


def _condition(match: re.Match[str], name: str, sign: str, words: _Words) -> Condition:
    scale = (match[f"{name}_scale"] or (match["m_scale"] if name == "n" else "") or "").lower()
    number = float(match[name].replace(",", "")) * words.scales.get(scale, 1.0)
    unit = (
        match["per"] or {"daily": "day", "monthly": "month", "annually": "year", "yearly": "year"}.get((match["ly"] or "").lower(), "")
    ).lower()
    per = words.per.get(unit, {})
    percent = words.scales.get(scale) == 0.01
    return Condition(per.get("metric", ""), sign, number, match.group().strip(" ?.,"), percent, per.get("window", ""))


def select(tokens: Said, amounts: Sequence[Condition], lex: Lexicon) -> Selection:
    """What the words of a question choose."""
    words = _words()
    found = Selection(conditions=list(amounts))
    found.left_out_at = frozenset(_left_out(tokens, words))
    found.beyond_top = any_match(words.patterns["top"], tokens)
    found.shares = any_match(words.patterns["shares"], tokens)
    found.percentwise = any_match(words.patterns["percentwise"], tokens)
    found.rank = any_match(words.patterns["ranks"], tokens)
    found.ratio = "times" if any_match(words.patterns["times"], tokens) else "more" if any_match(words.patterns["more"], tokens) else ""
    if found.shares:
        found.whole_at = frozenset(_whole(tokens, words))
    for word in words.sizes.keys() & tokens.present:
        size = words.sizes[word]
        found.conditions.append(Condition(GROWTH, str(size["sign"]), float(size["number"]), word, percent=True))
    if not found.conditions:
        found.conditions = list(_by_direction(tokens, words))
    return found


def _by_direction(tokens: Said, words: _Words) -> Iterator[Condition]:
    for name, output, sign in (("grew", CHANGE, ">"), ("shrank", CHANGE, "<"), ("idle", SPEND, "<=")):
        span = next((s for p in words.patterns[name] if (s := p.find(tokens)) is not None), None)
        if span is not None:
            yield Condition(output, sign, 0.0, " ".join(t.text for t in tokens[span[1] - 1 : span[1]]))
            if name == "idle":
                yield Condition(CHANGE, "<", 0.0, "")  # who used nothing before either has stopped nothing
            return


def _left_out(tokens: Said, words: _Words) -> Iterator[int]:
    """Where the names stand that follow a word of leaving out, joined by "and", or precede one."""
    aside = bool(_ASIDE & tokens.present)
    for pattern in words.patterns["before"]:
        for start, end in pattern.spans(tokens):
            if aside or not (end == start + 1 and tokens[start].norm in _TAKEN):
                yield from _names_from(tokens, end, words)
    for pattern in words.patterns["after"]:
        for start, _ in pattern.spans(tokens):
            at = start - 1
            while at > 0 and tokens[at].kind == "word" and tokens[at].norm in words.between | _BEFORE:
                at -= 1
            if at >= 0 and tokens[at].kind not in ("word", "period", "amount"):
                yield tokens[at].start


def _names_from(tokens: Said, at: int, words: _Words) -> Iterator[int]:
    while at < len(tokens):
        token = tokens[at]
        if token.kind not in ("word", "period", "amount"):
            yield token.start
        elif token.kind != "word" or not (token.norm in words.between or token.norm in words.joining):
            return
        at += 1


def _whole(tokens: Said, words: _Words) -> Iterator[int]:
    """Where the names stand that a share is taken of: those between "of" and the next verb."""
    for at, token in enumerate(tokens):
        if token.norm != "of" or token.kind != "word":
            continue
        for follower in tokens[at + 1 :]:
            if follower.kind == "word" and follower.norm in words.of_ends:
                return
            if follower.kind not in ("word", "period", "amount"):
                yield follower.start
        return


def aim(selection: Selection, metrics: Sequence[str], tokens: Said, lex: Lexicon) -> None:
    """Settles in place which metric each threshold is about: quota, growth, change or spend."""
    quota = bool(tokens.present & {"quota", "quotas", "attainment", "plan", "target", "pace", "goal"})
    up, down = _said(("up", "gain"), tokens, lex), _said(("down", "lose"), tokens, lex) | {"declines"} & tokens.present
    told = []
    for condition in selection.conditions:
        output, sign, number = condition.output, condition.sign, condition.number
        if not output and condition.percent:
            own = next((m for m in metrics if m not in ("M01", "M10", "M14", "M13", "M15")), GROWTH)
            output = PACE if quota or "M14" in metrics else own
        elif not output:
            output = CHANGE if up or down else next((m for m in metrics if m in _MONEY), SPEND)
        if output in (GROWTH, CHANGE) and down and not up and number > 0:
            number, sign = -number, sign.translate(_MIRROR)
        told.append(replace(condition, output=output, sign=sign, number=number))
    selection.conditions = told


def _said(names: Sequence[str], tokens: Said, lex: Lexicon) -> set[str]:
    return {word for name in names for word in lex.concepts[name]} & tokens.present


_BEFORE = frozenset({"is", "are", "was", "were", "left", "being"})
_TAKEN = frozenset({"leave", "take", "strip"})
_ASIDE = frozenset({"out", "aside", "away", "off"})
"""Without one of these what is taken is not left out ("can I take the Alder jump to the bank")."""
_MIRROR = str.maketrans("<>", "><")
