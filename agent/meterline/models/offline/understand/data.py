"""The understanding's data files, compiled once: concepts, intents, refusals, follow-ups, spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from meterline.models.offline.understand.phrases import Pattern, compile_pattern, words_of
from meterline.models.offline.understand.words import Spelling, fold, tokenize
from meterline_tools.catalog.words import common_words

_HERE = Path(__file__).parent
EXAMPLES = _HERE / "examples"
FALLBACK = _HERE / "fallback.yaml"
try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover - PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)


@dataclass(frozen=True)
class Intent:
    """One kind of question: its cues by weight and what makes it likelier."""

    name: str
    code: str
    cues: tuple[tuple[float, Pattern], ...]
    metrics: frozenset[str]
    bonus: Mapping[str, float]
    penalty: Mapping[str, float]
    """Points added for features that are absent."""
    bare: str = ""
    short: Mapping[str, str] = field(default_factory=dict)
    """Words that, once the conversation is of this kind, stand for a metric or a dimension by themselves ("and gross?")."""


@dataclass(frozen=True)
class Refusal:
    id: str
    type: str
    cues: tuple[Pattern, ...]
    says: str
    nearest: str
    offer: str = ""
    metrics: frozenset[str] = frozenset()
    """Once the catalogue holds one of these the question can be answered."""
    unless: tuple[Pattern, ...] = ()
    """Words with which it is another question: whether one may do a thing, and not that it be done."""


@dataclass(frozen=True)
class Remark:
    """What has to be said whenever a word stands in the question."""

    cues: tuple[Pattern, ...]
    says: str


@dataclass(frozen=True)
class HouseRule:
    """A rule that people ask about, with the definitions it rests on."""

    cues: tuple[Pattern, ...]
    metrics: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Lexicon:
    """Everything the understanding knows about words."""

    concepts: dict[str, list[str]]
    intents: tuple[Intent, ...]
    refusals: tuple[Refusal, ...]
    followups: dict[str, tuple[Pattern, ...]]
    compare: dict[str, tuple[Pattern, ...]]
    compare_words: frozenset[str]
    ordinals: dict[str, int]
    numbers: dict[str, int]
    spelling: Spelling
    endings: tuple[str, ...]
    before_names: frozenset[str] = frozenset()
    """Words that a name stands behind; an unknown word there is taken for a name however near an ordinary word it is."""
    shouted: frozenset[str] = frozenset()
    """What anybody writes in capitals, or with one."""
    by_name: dict[str, Intent] = field(default_factory=dict)
    selection_words: frozenset[str] = frozenset()
    """The words of thresholds, shares, orders and the like."""
    plain_talk: frozenset[str] = frozenset()
    answers: tuple[HouseRule, ...] = ()
    remarks: tuple[Remark, ...] = ()


@cache
def lexicon() -> Lexicon:
    """All data files, read once per process."""
    words = read_yaml(_HERE / "lexicon.yaml")
    concepts: dict[str, list[str]] = {name: [str(w) for w in members] for name, members in words["concepts"].items()}
    written = {name: raw for path in sorted((_HERE / "intents").glob("*.yaml")) for name, raw in read_yaml(path).items()}
    if unlisted := written.keys() ^ set(words["intents"]):
        raise ValueError(f"intents of the files and of lexicon.yaml differ: {', '.join(sorted(unlisted))}")
    intents = tuple(_intent(name, written[name], concepts) for name in words["intents"])
    refusals = tuple(_refusal(raw, concepts) for raw in read_yaml(_HERE / "refusals.yaml"))
    follow = read_yaml(_HERE / "followups.yaml")
    groups = [name for name, patterns in follow.items() if isinstance(patterns, list) and all(isinstance(p, str) for p in patterns)]
    followups = {name: _patterns(follow[name], concepts) for name in groups}
    followups["either_side"] = _patterns(follow["sides"]["either"], concepts)
    followups["vendor_side"] = _patterns(follow["sides"]["vendor"], concepts)
    compare = {name: _patterns(follow["compare"][name], concepts) for name in ("prior", "year_ago")}
    every = [p for i in intents for _, p in i.cues] + [p for r in refusals for p in r.cues]
    every += [p for ps in (*followups.values(), *compare.values()) for p in ps]
    targets = words_of(every) | {w for ws in concepts.values() for w in ws} | set(words["targets"]) | _catalog_words() | _selection_words()
    return Lexicon(
        concepts=concepts,
        intents=intents,
        refusals=refusals,
        followups=followups,
        compare=compare,
        compare_words=frozenset(follow["compare"]["words"]),
        ordinals=follow["ordinals"],
        numbers=follow["numbers"],
        spelling=Spelling(
            frozenset(fold(t) for t in targets),
            frozenset(words["ordinary"].split()) | frozenset(follow["numbers"]),
            common_words(),
            frozenset(words["targets"]),
            _english(),
            words["slips"],
        ),
        endings=tuple(words["endings"]),
        before_names=frozenset(words["before_names"]),
        shouted=frozenset(words["shouted"]),
        by_name={i.name: i for i in intents},
        selection_words=frozenset(_selection_words()),
        plain_talk=frozenset(words["plain_talk"].split()),
        remarks=tuple(Remark(_patterns(r["cues"], concepts), r["says"]) for r in follow["remarks"]),
        answers=tuple(HouseRule(_patterns(a["cues"], concepts), tuple(a["metrics"]), a["says"]) for a in read_yaml(_HERE / "answers.yaml")),
    )


def _english() -> frozenset[str]:
    lines = (_HERE / "english.txt").read_text(encoding="utf-8").splitlines()
    listed = {word for line in lines if not line.startswith("#") for word in line.split()}
    return frozenset(listed | _wording_words())


def _wording_words() -> set[str]:
    """The words of the examples in many voices: they were written by us, so none of them is a name."""
    texts = (group["ask"] for path in (EXAMPLES / "wordings").glob("*.yaml") for groups in read_yaml(path).values() for group in groups)
    return {word for text in texts for word in text.lower().split() if word.isalpha()}


def _patterns(sources: list[str], concepts: Mapping[str, list[str]]) -> tuple[Pattern, ...]:
    return tuple(compile_pattern(source, concepts) for source in sources)


def _intent(name: str, raw: dict[str, Any], concepts: Mapping[str, list[str]]) -> Intent:
    weights = {"ruling": 8.0, "decisive": 5.0, "strong": 3.0, "cues": 2.0, "weak": 1.0}
    cues = [(points, p) for level, points in weights.items() for p in _patterns(raw.get(level, []), concepts)]
    return Intent(
        name,
        raw["code"],
        tuple(cues),
        frozenset(raw.get("metrics", [])),
        raw.get("with", {}),
        raw.get("without", {}),
        raw.get("bare", ""),
        raw.get("short", {}),
    )


def _refusal(raw: dict[str, Any], concepts: Mapping[str, list[str]]) -> Refusal:
    return Refusal(
        raw["id"],
        raw["type"],
        _patterns(raw["cues"], concepts),
        raw["says"],
        raw["nearest"],
        raw.get("offer", ""),
        frozenset(raw.get("metrics", [])),
        _patterns(raw.get("unless", []), concepts),
    )


def _selection_words() -> set[str]:
    """The words of thresholds, shares and the like: plain ones, without the signs of the pattern language."""
    found: set[str] = set()
    branches: list[Any] = [read_yaml(_HERE / "selection.yaml")]
    while branches:
        branch = branches.pop()
        if isinstance(branch, str):
            found |= {word for word in branch.replace("/", " ").replace("?", " ").split() if word.isalpha() and word.islower()}
        elif isinstance(branch, dict):
            branches += branch.values()
        elif isinstance(branch, list):
            branches += branch
    return found


def _catalog_words() -> set[str]:
    from meterline.models.offline.understand.catalogue import vocabulary

    known = vocabulary()
    phrases = [p for ps in known.metric_words.values() for p in ps] + [p for ps in known.dimension_words.values() for p in ps]
    return {token.norm for phrase in phrases for token in tokenize(phrase)}
