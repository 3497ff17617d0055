"""Plans of notes, briefs, savings and of the house itself: freshness, owners, help, SQL."""

from __future__ import annotations

from meterline.models.offline.plan import measures
from meterline.models.offline.plan.base import filters_of, query
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.periods import WEEK
from meterline.models.offline.understand.reading import Reading


def notes(reading: Reading) -> list[Step]:
    """Searches in the notes of the accounts named, else of the group, else of all; for one person's words where one is named."""
    base: dict[str, object] = {"query": reading.topic or reading.question}
    if reading.periods.window:
        base["window"] = reading.periods.window
    if reading.side and not (reading.speaker or reading.people):
        base["side"] = reading.side
    if person := reading.speaker or next((p.name for p in reading.people), ""):
        base["person"] = person
    groups = filters_of([n for n in reading.named if n.type in _GROUPS])
    if groups and not reading.accounts:
        return [Step("notes_0", "search_notes", base | {"filters": groups})]
    accounts = [a.id for a in reading.accounts if a not in reading.spoken_of][:3]
    return [
        Step(f"notes_{n}", "search_notes", base | ({"account": account} if account else {})) for n, account in enumerate(accounts or [""])
    ]


def noted(reading: Reading) -> list[Step]:
    """The same searches whoever said it, where only one side was looked at."""
    return [
        Step(step.key.replace("notes", "noted"), step.tool, {name: value for name, value in step.args.items() if name != "side"})
        for step in notes(reading)
        if "side" in step.args
    ]


_GROUPS = frozenset({"industry", "region", "country", "segment", "motion", "plan"})


def brief(reading: Reading) -> list[Step]:
    return [Step("brief", "draft_brief", {"account": reading.accounts[0].id})] if reading.accounts else []


def savings(reading: Reading) -> list[Step]:
    """An account's tips; without an account, where in the book savings lie."""
    if not reading.accounts:
        return measures.book_savings(reading)
    return [Step("savings", "find_savings", {"account": reading.accounts[0].id})]


def freshness(reading: Reading) -> list[Step]:
    return [Step("fresh", "query_metrics", {"metrics": ["M54"]})]


def owner(reading: Reading) -> list[Step]:
    return [query("owner", ["M01"], reading, group_by=["rep"], window=WEEK, order="-M01")]


def help_(reading: Reading) -> list[Step]:
    """One account and one person, for examples in the company's own names."""
    return [
        Step("account", "query_metrics", {"metrics": ["M01"], "group_by": ["account"], "order": "-M01", "limit": 1}),
        Step("person", "query_metrics", {"metrics": ["M01"], "group_by": ["rep"], "order": "-M01", "limit": 1}),
    ]


def holdings(reading: Reading) -> list[Step]:
    return [Step("held", "data_loaded")]


def sql(reading: Reading) -> list[Step]:
    return [Step("previous", "previous_receipts")]
