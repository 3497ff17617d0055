"""Everything that has a name in a company, as far as the asker may see it, with the ways people say it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from meterline_tools.catalog.name_text import initials_of, plain_name, without_legal_form, word_list
from meterline_tools.catalog.words import common_words, read_yaml

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views

FULL, CLOSE, ALIAS, SHORT, INITIALS = 1.0, 0.97, 0.95, 0.84, 0.8
"""How surely a way of saying it means the one thing: its name, a near form, an alias, one of its words, its initials.

SHORT lies more than .15 below FULL, so that an industry called "retail" is not confused with Retail Works,
and within .15 of ALIAS, so that one company's nickname does not hide the first word of another's name.
"""
_EVERYTHING = 1_000_000
_TELLING = 5
"""Letters from which on one word of a product's name may stand for it."""


@dataclass
class Name:
    """A named thing. `said` maps plain forms to how surely each means it; `exact` holds them as written."""

    type: str
    id: str
    name: str
    hint: str = ""
    said: dict[str, float] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    initials: set[str] = field(default_factory=set)
    """Plain forms that count only when written in capitals."""

    def say(self, text: str | None, sureness: float) -> None:
        """Another way to say it."""
        if text and (plain := plain_name(text)):
            self.said[plain] = max(sureness, self.said.get(plain, 0.0))
            self.exact.add(text)


def read_names(views: Views, warehouse: Warehouse) -> list[Name]:
    """All names of the company within the asker's scope."""
    rows = _reader(warehouse)
    people = rows(select(*(views.reps().c[c] for c in _PERSON)))
    accounts = rows(select(*(views.accounts().c[c] for c in _ACCOUNT)))
    names = [*_people(people), *_accounts(accounts, _owners(views, rows), people)]
    for dimension in ("industry", "segment", "region", "motion", "plan", "country"):
        names += read_values(dimension, (row[dimension] for row in accounts))
    _say_companies([name for name in names if name.type == "industry"])
    names += _by_a_word(read_values("territory", (row["territory"] for row in people)))
    if warehouse.has("sku"):
        names += _products(rows(select(*(views.table("sku").c[c] for c in ("sku_id", "sku_name", "sku_family", "consumed_unit")))))
    names += _products_in_use(views, rows, {name.id for name in names if name.type == "sku"})
    if warehouse.has("workload"):
        workload = views.table("workload").c
        names += read_values("connector", (row["connector_type"] for row in rows(select(workload.connector_type).distinct())))
        names += read_values("workload_type", (row["workload_type"] for row in rows(select(workload.workload_type).distinct())))
    if warehouse.has("usage_daily", "region_id"):
        names += read_values("usage_region", (row["region_id"] for row in rows(select(views.usage().c.region_id).distinct())))
    return names


RECORDS = {
    "contact": ("contact", "contact_id", "full_name", ("title", "account_id")),
    "use_case": ("use_case", "use_case_id", "use_case_name", ("stage", "account_id")),
    "competitor": ("use_case", "competitor", "competitor", ()),
    "program": ("enablement_event", "program", "program", ("event_type",)),
}
"""Kinds of named records: table, id column, name column, columns of the hint. They are looked for only when asked for, since
use cases and people at customers are called like half the words of a question."""


def read_records(views: Views, warehouse: Warehouse, type_: str) -> list[Name]:
    """The names of one kind of record within the asker's scope."""
    table, ident, called, telling = RECORDS[type_]
    if not warehouse.has(table, called):
        return []
    columns = dict.fromkeys((ident, called, *telling))
    source = views.table(table)
    rows = _reader(warehouse)(select(*(source.c[column] for column in columns)).where(source.c[called].is_not(None)).distinct())
    names: dict[str, Name] = {}
    for row in rows:
        facts = [str(_spoken(str(row[column]))) for column in telling if row[column]]
        name = names.setdefault(str(row[ident]), Name(type_, str(row[ident]), str(row[called]), ", ".join(facts)))
        name.say(str(row[called]), FULL)
        parts = str(row[called]).split()
        if type_ == "contact" and len(parts) > 1:
            name.say(parts[0], SHORT)
            name.say(parts[-1], SHORT)
    return list(names.values())


