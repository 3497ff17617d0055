"""Who a speaker is: one of ours (the table rep), somebody of the account (the table contact), or told by what stands beside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.loading.merge import SNAP
from meterline_tools.warehouse.loading.transcripts import SIDES, Turn

_BESIDE = re.compile(r"\s*[(\[|,–-]\s*(?P<where>[^()\[\]|]+?)[)\]]?\s*$|\s+@\s*(?P<at>.+)$")
_NAMELESS = re.compile(r"^(?:speaker|spk|participant|unknown|guest|caller|user|sprecher|talare|話者)?[\s_-]*[A-Z]?\d*$", re.IGNORECASE)


@dataclass
class People:
    """Names of our people, and of each account's, folded -> id. A name of two people is nobody's."""

    ours: dict[str, str | None] = field(default_factory=dict)
    theirs: dict[str, dict[str, str | None]] = field(default_factory=dict)
    domains: dict[str, set[str]] = field(default_factory=dict)
    """Mail domain -> the accounts it belongs to."""
    names: dict[str, set[str]] = field(default_factory=dict)
    """Account id -> what the account is called."""

    @classmethod
    def read(cls, connection: DuckDBPyConnection) -> People:
        people = cls()
        for rep_id, *names in connection.execute(f"SELECT rep_id, full_name, preferred_name, email, aliases FROM {SNAP}.rep").fetchall():
            for name in _distinct([rep_id, *names[:3], *json.loads(names[3] or "[]"), _first_name(names[0])]):
                _claim(people.ours, name, rep_id)
        for contact_id, account, *names in connection.execute(
            f"SELECT contact_id, account_id, full_name, email FROM {SNAP}.contact WHERE full_name IS NOT NULL"
        ).fetchall():
            for name in _distinct([*names, _first_name(names[0])]):
                _claim(people.theirs.setdefault(account, {}), name, contact_id)
        for account, domain, name in connection.execute(f"SELECT account_id, domain, account_name FROM {SNAP}.account").fetchall():
            if domain:
                people.domains.setdefault(domain.lower().removeprefix("www."), set()).add(account)
            people.names.setdefault(account, set()).add(_folded(name))
        return people

    def author(self, said: str | None) -> str | None:
        """The rep that an author's id, name or address means; what is not known stays as it was given."""
        return (self.ours.get(_folded(said)) or said) if said else None

    def one_of_us(self, address: str) -> str | None:
        """The rep of a mail address; None for anybody else's."""
        return self.ours.get(_folded(address)) if address else None

    def account_of(self, domains: Iterable[str]) -> str | None:
        """The one account that mail domains belong to; None for none or several."""
        found = {account for domain in domains for account in self.domains.get(domain, ())}
        return next(iter(found)) if len(found) == 1 else None

    def place(self, turns: list[Turn], account: str) -> list[str]:
        """Gives each turn its side and, where known, rep_id or contact_id. Returns the names that were placed by elimination."""
        sides = {name: self._side(name, account) for name in {t["speaker"] for t in turns if t["speaker"]}}
        ours_speak = any(side == "vendor" for side, _ in sides.values())
        guessed: list[str] = []
        for turn in turns:
            side, ids = sides.get(turn["speaker"], (None, {}))
            if side is None and turn.get("side") not in SIDES and ours_speak and not _NAMELESS.match(turn["speaker"] or ""):
                side = "customer"
                guessed.append(turn["speaker"])
            turn["side"] = turn["side"] if turn.get("side") in SIDES else side
            turn.update(ids)
        return _distinct(guessed)

    def _side(self, speaker: str, account: str) -> tuple[str | None, dict[str, Any]]:
        beside = _BESIDE.search(speaker)
        name = _folded(speaker[: beside.start()] if beside else speaker)
        where = _folded((beside["where"] or beside["at"]) if beside else "")
        for known in (_folded(speaker), name, where):
            contact, rep = self.theirs.get(account, {}).get(known), self.ours.get(known)
            if contact and not rep:
                return "customer", {"contact_id": contact}
            if rep and not contact:
                return "vendor", {"rep_id": rep}
        theirs = self.names.get(account, set())
        if any(beside and (told == known or known.startswith(told + " ")) for told in (where, name) for known in theirs):
            return "customer", {}
        domain = speaker.rpartition("@")[2].strip(" >)").lower()
        return ("customer", {}) if account in self.domains.get(domain, ()) else (None, {})


def _claim(names: dict[str, str | None], name: str, owner: str) -> None:
    folded = _folded(name)
    names[folded] = owner if names.get(folded, owner) == owner else None


def _first_name(full: str | None) -> str | None:
    return full.split()[0] if full and len(full.split()) > 1 else None


def _folded(name: str | None) -> str:
    return re.sub(r"[\W_]+", " ", (name or "").casefold()).strip()


def _distinct(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(n for n in names if n))
