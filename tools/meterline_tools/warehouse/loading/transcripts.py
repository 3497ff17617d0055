"""Note files of all kinds into one shape: a body, and turns when somebody speaks.

Turns are {n, speaker, side, start_s, text}; `n` counts from 1, `start_s` is seconds from the start or None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from meterline_tools.warehouse.loading.report import FileRefused

Turn = dict[str, Any]
_TURN_LISTS = ("segments", "turns", "utterances", "transcript", "monologues", "entries")
_TEXT = ("text", "content", "sentence", "utterance", "words", "body")
_SPEAKER = ("speaker", "speaker_name", "speakerName", "name", "participant", "role")
_START = ("start_s", "start", "start_time", "startTime", "offset", "timestamp")
_VOICE = re.compile(r"^([A-Z][^\s:][^:\n]{0,58}?)\s*:\s+(.+)$", re.DOTALL)
SIDES = frozenset({"customer", "vendor", "system"})


def parse_vtt(text: str) -> list[Turn]:
    """Turns of a WebVTT file; `<v Name>` and `Name: ` name the speaker."""
    import webvtt

    try:
        captions = webvtt.from_string(text if text.lstrip("\ufeff").startswith("WEBVTT") else "WEBVTT\n\n" + text)
    except webvtt.errors.MalformedFileError as problem:
        raise FileRefused(f"not a WebVTT file: {problem}") from None
    turns = []
    for caption in captions.captions:
        speaker, said = (caption.voice, caption.text) if caption.voice else _voice(caption.text)
        turns.append(_turn(speaker, said, _as_seconds(caption.start)))
    return _joined(turns)


def parse_srt(text: str) -> list[Turn]:
    """Turns of a SubRip file; `Name: ` names the speaker."""
    import srt

    try:
        captions = list(srt.parse(text.lstrip("\ufeff")))
    except (srt.SRTParseError, ValueError) as problem:
        raise FileRefused(f"not an SRT file: {str(problem).splitlines()[0]}") from None
    return _joined([_turn(*_voice(caption.content), caption.start.total_seconds()) for caption in captions])


def parse_json(text: str) -> tuple[list[Turn], dict[str, Any]]:
    """(turns, other fields) of a JSON transcript: a list of turns, or an object that holds such a list."""
    try:
        content = json.loads(text)
    except ValueError as problem:
        raise FileRefused(f"not valid JSON: {problem}") from None
    fields = {key: value for key, value in content.items() if isinstance(value, str | int | float)} if isinstance(content, dict) else {}
    found = content if isinstance(content, list) else _turn_list(content)
    if found is None:
        if isinstance(content, dict) and isinstance(content.get("transcript"), str):
            return parse_plain(content["transcript"]), fields
        raise FileRefused(f"not a transcript: expected a list of turns or one of {', '.join(_TURN_LISTS)}")
    turns = [_json_turn(item) for item in found if isinstance(item, dict)]
    if not any(turn["text"] for turn in turns):
        raise FileRefused("the transcript has no text")
    return _numbered([turn for turn in turns if turn["text"]]), fields


def parse_plain(text: str) -> list[Turn]:
    """Turns of plain text when most of its lines read `Name: …` and somebody speaks twice; else none (it is prose)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    spoken = [_VOICE.match(_without_clock(line)) for line in lines]
    names = [match[1] for match in spoken if match]
    if len(names) < 3 or len(names) < 0.5 * len(lines) or len(set(names)) == len(names):
        return []
    turns: list[Turn] = []
    for line, match in zip(lines, spoken, strict=True):
        if match:
            turns.append(_turn(match[1], match[2], None))
        elif turns:
            turns[-1]["text"] += "\n" + line
    return _numbered(turns)


def body_of(turns: list[Turn]) -> str:
    """A transcript as text, one turn a line."""
    return "\n".join(f"{turn['speaker']}: {turn['text']}" if turn["speaker"] else turn["text"] for turn in turns)


def _turn_list(content: object) -> list[Any] | None:
    if not isinstance(content, dict):
        return None
    for key in _TURN_LISTS:
        value = content.get(key)
        if isinstance(value, list):
            return value
        if isinstance(value, dict) and (inner := _turn_list(value)) is not None:
            return inner
    return None


def _json_turn(item: dict[str, Any]) -> Turn:
    text = _pick(item, _TEXT, _as_text)
    speaker = _pick(item, _SPEAKER, _as_name)
    start = _pick(item, _START, _as_seconds)
    side = str(item.get("side", "")).lower()
    return _turn(speaker, text or "", start) | {"side": side if side in SIDES else None}


def _pick(item: dict[str, Any], keys: tuple[str, ...], read: Callable[[object], Any]) -> Any:
    return next((found for key in keys if (found := read(item.get(key))) is not None), None)


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        words = [word.get("text") or word.get("word") if isinstance(word, dict) else word for word in value]
        return " ".join(str(word) for word in words if word)
    return None


def _as_name(value: object) -> str | None:
    if isinstance(value, dict):
        return _as_name(value.get("name"))
    return str(value) if isinstance(value, str | int) and str(value) else None


def _as_seconds(value: object) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"[\d:.,]+", value):
        parts = [float(part) for part in value.replace(",", ".").split(":") if part]
        return float(sum(part * 60**power for power, part in enumerate(reversed(parts))))
    return None


def _voice(text: str) -> tuple[str | None, str]:
    match = _VOICE.match(text.strip())
    return (match[1], match[2]) if match else (None, text)


def _without_clock(line: str) -> str:
    return re.sub(r"^\[?\(?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?\)?\]?\s*[-–]?\s*", "", line)


def _turn(speaker: str | None, text: str, start: float | None) -> Turn:
    return {"speaker": speaker, "side": None, "start_s": start, "text": " ".join(text.split())}


def _joined(turns: list[Turn]) -> list[Turn]:
    """Captions cut a sentence into pieces: pieces of one known speaker are put together again."""
    joined: list[Turn] = []
    for turn in turns:
        if joined and turn["speaker"] and joined[-1]["speaker"] == turn["speaker"]:
            joined[-1]["text"] += " " + turn["text"]
        elif turn["text"]:
            joined.append(turn)
    return _numbered(joined)


def _numbered(turns: list[Turn]) -> list[Turn]:
    return [{"n": number, **turn} for number, turn in enumerate(turns, start=1)]
