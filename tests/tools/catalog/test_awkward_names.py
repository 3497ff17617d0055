"""Names that are hard to tell from other words, and how many misspelt ones are still found."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from meterline_tools.catalog.names import Mention, NameIndex
from tests.tools.catalog.awkward import TABLES
from tests.tools.catalog.snapshot import Company, load_company, person

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return load_company(tmp_path_factory.mktemp("loom"), TABLES, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12))


@pytest.fixture(scope="module")
def names(company: Company) -> NameIndex:
    return NameIndex(company.views(), company.warehouse)


def _lines(file: str) -> list[str]:
    lines = (FIXTURES / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _table() -> list[tuple[str, str]]:
    rows = [line.rsplit("|", 1) for line in _lines("mentions.txt")]
    return [(said.strip(), found.strip()) for said, found in rows]


def _told(mentions: list[Mention]) -> str:
    told = (f"{m.text}={'/'.join(sorted(f'{c.type}:{c.id}' for c in m.candidates))}" for m in mentions)
    return " ; ".join(told) or "-"


@pytest.mark.parametrize(("said", "found"), _table(), ids=[row[0] for row in _table()])
def test_what_is_said_is_linked_to_what_is_meant(names: NameIndex, said: str, found: str) -> None:
    assert _told(names.link(said)) == found


def test_the_table_is_long_enough_to_trust() -> None:
    assert len(_table()) >= 120


def test_sentences_without_names_link_nothing(names: NameIndex) -> None:
    sentences = _lines("ordinary_sentences.txt")
    assert len(sentences) >= 150
    assert {text: _told(found) for text in sentences if (found := names.link(text))} == {}


def _misspelt(name: str, edits: int, dice: random.Random) -> str:
    """A name in small letters with letters swapped, doubled by chance, dropped or changed, in words of three letters and more."""
    words = name.lower().split(" ")
    for _ in range(edits):
        place = dice.choice([n for n, word in enumerate(words) if len(word) >= 3])
        words[place] = _edited(words[place], dice)
    return " ".join(words)


def _edited(word: str, dice: random.Random) -> str:
    at, letter = dice.randrange(len(word) - 1), dice.choice(string.ascii_lowercase)
    return {
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "drop": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
    }[dice.choice(["swap", "drop", "add", "change"])]


def _spelled_names(names: NameIndex) -> Iterator[tuple[str, str]]:
    """People and accounts of two words or more, in letters."""
    for name in names.book.names:
        plain = all(word.isalpha() and word.isascii() for word in name.name.split())
        if name.type in ("account", "rep", "manager") and plain and 2 <= len(name.name.split()) <= 4 and len(name.name) >= 9:
            yield name.id, name.name


@pytest.mark.parametrize(("edits", "floor"), [(1, 0.97), (2, 0.9)])
def test_misspelt_names_are_still_found(names: NameIndex, edits: int, floor: float) -> None:
    dice = random.Random(20260818)
    tries = [(ident, _misspelt(name, edits, dice)) for ident, name in _spelled_names(names) for _ in range(20)]
    missed = [said for ident, said in tries if ident not in {c.id for m in names.link(f"how is {said} doing") for c in m.candidates}]
    assert len(tries) >= 200
    assert 1 - len(missed) / len(tries) >= floor, missed


def test_a_namesake_in_the_own_book_is_the_one_a_rep_means_and_leaders_are_asked(company: Company) -> None:
    april = NameIndex(company.views(person("P01")), company.warehouse)
    assert _told(april.link("orion burn")) == "orion=account:A13"
    lead = NameIndex(company.views(person("M2", "P01", "P02")), company.warehouse)
    assert _told(lead.link("orion burn")) == "orion=account:A13/account:A14"


def test_namesakes_are_told_apart_by_their_hints(names: NameIndex) -> None:
    (mention,) = names.link("orion")
    assert [candidate.hint for candidate in mention.candidates] == [
        "logistics, mid market, owned by Will Marsh",
        "healthcare, enterprise, owned by April Jones",
    ]


@pytest.mark.parametrize(
    ("type_", "said", "found"),
    [
        ("contact", "what did henrietta say", "henrietta=contact:K1"),
        ("contact", "henreitta vance", "henreitta vance=contact:K1"),
        ("contact", "Vance", "Vance=contact:K1/contact:K3"),
        ("use_case", "is bed forecasting live", "bed forecasting=use_case:U2"),
        ("competitor", "do we lose to frostbite data", "frostbite data=competitor:Frostbite Data"),
        ("program", "who passed weaver professional", "weaver professional=program:Weaver Professional"),
    ],
)
def test_records_are_found_when_asked_for(names: NameIndex, type_: str, said: str, found: str) -> None:
    assert _told(names.link(said, [type_])) == found
    assert all(candidate.type != type_ for mention in names.link(said) for candidate in mention.candidates)


def test_contacts_of_accounts_out_of_sight_are_not_found(company: Company) -> None:
    april = NameIndex(company.views(person("P01")), company.warehouse)
    assert _told(april.link("Vance", ["contact"])) == "Vance=contact:K1"
