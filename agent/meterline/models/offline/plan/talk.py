"""Plans of what is said across notes: themes, competitors, and a text that the asker hands over."""

from __future__ import annotations

from datetime import date, timedelta

from meterline.models.offline.plan.base import filters_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading
from meterline_tools.kit.voices import BY


def themes(reading: Reading) -> list[Step]:
    talk = reading.talk
    given: dict[str, object] = {
        "query": talk.subject,
        "filters": filters_of(reading.named),
        "window": reading.periods.window or _since(reading.periods.compare),
        "compare": reading.periods.compare,
        "side": talk.side,
        "tone": talk.tone,
        "by": _by(reading),
        "tickets_only": talk.tickets,
        "limit": 0 if _by(reading) else reading.measure.limit,
    }
    return [Step("themes", "note_themes", {name: value for name, value in given.items() if value})]


def _by(reading: Reading) -> str:
    """What the accounts are grouped by: as asked, or the kind of which several are set beside each other ("EMEA or AMER")."""
    kinds = [n.type for n in reading.named]
    return next((d for d in BY if d in reading.measure.group_by), next((d for d in BY if kinds.count(d) > 1), ""))


def _since(compare: str) -> str:
    """ "Compared with last quarter": what came after it, until now."""
    first, _, last = compare.partition("..")
    return f"since {(date.fromisoformat(last) + timedelta(days=1)).isoformat()}" if first and last else ""


def rivals(reading: Reading) -> list[Step]:
    given = {"competitor": reading.talk.subject, "filters": filters_of(reading.named), "by": _by(reading)}
    given |= {"window": reading.periods.window or _since(reading.periods.compare), "compare": reading.periods.compare}
    if len(reading.accounts) == 1:
        given |= {"account": reading.accounts[0].id, "filters": {k: v for k, v in filters_of(reading.named).items() if k != "account"}}
    return [Step("rivals", "competitor_notes", {name: value for name, value in given.items() if value})]


def last_talk(reading: Reading) -> list[Step]:
    """The newest talk with the account on record, or the newest message where one is asked for."""
    if not reading.accounts:
        return []
    kind = next((_MESSAGES[token.norm] for token in reading.tokens if token.norm in _MESSAGES), "talk")
    return [Step("digest", "summarize_note", {"account": reading.accounts[0].id, "last": kind})]


_MESSAGES = {**dict.fromkeys(("email", "mail"), "email"), "chat": "chat"}


def digest(reading: Reading) -> list[Step]:
    return [Step("digest", "summarize_note", {"account": reading.talk.subject} if reading.talk.subject else {})]
