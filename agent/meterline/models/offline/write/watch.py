"""Surges and drops as the watch found them: one paragraph an alert, what was left out and why, how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section
from meterline.models.offline.write.parts import joined, mark, measured, table

Reply = Mapping[str, Any]
_WORDS = {"": "surge or drop", "surges": "surge", "drops": "drop"}
_ALL = "See all of them, known or not: meterline watch --all."
_WHY = "Ask why one of them moved, to see what the telemetry and the notes say."


def draft_watch(reply: Reply) -> Draft:
    """What is beyond the usual, first by money and surprise."""
    alerts, counts = reply["alerts"], reply["counts"]
    draft = Draft(headline=measured(_headline(alerts, counts, reply["only"])))
    if alerts:
        draft.sections.append(table("", ["Who", "Since", "A day", "In percent", "Cause on file"], [_row(alert) for alert in alerts]))
        draft.sections += [Section(sentences=[measured(_sentence(alert))]) for alert in alerts if "count" in alert["figures"]]
    draft.sections.append(Section(sentences=[measured(text) for text in _notes(counts)]))
    draft.next_steps = [*([_WHY] if alerts else []), *([_ALL] if counts.keys() & {"left_out", "before", "muted"} else [])]
    return draft


def _headline(alerts: list[Reply], counts: Reply, only: str) -> str:
    if not alerts and "before" in counts:
        return f"Nothing new since you last looked. Told before, and unchanged: {mark(counts['before'])}."
    if not alerts:
        return f"No {_WORDS[only]}: of {mark(counts['judged'])} accounts none is beyond what is usual for it."
    first = _sentence(alerts[0])
    return f"Beyond the usual: {mark(counts['told'])}. First by money and surprise: {first}"


def _sentence(alert: Reply) -> str:
    figures = alert["figures"]
    if "count" in figures:
        names = [mark(figure, "entity") for figure in alert["names"]]
        more = f" and {mark(figures['others'])} others" if "others" in figures else ""
        moved = f"{mark(figures['sum'], 'change')}: {', '.join(names)}{more}"
        return f"{mark(figures['count'])} accounts moved together from {mark(figures['onset'])}, {moved}."
    size = figures["size"]
    share = f" ({mark(figures['share'], 'change')})" if "share" in figures else ""
    since = f"since {mark(figures['onset'])}" if alert["on"] else f"over {mark(size, 'window')}"
    verb = "is" if alert["on"] else "was"
    return f"{mark(size, 'entity')} {verb} {mark(size, 'change')}{share} against its usual {since}; {_state(alert)}."


def _row(alert: Reply) -> list[str]:
    figures = alert["figures"]
    if "count" in figures:
        return [f"{mark(figures['count'])} accounts together", mark(figures["onset"]), mark(figures["sum"], "change"), "", "see below"]
    share = mark(figures["share"], "change") if "share" in figures else "from near zero"
    return [
        mark(figures["size"], "entity"),
        mark(figures["onset"]),
        mark(figures["size"], "change"),
        share,
        _cause(alert) if alert["on"] else f"{_cause(alert)}; over",
    ]


def _cause(alert: Reply) -> str:
    return str(alert["cause"]["label"]).lower() if alert["cause"] else "none"


def _state(alert: Reply) -> str:
    """Whether it goes on, what it came to, and whether somebody explained it."""
    still = "still on" if alert["on"] else "over"
    why = f"on file as {_cause(alert)}" if alert["cause"] else "no cause on file"
    return f"{mark(alert['figures']['total'], 'change')} in all, {still}, {why}"


def _notes(counts: Reply) -> list[str]:
    out = {
        "left_out": "by your alert budget",
        "before": "told before and unchanged",
        "muted": "muted by you",
    }
    left = [f"{mark(counts[name])} {why}" for name, why in out.items() if name in counts]
    notes = [f"Not told: {joined(left)}."] if left else []
    rate = f"about {mark(counts['false_alarms'])} false alarms" if "false_alarms" in counts else "less than one false alarm"
    notes.append(f"Watched: {mark(counts['judged'])} accounts; expect {rate} a quarter among quiet ones.")
    if "young" in counts:
        notes.append(f"Too young to have a usual: {mark(counts['young'])}.")
    return notes
