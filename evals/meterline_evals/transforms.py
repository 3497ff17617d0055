"""Robustness transforms: the same question in other clothes. What it asks, and so its contract, stays the same.

Each takes a bound task and a seeded source of chance, and returns the changed task, or None where it has no hold.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from meterline_evals.company import CompanyFiles
from meterline_evals.model import Task
from meterline_evals.resolvers.registry import CREDITED, clock

Transform = Callable[[Task, CompanyFiles, random.Random], Task | None]

_SYNONYMS = Path(__file__).parent / "synonyms.yaml"
_NEIGHBOURS = {
    "a": "qs", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "x",
}  # fmt: skip
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_WHEN = re.compile(
    rf"^(?P<rest>.{{8,}}?)\s+(?P<when>(?:over |in |for |during )?(?:the )?(?:last|this|previous|past) "
    rf"(?:\d+ )?(?:days?|weeks?|months?|quarter|fiscal quarter|fiscal year|year)|(?:in|for) (?:{_MONTHS})(?: \d{{4}})?"
    r"|(?:in|for) fiscal q\d|since \w+(?: \d+)?|this week)(?P<end>[?.!]?)$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:how|what|who|which|where|when|show|give|compare|is|are|total)\b", re.IGNORECASE)
"""A first word that is written small when it comes second; a name is not."""
_WHERE = re.compile(
    r"^(?P<rest>(?:how|what|who|which|show|biggest).{6,}?)\s+(?P<where>(?:in|at|for) (?:[\w&.'-]+ ?){1,3})(?P<end>[?.!]?)$", re.IGNORECASE
)


def typos(task: Task, files: CompanyFiles, chance: random.Random) -> Task | None:
    """One or two edits in each name; in a question without names, one in its longest word."""
    question = task.question
    named = [n for n in _names_in(question, files) if len(n) >= 5]
    if named:
        for name in named:
            question = _replace(question, name, _misspelled(name, chance, edits=2 if len(name) > 9 else 1))
    else:
        longest = max(re.findall(r"[A-Za-z]+", question) or [""], key=len)
        if len(longest) < 6 or task.style in ("typo", "adversarial"):
            return None
        question = _replace(question, longest, _misspelled(longest, chance, edits=1))
    return _asked(task, question)


def casing(task: Task, _: CompanyFiles, chance: random.Random) -> Task | None:
    """All in lower case, all in capitals, or every word with one."""
    return _asked(task, chance.choice([str.lower, str.upper, str.title])(task.question))


def reordered(task: Task, files: CompanyFiles, __: random.Random) -> Task | None:
    """The period, or the place, said first."""
    match = _WHEN.match(task.question) or _WHERE.match(task.question)
    if match is None or ("where" in match.groupdict() and match.group("where").split(" ", 1)[1].strip().lower() not in _places(files)):
        return None
    moved, rest = match.group(2), match.group("rest")
    kept = rest[0].lower() + rest[1:] if _ASKS.match(rest) else rest
    return _asked(task, f"{moved[0].upper()}{moved[1:].strip()}, {kept}{match.group('end')}")


def _places(files: CompanyFiles) -> set[str]:
    """What a question can be narrowed to: accounts, industries, regions and segments, as people write them."""
    columns = ("account_name", "industry", "region", "segment", "country")
    sql = " UNION ".join(f"SELECT {column} FROM account" for column in columns)
    return {name.lower().replace("_", " ") for name in files.names(sql)}


def synonyms(task: Task, _: CompanyFiles, chance: random.Random) -> Task | None:
    """Another word that people use for the same thing, from the table in the metric pages."""
    for group in yaml.safe_load(_SYNONYMS.read_text(encoding="utf-8")):
        for word in sorted(group, key=len, reverse=True):
            if re.search(rf"\b{re.escape(word)}\b", task.question, re.IGNORECASE):
                other = chance.choice([w for w in group if w != word])
                return _asked(task, _replace(task.question, word, other))
    return None


def foreign_rep(task: Task, files: CompanyFiles, chance: random.Random) -> Task | None:
    """The same question by a rep who has nothing to do with the accounts it names: only the laws count then."""
    if task.asker is not None or task.after is not None:
        return None
    accounts = set(files.names("SELECT account_name FROM account"))
    named = [n for n in _names_in(task.question, files) if n in accounts]
    sellers = files.remembered("sellers", lambda: files.names(f"SELECT DISTINCT full_name FROM {CREDITED} ORDER BY 1", **clock(files)))
    holders = files.names(
        """SELECT r.full_name FROM account a LEFT JOIN account_assignment x USING (account_id)
           JOIN rep r ON r.rep_id IN (x.rep_id, a.owner_rep_id) WHERE a.account_name IN (SELECT unnest($named))""",
        named=named,
    )
    askers = [name for name in sellers if name not in holders]
    return task.model_copy(update={"asker": chance.choice(askers)}) if askers else None


TRANSFORMS: dict[str, Transform] = {
    "typos": typos,
    "casing": casing,
    "reordered": reordered,
    "synonyms": synonyms,
    "foreign_rep": foreign_rep,
}
LAWS_ONLY = frozenset({"foreign_rep"})
"""Transforms after which the contract no longer holds, only what every answer must hold."""


def transformed(task: Task, name: str, files: CompanyFiles, seed: int) -> Task | None:
    """The task in the clothes of a transform: the same for the same seed."""
    return TRANSFORMS[name](task, files, random.Random(f"{seed}:{name}:{task.id}"))


def _asked(task: Task, question: str) -> Task | None:
    return None if question == task.question else task.model_copy(update={"question": question})


def _names_in(question: str, files: CompanyFiles) -> list[str]:
    """Names of accounts, people and products that the question writes out, the longest first, none inside another."""
    names = files.names("SELECT account_name FROM account UNION SELECT full_name FROM rep UNION SELECT sku_name FROM sku")
    found: list[str] = []
    for name in sorted((n for n in names if n and n != "None"), key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", question, re.IGNORECASE) and not any(name in longer for longer in found):
            found.append(name)
    return found


def _replace(question: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, question, count=1, flags=re.IGNORECASE)


def _misspelled(name: str, chance: random.Random, edits: int) -> str:
    """Edits inside words of four letters or more, never of a first letter, no two in one word."""
    words = name.split(" ")
    able = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    for index in chance.sample(able, min(edits, len(able))):
        words[index] = _slip(words[index], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    """A letter left out, doubled, swapped with the next, or hit beside."""
    at = chance.randrange(1, len(word) - 1)
    kinds: list[Any] = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + chance.choice(_NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :],
    ]
    changed = [kind for kind in kinds if kind != word]
    return str(chance.choice(changed))
