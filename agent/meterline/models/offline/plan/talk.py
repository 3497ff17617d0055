"""Plans of what is said across notes: themes, competitors, and a text that the asker hands over."""

from __future__ import annotations

from meterline.models.offline.plan.base import filters_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading


def themes(reading: Reading) -> list[Step]:
    talk = reading.talk
    given: dict[str, object] = {
        "query": talk.subject,
        "filters": filters_of(reading.named),
        "window": reading.periods.window,
        "side": talk.side,
        "tone": talk.tone,
        "limit": reading.measure.limit,
    }
    return [Step("themes", "note_themes", {name: value for name, value in given.items() if value})]


def rivals(reading: Reading) -> list[Step]:
    given = {"competitor": reading.talk.subject, "filters": filters_of(reading.named), "window": reading.periods.window}
    if len(reading.accounts) == 1:
        given |= {"account": reading.accounts[0].id, "filters": {k: v for k, v in filters_of(reading.named).items() if k != "account"}}
    return [Step("rivals", "competitor_notes", {name: value for name, value in given.items() if value})]


def digest(reading: Reading) -> list[Step]:
    return [Step("digest", "summarize_note", {"account": reading.talk.subject} if reading.talk.subject else {})]
