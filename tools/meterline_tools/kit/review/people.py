"""Who is reviewed, who works with whom, and who does the same work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.entities import resolve_one
from meterline_tools.kit.records import TEXT, Records, read_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_TOOL = "review_rep"
SELLING = frozenset({"hunter", "core"})
"""Roles of the canonical model that carry a book; a company with other role names goes by who is credited."""


@dataclass(frozen=True)
class People:
    """The person asked about, as one of the visible people; `rows` are these people, `at` the person's row."""

    records: Records
    at: int
    entity: Entity

    @property
    def row(self) -> dict[str, Any]:
        return self.records.rows[self.at]

    @property
    def id(self) -> str:
        return self.entity.id

    @property
    def is_team(self) -> bool:
        return self.entity.type == "manager"

    @property
    def filter(self) -> dict[str, list[str]]:
        """The metric filter that means this person's book, or this team's."""
        return {self.entity.type: [self.id]}

    def below(self) -> list[int]:
        """Rows of everybody under the person, at any depth; none for somebody without reports."""
        found: set[str] = {self.id}
        grown = True
        while grown:
            more = {r["rep_id"] for r in self.records.rows if r["manager_rep_id"] in found} - found
            found |= more
            grown = bool(more)
        return [n for n, r in enumerate(self.records.rows) if r["rep_id"] in found - {self.id}]

    def peers_of(self, at: int, today: date, joined_days: int) -> list[str]:
        """Ids of the others in sight who do the same work: same role, still here, and not new."""
        role = self.records.rows[at]["role"]
        return [
            r["rep_id"]
            for n, r in enumerate(self.records.rows)
            if n != at and r["role"] == role and here(r, today) and not new(r, today, joined_days)
        ]

    def is_new(self, today: date, joined_days: int) -> bool:
        return new(self.row, today, joined_days)

    def name(self, at: int) -> str | None:
        """Figure of a person's name, so that it can be printed without being typed."""
        who = self.records.rows[at]
        entity = Entity(type="rep", id=who["rep_id"], name=who["full_name"])
        return self.records.figure(at, "full_name", "Name", TEXT, entity=entity)


def here(person: dict[str, Any], today: date) -> bool:
    return person["end_date"] is None or person["end_date"] > today


def new(person: dict[str, Any], today: date, joined_days: int) -> bool:
    return person["start_date"] is not None and (today - person["start_date"]).days < joined_days


def read_people(bench: Workbench) -> Records:
    """Everybody in the asker's sight: rep_id, full_name, role, manager_rep_id, segment, territory, start_date, end_date."""
    from sqlalchemy import select

    people = bench.views.reps()
    columns = ("rep_id", "full_name", "role", "manager_rep_id", "segment", "territory", "start_date", "end_date")
    statement = select(*(people.c[name] for name in columns)).order_by(people.c.full_name, people.c.rep_id)
    return read_records(bench, _TOOL, {"people": "in sight"}, statement, limit=20_000)


def find_person(bench: Workbench, rep: str) -> People:
    """The person or team meant by a name or id.

    Raises:
        ModelMustRetry: several people are meant equally well.
        Refused: nobody in the asker's sight is; the words are the same for people of others and people who do not exist.
    """
    found = resolve_one(bench, "rep", rep)
    records = read_people(bench)
    at = next(n for n, row in enumerate(records.rows) if row["rep_id"] == found["id"])
    type_ = "manager" if any(row["manager_rep_id"] == found["id"] for row in records.rows) else "rep"
    return People(records, at, Entity(type=type_, id=found["id"], name=records.rows[at]["full_name"]))