_PERSON = ("rep_id", "full_name", "preferred_name", "aliases", "email", "role", "manager_rep_id", "territory")
_ACCOUNT = ("account_id", "account_name", "aliases", "domain", "owner_rep_id", "industry", "country", "region", "segment", "motion", "plan")
Row = dict[str, Any]
Reader = Callable[[Any], list[Row]]


def _reader(warehouse: Warehouse) -> Reader:
    return lambda statement: warehouse.run(statement, limit=_EVERYTHING).dicts()


def aliases_of(text: str | None) -> list[str]:
    """Aliases as loaded: a JSON array, or names parted by semicolons or bars."""
    if not text:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        return [part.strip() for part in text.replace("|", ";").split(";") if part.strip()]
    return [str(entry) for entry in (found if isinstance(found, list) else [found]) if entry]


def _people(people: list[Row]) -> list[Name]:
    called = {row["rep_id"]: row["full_name"] for row in people}
    chiefs = {row["manager_rep_id"] for row in people}
    names = []
    for row in people:
        leads = row["rep_id"] in chiefs
        facts = [row["role"], row["territory"], f"reports to {called[row['manager_rep_id']]}" if row["manager_rep_id"] in called else None]
        name = Name("manager" if leads else "rep", row["rep_id"], row["full_name"], ", ".join(str(fact) for fact in facts if fact))
        name.say(row["rep_id"], FULL)
        name.say(row["full_name"], FULL)
        name.say(row["email"], CLOSE)
        parts = str(row["full_name"]).split()
        for nickname in (row["preferred_name"], *aliases_of(row["aliases"])):
            name.say(nickname, ALIAS)
            if nickname and len(parts) > 1:
                name.say(f"{nickname} {parts[-1]}", CLOSE)
        if len(parts) > 1:
            name.say(f"{parts[0]} {parts[-1]}", CLOSE)
            name.say(f"{parts[0]} {parts[-1][0]}", ALIAS)
            name.say(f"{parts[-1]} {parts[0]}", CLOSE)
            name.say(f"{parts[0][0]} {parts[-1]}", ALIAS)
            name.say(parts[0], SHORT)
            name.say(parts[-1], SHORT)
        names.append(name)
    return names


def _owners(views: Views, rows: Reader) -> dict[str, str]:
    """Who is credited for each account on the last complete day; with a split, the larger share."""
    credit, day = views.credit().c, views.asof.d1
    valid = select(credit.account_id, credit.rep_id, credit.credit_pct).where(credit.valid_from <= day, credit.valid_to > day)
    return {row["account_id"]: row["rep_id"] for row in sorted(rows(valid), key=lambda row: row["credit_pct"] or 0)}


def _accounts(accounts: list[Row], owners: dict[str, str], people: list[Row]) -> list[Name]:
    called = {row["rep_id"]: row["full_name"] for row in people}
    names = []
    for row in accounts:
        owner = called.get(owners.get(row["account_id"], ""))
        facts = [_spoken(row["industry"]), _spoken(row["segment"]), f"owned by {owner}" if owner else None]
        name = Name("account", row["account_id"], row["account_name"], ", ".join(fact for fact in facts if fact))
        name.say(row["account_id"], FULL)
        _say_company(name, row["account_name"], FULL)
        for alias in aliases_of(row["aliases"]):
            _say_company(name, alias, ALIAS)
        if row["domain"]:
            name.say(row["domain"], ALIAS)
            name.say(str(row["domain"]).removeprefix("www.").split(".")[0], SHORT)
        names.append(name)
    return names


def _say_company(name: Name, text: str, sureness: float) -> None:
    """A company name, also without its legal form, without "and", glued together, and by its first word or two."""
    name.say(text, sureness)
    plain = plain_name(text)
    short = without_legal_form(plain)
    name.say(short, sureness - 0.03)
    parts = (short or plain).split()
    if "and" in parts[1:-1]:
        name.say(" ".join(part for part in parts if part != "and"), sureness - 0.03)
    if 1 < len(parts) <= 3:
        name.say("".join(parts), sureness - 0.05)
    if len(parts) == 2 and not {*parts} <= common_words():
        name.say(" ".join(reversed(parts)), sureness - 0.1)
    if letters := initials_of(short or plain):
        name.say(letters, INITIALS)
        name.initials.add(letters.casefold())
    if sureness == FULL and 1 < len(parts) <= _NAME_WORDS and len(parts[0]) >= 3:
        if parts[0] not in word_list("times"):
            name.say(text.split(maxsplit=1)[0].strip(",.;:"), SHORT)
        if len(parts) > 2 and not {parts[0], parts[1]} <= common_words():
            name.say(" ".join(parts[:2]), ALIAS - 0.05)


