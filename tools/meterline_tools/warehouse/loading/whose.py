"""Whose a note is that does not say so: the one account that its file name, its title or its opening names, or its mail domain spells."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.loading.merge import SNAP

OPENING = 300
"""So many characters at the top tell what a note is about; further down other customers are named as well."""
CLOSING = 200
"""And so many at the end of an e-mail, where people sign."""
_LEAST_LETTERS = 4
_LEAST_OF_DOMAIN = 6
"""Letters of a mail domain that is only the first words of a name: aurorafilm for Aurora Film Archive."""
_MOST_WORDS = 8


@dataclass
class AccountNames:
    """Finds an account by id, name or alias, in any case."""

    by_name: dict[str, set[str]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    """Those of `by_name` that are ids: nobody says them in a sentence."""
    names: dict[str, str] = field(default_factory=dict)
    """Account id -> what it is called."""

    @classmethod
    def read(cls, connection: DuckDBPyConnection) -> AccountNames:
        names = cls()
        for account_id, name, aliases in connection.execute(f"SELECT account_id, account_name, aliases FROM {SNAP}.account").fetchall():
            for called in (account_id, name, *json.loads(aliases or "[]")):
                names.by_name.setdefault(plain(str(called)), set()).add(account_id)
            names.ids.add(plain(str(account_id)))
            names.names[account_id] = name
        return names

    def find(self, given: str) -> str | None:
        """The account's id; None when nobody or more than one is called that."""
        return _only(self.by_name.get(plain(given), set()))

    def named_by(self, path: Path, title: str, body: str, domains: Collection[str]) -> tuple[str, str] | None:
        """(Account, where it is named) for the first place that names one account and no other; None where there is none.

        A word of a sentence counts as a name only with the capital that names have; a mail domain counts when it is
        an account's name, or the first words of one, without spaces, such as alderoptics.example.
        """
        labels = {plain(label).replace(" ", "") for domain in domains for label in domain.split(".")[:-1]}
        places = (
            ("its file name", self._in(path.stem, anyhow=True)),
            ("its title", self._in(title)),
            ("its mail domain", {account for label in labels for account in self._spelt.get(label, ())}),
            ("its mail domain", {account for label in labels for account in self._begun.get(label, ())}),
            ("its opening", self._in(body[:OPENING])),
            ("its last lines", self._in(body[-CLOSING:]) if domains else set()),
        )
        return next(((account, where) for where, found in places if (account := _only(found))), None)

    def begun_by(self, folders: Iterable[str]) -> tuple[str, str] | None:
        """(Account, where) for the first folder with whose words, accents aside, the name of one account begins and of no other."""
        for folder in folders:
            words = _unaccented(plain(folder)) + " "
            begun = {account for name, found in self.by_name.items() if _unaccented(f"{name} ").startswith(words) for account in found}
            if len(words) > _LEAST_LETTERS and (account := _only(begun)):
                return account, "its folder"
        return None

    @cached_property
    def _spelt(self) -> dict[str, set[str]]:
        """Names as a mail domain would have them -> accounts."""
        return {name.replace(" ", ""): found for name, found in self.by_name.items() if len(name) >= _LEAST_LETTERS}

    @cached_property
    def _begun(self) -> dict[str, set[str]]:
        """The first words of names as a mail domain would have them -> accounts."""
        begun: dict[str, set[str]] = {}
        for name, found in self.by_name.items():
            words = name.split()
            for length in range(1, len(words)):
                if len(start := "".join(words[:length])) >= _LEAST_OF_DOMAIN:
                    begun.setdefault(start, set()).update(found)
        return begun

    def _in(self, text: str, *, anyhow: bool = False) -> set[str]:
        """Accounts named in a text; of names inside one another the longest counts. `anyhow`: without regard to capitals."""
        words = re.findall(r"[^\W_]+", text)
        found: set[str] = set()
        at = 0
        while at < len(words):
            named = anyhow or words[at][0] != words[at][0].lower()
            length = self._length([word.lower() for word in words[at : at + _MOST_WORDS]]) if named else 0
            if length:
                found |= self.by_name[" ".join(words[at : at + length]).lower()]
            at += length or 1
        return found

    def _length(self, words: list[str]) -> int:
        """How many of the first words are an account's name, the longest name that is; 0 for none."""
        names = (" ".join(words[:length]) for length in range(len(words), 0, -1))
        name = next((n for n in names if n in self.by_name and n not in self.ids and len(n) >= _LEAST_LETTERS), "")
        return len(name.split())


def plain(name: str) -> str:
    """A name in lower case, with one space for whatever stands between its words."""
    return re.sub(r"[\W_]+", " ", name.lower()).strip()


def _unaccented(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def _only(found: set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
