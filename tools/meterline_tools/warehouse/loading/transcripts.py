"""Captions and plain dialogues into one shape: turns, when somebody speaks.

Turns are {n, speaker, side, start_s, text}; `n` counts from 1, `start_s` is seconds from the start or None. Captions
are read as they come: a broken time costs the time, never the words. (The libraries for these formats lose a cue, or
the file, for one broken time, and give what a second voice says in a cue to the first.)
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from meterline_tools.warehouse.loading.moments import as_seconds
from meterline_tools.warehouse.loading.report import FileRefused

Turn = dict[str, Any]
SIDES = frozenset({"customer", "vendor", "system"})
_VOICE = re.compile(r"^(?P<name>(?=[^\W\d_])[^\s:：][^:：\n]{0,58}?)\s*(?:[:：](?=\s)\s*|：)(?P<said>.+)$", re.DOTALL)
_NAME_WORDS = 6
_PLACED = re.compile(r"\w \([^()]{2,50}\)$")
_HEADS = frozenset(
    [
        *("present", "attendees", "attending", "participants", "participant", "people", "who", "guests", "apologies", "agenda"),
        *("date", "day", "time", "when", "where", "place", "location", "subject", "topic", "re", "account", "customer"),
        *("présents", "objet", "lieu", "teilnehmer", "anwesend", "betreff", "datum", "ort", "närvarande", "deltagare", "ämne", "plats"),
        *("asistentes", "fecha", "asunto", "参加者", "出席者", "日時", "件名", "場所"),
    ]
)
"""What stands before a colon at the head of a note, and is no one who speaks."""
_CLOCKED = re.compile(
    r"^[\[(]?(?P<day>\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? +)?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?: ?[ap]\.?m\.?)?[\])]?\s*[-–|]?\s*",
    re.IGNORECASE,
)
_ASIDE_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION|X-TIMESTAMP-MAP)\b")
_VOICE_TAG = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|lang|ruby|rt|font)\b[^>]*>|<[\d:.]+>|\{\\an?\d\}")


def parse_captions(text: str) -> list[Turn]:
    """Turns of a WebVTT or SubRip file. `<v Name>`, `Name: ` and the JSON that Teams puts into cues name the speaker."""
    turns = [turn for start, lines in _cues(text) for turn in _spoken(start, lines)]
    if not any(turn["text"] for turn in turns):
        raise FileRefused("no captions: expected lines such as `00:00:01.000 --> 00:00:03.000` with text below")
    return joined(turns)


def _cues(text: str) -> Iterator[tuple[float | None, list[str]]]:
    """(start, lines) of each cue: what stands between a line with an arrow and the next blank line."""
    start: float | None = None
    lines: list[str] | None = None
    for line in [*text.lstrip("\ufeff").splitlines(), ""]:
        if "-->" in line:
            if lines:
                yield start, lines[:-1] if lines[-1].strip().isdigit() else lines
            start, lines = as_seconds(line.split("-->")[0].strip()), []
        elif not line.strip():
            if lines:
                yield start, lines
                lines = None
        elif lines is not None and not (not lines and _ASIDE_BLOCK.match(line)):
            lines.append(line)


def _spoken(start: float | None, lines: Sequence[str]) -> Iterator[Turn]:
    whole = "\n".join(lines)
    if whole.startswith("{"):
        try:
            cue = json.loads(whole)
            yield turn(cue.get("speakerName"), str(cue.get("spokenText") or ""), start)
            return
        except (ValueError, AttributeError):
            pass
    first, *voices = _VOICE_TAG.split(whole)
    if first.strip():
        name, said = voice(_plain(first))
        yield turn(name, said, start)
    for name, said in zip(voices[::2], voices[1::2], strict=True):
        yield turn(html.unescape(name).strip(), _plain(said), start)


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def parse_plain(text: str) -> list[Turn]:
    """Turns of plain text when most of its lines read `Name: …` and somebody speaks twice; else none (it is prose).

    Where it stands beside a name whose it is, `Kim (Alder Optics): …`, two lines are talk, whoever says them.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    spoken = [_said_aloud(_CLOCKED.sub("", line, count=1)) for line in lines]
    names = [name for name, _ in spoken if name]
    placed = len(names) > 1 and any(_PLACED.search(name) for name in names)
    if len(names) < 0.5 * len(lines) or not (placed or (len(names) > 2 and len(set(names)) < len(names))):
        return []
    turns: list[Turn] = []
    for line, (name, said) in zip(lines, spoken, strict=True):
        if name:
            turns.append(turn(name, said, _clock(line)))
        elif turns:
            turns[-1]["text"] += "\n" + line
    return numbered(turns)


def _said_aloud(line: str) -> tuple[str | None, str]:
    """As `voice`, but nobody for what heads a note, such as `Present: Kim, Lee`."""
    name, said = voice(line)
    return (None, line) if name and name.casefold() in _HEADS else (name, said)


def is_chat(text: str) -> bool:
    """Whether most lines of a dialogue begin with a day and a clock, as chat tools export them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    dated = sum(bool((match := _CLOCKED.match(line)) and match["day"]) for line in lines)
    return dated >= 2 and dated >= 0.5 * len(lines)


def body_of(turns: Sequence[Turn]) -> str:
    """A transcript as text, one turn a line."""
    return "\n".join(f"{turn['speaker']}: {turn['text']}" if turn["speaker"] else turn["text"] for turn in turns)


def voice(text: str) -> tuple[str | None, str]:
    """(who speaks, what is said); nobody when the text does not begin with a name and a colon."""
    match = _VOICE.match(text.strip())
    name = match["name"] if match else ""
    if match is None or name[0].islower() or len(name.split()) > _NAME_WORDS:
        return None, text
    return name, match["said"]


def _clock(line: str) -> float | None:
    match = _CLOCKED.match(line)
    return as_seconds(match.group().strip(" []()-–|")) if match and not match["day"] else None


def turn(speaker: str | None, text: str, start: float | None) -> Turn:
    return {"speaker": speaker, "side": None, "start_s": start, "text": " ".join(text.split())}


def joined(turns: Sequence[Turn]) -> list[Turn]:
    """Captions cut a sentence into pieces: pieces of one known speaker are put together again."""
    together: list[Turn] = []
    for each in turns:
        same = together and each["speaker"] and together[-1]["speaker"] == each["speaker"]
        if same or (together and not any(c.isalnum() for c in each["text"])):
            together[-1]["text"] += _gap(each["text"]) + each["text"]
        elif each["text"]:
            together.append(dict(each))
    return numbered(together)


def _gap(text: str) -> str:
    """Nothing before punctuation, which some tools hand out as a word of its own."""
    return "" if text[:1] in ".,!?;:…" else " "


def numbered(turns: Sequence[Turn]) -> list[Turn]:
    return [
        {"n": number, **{k: v for k, v in turn.items() if k not in ("n", "sensitivity") or v}} for number, turn in enumerate(turns, start=1)
    ]