_NAME_WORDS = 5
"""A longer "name" is a sentence, and its first word stands for nothing."""


def _spoken(value: str | None) -> str | None:
    return value.replace("_", " ") if value else None


def read_values(dimension: str, values: Iterable[str | None]) -> list[Name]:
    """Values of a plain dimension; countries and regions by their codes and by everyday words, whichever of them are loaded."""
    places: dict[str, list[str]] = read_yaml("places.yaml").get(dimension, {})
    code_of = {plain_name(word): code for code, words in reversed(places.items()) for word in words}
    names = []
    for value in sorted({value for value in values if value}):
        name = Name(dimension, value, value.replace("_", " "), dimension.replace("_", " "))
        name.say(value, FULL)
        code = value.upper() if value.upper() in places else code_of.get(plain_name(value), "")
        for word in places.get(code, []):
            name.say(word, FULL)
        name.say(code, FULL)
        glued = plain_name(value).split()
        if len(glued) == 2:
            name.say("".join(glued), CLOSE)
        names.append(name)
    return names


def _say_companies(industries: list[Name]) -> None:
    """Each industry also by what its companies are called ("retailers", "banks"); in place.

    What is made from the value itself ("farming": farmers) is as sure as the value, a word for a part of it ("banks" of
    Financial services) a little less, so that an industry of its own would win.
    """
    held = {name.id: plain_name(name.id.replace("_", " ")).split() for name in industries}
    for entry in read_yaml("industries.yaml"):
        nearest = next((word for word in entry["of"] if any(word in words for words in held.values())), None)
        for name in industries:
            if nearest in held[name.id]:
                for called in (*entry["say"], *(f"{word} {noun}" for word in entry.get("beside", []) for noun in _COMPANIES)):
                    name.say(called, ALIAS)
    for name in industries:
        words = held[name.id]
        if len(words) == 1 and words[0].endswith("ing"):
            for ending in ("er", "ers"):
                name.say(words[0].removesuffix("ing") + ending, CLOSE)


_COMPANIES = ("customers", "accounts", "clients", "companies", "firms", "sector", "industry", "vertical")


def _by_a_word(names: list[Name]) -> list[Name]:
    """The names, each said by a word that no other of them has as well ("nordics" for EMEA Nordics)."""
    counted = Counter(word for name in names for word in set(plain_name(name.name).split()))
    for name in names:
        words = plain_name(name.name).split()
        for word in words:
            if len(words) > 1 and counted[word] == 1 and len(word) >= _TELLING and word not in common_words():
                name.say(word, SHORT)
    return names


def _products(skus: list[Row]) -> list[Name]:
    """Products by id and name, and by a word that no other product or family has ("egress" for Network egress)."""
    names = []
    families = {word for row in skus for word in plain_name(str(row["sku_family"] or "")).split()}
    counted = Counter(word for row in skus for word in set(plain_name(row["sku_name"] or "").split()))
    for row in skus:
        name = Name("sku", row["sku_id"], row["sku_name"], f"{row['sku_family']}, in {row['consumed_unit']}s")
        name.say(row["sku_id"], FULL)
        name.say(row["sku_name"], FULL)
        for word in plain_name(row["sku_name"] or "").split():
            if counted[word] == 1 and len(word) >= _TELLING and word not in families | common_words():
                name.say(word, SHORT)
        names.append(name)
    return [*names, *read_values("sku_family", (row["sku_family"] for row in skus))]


def _products_in_use(views: Views, rows: Reader, known: set[str]) -> list[Name]:
    """SKUs that appear in usage but that nobody described."""
    names = []
    for row in rows(select(views.usage().c.sku_id).distinct()):
        if row["sku_id"] and row["sku_id"] not in known:
            name = Name("sku", row["sku_id"], row["sku_id"], "SKU")
            name.say(row["sku_id"], FULL)
            names.append(name)
    return names
