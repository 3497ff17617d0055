"""I21 and I09 without a person: the morning coffee, what to worry about, exceptions of the week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Chart, Draft, Section, Sentence, Table
from meterline.models.offline.write.parts import joined, mark, measured, table

Reply = Mapping[str, Any]
_NOTHING = "Nothing material needs a look: no move, slip or commitment stands out beyond what is usual."
_DRAFTS = "Drafts for you to send, or not; nothing has been sent, and none is for a customer."
_ASK = "Ask why one of these accounts moved, or for a review of one of the people."


def draft_coffee(reply: Reply) -> Draft:
    """The whole coffee: data, what changed, what needs a look, then the items in their fixed order."""
    items = {item["id"]: item for item in reply["items"]}
    fresh, daily = items["freshness"], items.get("daily")
    lead = [fresh["sentences"][0], *(daily["sentences"][:1] if daily and daily["state"] == "told" else [])]
    draft = Draft(headline=measured(" ".join(lead)))
    draft.sections = [
        _item(fresh | {"sentences": fresh["sentences"][1:] or fresh["sentences"]}),
        _lines("Since you last looked", reply["since"]),
        *_exceptions(reply),
    ]
    draft.sections += [_item(item) for ident, item in items.items() if ident != "freshness" and item["state"] != "no data"]
    draft.sections += _drafts(reply)
    draft.not_available = _missing(reply)
    draft.next_steps = [_ASK]
    draft.charts = _charts(daily)
    return draft


def draft_exceptions(reply: Reply, *, of_people: bool = False) -> Draft:
    """What needs a look and nothing else, within the budget; what was left out is counted. `of_people`: people come first."""
    told = reply["exceptions"]["told"]
    count = mark(reply["exceptions"]["count"])
    lead = f"Worth a look: {count}. First by money and surprise: {told[0]['text']}" if told else _NOTHING
    draft = Draft(headline=measured(lead))
    found = [*_exceptions(reply, heading=""), *_people(reply)]
    if of_people and reply["people"]:
        draft.headline = measured(f"Short of quota pace: {joined([mark(row['name']) for row in reply['people']])}.")
        found = [*_people(reply), *_exceptions(reply, heading="Also worth a look")]
    draft.sections = [*found, *_drafts(reply), _item(reply["items"][0])]
    draft.not_available = _missing(reply)
    draft.next_steps = [_ASK]
    return draft


def _item(item: Reply) -> Section:
    found = item["table"]
    body = Table(columns=found["columns"], rows=found["rows"]) if found else None
    return Section(heading=item["title"], sentences=[Sentence(text=text) for text in item["sentences"]], table=body)


def _lines(heading: str, texts: list[str]) -> Section:
    return Section(heading=heading, sentences=[measured(text) for text in texts])


def _exceptions(reply: Reply, *, heading: str = "Needs a look") -> list[Section]:
    """A paragraph each; people stand in a table of their own when that was asked for."""
    found = reply["exceptions"]
    told = [entry["text"] for entry in found["told"] if not (reply["people"] and entry["kind"] == "pace")]
    paragraphs = [Section(heading=heading if n == 0 else "", sentences=[measured(text)]) for n, text in enumerate(told)]
    if not told and not reply["people"]:
        paragraphs = [_lines(heading, [_NOTHING])] if heading else []
    left = [f"{mark(entry['count'])} {entry['kind']}" for entry in found["left_out"]]
    notes = [f"Left out to keep it short: {joined(left)}."] if left else []
    notes += [f"Muted by you: {mark(found['muted'])}."] if found["muted"] else []
    return [*paragraphs, _lines("", notes)] if notes else paragraphs


def _people(reply: Reply) -> list[Section]:
    if not reply["people"]:
        return []
    rows = [[mark(row["name"]), mark(row["gap"], "abs"), _ends(row)] for row in reply["people"]]
    note = measured("Facts about books, in the order of names; books differ in size and segment.")
    return [table("Short of quota pace", ["Who", "Short by", "The check ends at"], rows, [note])]


def _ends(row: Reply) -> str:
    new = ", joined lately" if row["new"] else ""
    return f"{row['stop']['name'].lower()}, {row['stop']['result']}{new}"


def _drafts(reply: Reply) -> list[Section]:
    texts = [draft["text"] for draft in reply["drafts"]]
    if not texts:
        return []
    return [_lines("Ask the rep", [_DRAFTS]), *(Section(sentences=[measured(text)]) for text in texts)]


def _missing(reply: Reply) -> list[str]:
    absent: dict[str, list[str]] = {}
    for item in reply["items"]:
        if item["state"] == "no data":
            absent.setdefault(item["sentences"][0].rstrip("."), []).append(item["title"].lower())
    return [f"{reason}: {joined(titles)} left out." for reason, titles in absent.items()]


def _charts(daily: Reply | None) -> list[Chart]:
    """Four weeks by day, over the rows of the receipt the sparkline was drawn from."""
    receipt = daily.get("chart") if daily else None
    return [Chart(receipt=receipt, title="Consumption by day", x="day", y="M01")] if receipt else []
