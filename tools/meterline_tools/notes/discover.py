"""Themes that nobody listed: what notes of several accounts keep saying, named by the words they say it in.

Runs of neighbouring words are counted by the accounts whose notes hold them. A run becomes a theme when enough
accounts share it and no known theme covers its sentences already; runs that stand in the same sentences are one.
The same sentence over and over, with another name or day in it, is a form that people fill in and no theme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from meterline_tools.notes.digest.cues import cues
from meterline_tools.notes.sayings import Saying
from meterline_tools.notes.text import fold, search_copy, stem, tokens, words
from meterline_tools.notes.themes import Theme, tones

LEAST_ACCOUNTS = 3
_LONGEST_RUN = 3
_SAME = 0.6
"""Share of sentences from which two runs are one theme."""
_COVERED = 0.5
"""Share of a run's sentences in known themes from which it is no theme of its own."""
_USUAL = 0.25
"""A run in the notes of more than this share of all accounts is how people write, no theme."""
_FEW_ACCOUNTS = 12
_LEAST_WORDINGS = 3
_ALIKE = 0.5
_BESIDE = 4
"""Two sentences are one wording when they share so large a part of the words, so many on each side, that stand beside the run."""


def discovered(said: Sequence[Saying], covered: Collection[int], names: Iterable[str], most: int = 5) -> list[Theme]:
    """Up to `most` themes of the sentences themselves.

    Args:
        said: All sentences looked at.
        covered: `id` of the sentences that known themes hold.
        names: Names of accounts, people and products: who is spoken of is no theme.
    """
    named = {word for name in names for word in tokens(fold(name))}
    runs: dict[tuple[str, ...], list[Saying]] = {}
    written: dict[tuple[str, ...], Counter[str]] = {}
    for saying in said:
        if saying.flagged or tones().denies(saying.text) or tones().idles(saying.text) or cues().is_small_talk(saying.text):
            continue
        for run, text in _runs(saying, named).items():
            runs.setdefault(run, []).append(saying)
            written.setdefault(run, Counter())[text] += 1
    everybody = {s.account_id for s in said if s.account_id}
    limit = max(LEAST_ACCOUNTS, _USUAL * len(everybody)) if len(everybody) > _FEW_ACCOUNTS else len(everybody)
    kept: list[Theme] = []
    for run in sorted(runs, key=lambda r: (-len(_accounts(runs[r])) * len(r), r)):
        about = runs[run]
        if not LEAST_ACCOUNTS <= len(_accounts(about)) <= limit or _share(about, covered) >= _COVERED:
            continue
        if any(_alike(about, theme.sayings) for theme in kept) or not _in_several_wordings(run, about):
            continue
        label = written[run].most_common(1)[0][0]
        kept.append(Theme(f"notes:{label}", label, "notes", about, frozenset(run)))
        if len(kept) >= most:
            break
    return kept


def _runs(saying: Saying, named: Collection[str]) -> dict[tuple[str, ...], str]:
    """Runs of two and three neighbouring words that carry meaning, by their stems, as they are written."""
    stop = words().stop | tones().plain
    found: dict[tuple[str, ...], str] = {}
    row = tokens(fold(search_copy(saying.text)))
    for size in range(2, _LONGEST_RUN + 1):
        for at in range(len(row) - size + 1):
            part = row[at : at + size]
            if not any(w in stop or w in named or len(w) < 3 or w.isdigit() for w in part):
                found.setdefault(tuple(stem(w) for w in part), " ".join(part))
    return found


def _accounts(about: Iterable[Saying]) -> set[str]:
    return {s.account_id for s in about if s.account_id}


def _share(about: Sequence[Saying], covered: Collection[int]) -> float:
    return sum(id(s) in covered for s in about) / len(about)


def _in_several_wordings(run: Sequence[str], about: Iterable[Saying]) -> bool:
    """Whether the run stands among as many different words as make a theme."""
    wordings: list[frozenset[str]] = []
    for saying in about:
        around = _around(run, tokens(fold(search_copy(saying.text))))
        if all(len(around & other) < max(1.0, _ALIKE * min(len(around), len(other))) for other in wordings):
            wordings.append(around)
            if len(wordings) >= _LEAST_WORDINGS:
                return True
    return False


def _around(run: Sequence[str], row: Sequence[str]) -> frozenset[str]:
    """The words beside a run in a row of words."""
    stems = [stem(word) for word in row]
    size = len(run)
    at = next((n for n in range(len(row) - size + 1) if stems[n : n + size] == list(run)), 0)
    return frozenset((*row[max(0, at - _BESIDE) : at], *row[at + size : at + size + _BESIDE]))


def _alike(one: Sequence[Saying], other: Sequence[Saying]) -> bool:
    a, b = {id(s) for s in one}, {id(s) for s in other}
    return len(a & b) >= _SAME * min(len(a), len(b))
