"""JSON exports of transcription, meeting and chat tools into turns. What they look like stands in note_shapes.yaml."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from meterline_tools.warehouse.loading.moments import as_seconds
from meterline_tools.warehouse.loading.report import FileRefused
from meterline_tools.warehouse.loading.transcripts import Turn, joined, numbered, parse_plain, turn

_DEEPEST = 6
_SAMPLES_A_SECOND = 16_000
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")
_CALL_AT_MOST_S = 86_400.0
_SLOWEST_SPEECH = 0.02
"""Words a second; slower than this and the times are milliseconds."""


@dataclass(frozen=True)
class Shape:
    """Where one tool's export keeps its turns. `words` marks lists of single words, `glued` pieces that bring their own spaces."""

    name: str
    turns: str
    text: Sequence[str]
    speaker: Sequence[str]
    start: Sequence[str]
    unit: str = "s"
    kind: str = ""
    said_by: str = ""
    needs: str = ""
    words: bool = False
    glued: bool = False


@dataclass(frozen=True)
class JsonNote:
    """`turns` of one export, the kind of note it is when its tool tells, and what else it says."""

    turns: list[Turn]
    fields: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


@lru_cache(maxsize=1)
def known() -> Mapping[str, Any]:
    """note_shapes.yaml; its `shapes` as Shape."""
    from meterline_tools.yamls import parse_yaml

    listed: dict[str, Any] = parse_yaml(resources.files(__package__).joinpath("note_shapes.yaml").read_text("utf-8"))
    return listed | {"shapes": [Shape(**shape) for shape in listed["shapes"]]}


def read_json_note(text: str) -> JsonNote:
    """Turns and fields of a JSON export. Raises FileRefused when it is no JSON or holds nothing that anybody said."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise FileRefused(f"not valid JSON: {problem}") from None
    fields = _fields(content)
    people = _people(content)
    for shape in known()["shapes"]:
        if found := _by_shape(content, shape, people):
            return JsonNote(found, fields, shape.kind)
    if found := _anywhere(content, people):
        return JsonNote(found, fields)
    if isinstance(content, dict) and (
        prose := _first(content, ("transcript", "transcript.text", "text", "results.transcripts.0.transcript"))
    ):
        return JsonNote(parse_plain(str(prose)) or numbered([turn(None, str(prose), None)]), fields)
    raise FileRefused(f"not a transcript: expected a list of turns or one of {', '.join(known()['anywhere']['turns'][:6])}")


def look(value: Any, path: str) -> Any:
    """What a path leads to; None where it leads nowhere. A * gives a list of what lies beyond."""
    for at, step in enumerate(path.split(".") if path else ()):
        if step == "*":
            beyond = ".".join(path.split(".")[at + 1 :])
            found = [look(each, beyond) for each in value] if isinstance(value, list) else []
            return [f for each in found if each is not None for f in (each if isinstance(each, list) else [each])] or None
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _by_shape(content: Any, shape: Shape, people: Mapping[str, tuple[str, str]]) -> list[Turn]:
    listed = look(content, shape.turns)
    if not isinstance(listed, list) or not any(isinstance(item, dict) for item in listed):
        return []
    items = [item for item in listed if isinstance(item, dict)]
    if shape.needs and not any(_first(item, getattr(shape, shape.needs)) is not None for item in items):
        return []
    said_by = {str(w.get("start_time")): w.get("speaker_label") for w in look(content, shape.said_by) or []} if shape.said_by else {}
    turns = []
    for item in items:
        speaker = _first(item, shape.speaker)
        if speaker is None:
            speaker = said_by.get(str(item.get("start_time")))
        turns.append(_turn(item, _text(item, shape.text, glued=shape.glued), speaker, _first(item, shape.start), people))
    return _finished(turns, unit=shape.unit, words=shape.words)


def _anywhere(content: Any, people: Mapping[str, tuple[str, str]]) -> list[Turn]:
    names = known()["anywhere"]
    for listed in _lists(content):
        items = [item for item in listed if isinstance(item, dict)]
        turns = [_turn(i, _text(i, names["text"]), _first(i, names["speaker"]), _first(i, names["start"]), people) for i in items]
        if any(t["text"] for t in turns):
            unit = "ms" if any(key in item for item in items for key in names["milliseconds"]) else "s"
            return _finished(turns, unit=unit, words=_mostly_words(turns))
    return []


def _lists(content: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Lists that may hold turns: the thing itself, then what stands under a known name, nearest first."""
    if isinstance(content, list):
        yield content
    if depth == _DEEPEST:
        return
    inside = content if isinstance(content, list) else []
    if isinstance(content, dict):
        inside = [content[name] for name in known()["anywhere"]["turns"] if isinstance(content.get(name), dict | list)]
    for each in inside[:50]:
        yield from _lists(each, depth + 1)


def _finished(turns: list[Turn], *, unit: str, words: bool) -> list[Turn]:
    spoken = [t for t in turns if t["text"]]
    if not spoken:
        return []
    last = max((t["start_s"] or 0.0 for t in spoken), default=0.0)
    said = sum(len(t["text"].split()) for t in spoken)
    if unit == "samples16k":
        scale = 1 / _SAMPLES_A_SECOND
    elif unit == "ms" or (last < 1e9 and (last > _CALL_AT_MOST_S or (last > 1_000 and said / last < _SLOWEST_SPEECH))):
        scale = 1 / 1000
    else:
        scale = 1.0
    first = min((t["start_s"] for t in spoken if t["start_s"] is not None), default=0.0)
    origin = first if first > 1e8 else 0.0
    for each in spoken:
        if each["start_s"] is not None:
            each["start_s"] = round((each["start_s"] - origin) * scale, 3)
    return joined(spoken) if words else numbered(spoken)


def _turn(item: dict[str, Any], text: str, speaker: Any, start: Any, people: Mapping[str, tuple[str, str]]) -> Turn:
    name, side = people.get(str(speaker), ("", "")) if speaker is not None else ("", "")
    said = str(item.get("side") or "")
    return turn(name or _name(speaker), text, as_seconds(start)) | {
        "side": _side(said) or side or None,
        "sensitivity": item.get("sensitivity"),
    }


def _text(item: dict[str, Any], paths: Sequence[str], *, glued: bool = False) -> str:
    found = _first(item, paths)
    if isinstance(found, list):
        names = known()["anywhere"]["word"]
        pieces = [str(_first(p, names) or "") if isinstance(p, dict) else str(p) for p in found]
        spaced = not glued or not any(" " in piece and not piece.strip() for piece in pieces)
        found = (" " if spaced else "").join(piece for piece in pieces if piece)
    if not isinstance(found, str):
        return ""
    return _unmarked(found) if "<" in found or "&" in found else found


def _unmarked(text: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub(" ", text)))


def _name(speaker: Any) -> str | None:
    if isinstance(speaker, dict):
        return _name(_first(speaker, known()["people"]["name"]))
    if isinstance(speaker, int) or (isinstance(speaker, str) and speaker.isdigit()):
        return f"Speaker {speaker}"
    return speaker if isinstance(speaker, str) and speaker.strip() else None


def _people(content: Any) -> dict[str, tuple[str, str]]:
    """Id -> (name, side), from the list of people beside the turns."""
    names, found = known()["people"], dict[str, tuple[str, str]]()
    for holder in _holders(content):
        for listed in (holder.get(name) for name in names["lists"]):
            for person in listed if isinstance(listed, list) else []:
                ident, name = (_first(person, names[k]) for k in ("id", "name")) if isinstance(person, dict) else (None, None)
                if ident is not None and name:
                    found[str(ident)] = (str(name), next((s for k in names["side"] if (s := _side(str(person.get(k) or "")))), ""))
    return found


def _holders(content: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict):
        yield content
    if depth < 3:
        for each in content.values() if isinstance(content, dict) else content[:20] if isinstance(content, list) else ():
            if isinstance(each, dict | list):
                yield from _holders(each, depth + 1)


def _side(said: str) -> str:
    return next((side for side, words in known()["sides"].items() if said.casefold() in words), "")


def _fields(content: Any) -> dict[str, Any]:
    found = {name: _first(content, paths) for name, paths in known()["fields"].items()} if isinstance(content, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float) and str(value).strip()}


def _first(item: Any, paths: Sequence[str]) -> Any:
    return next((found for path in paths if (found := look(item, path)) not in (None, "", [])), None)


def _mostly_words(turns: Sequence[Turn]) -> bool:
    spoken = [t for t in turns if t["text"]]
    return len(spoken) > 8 and sum(" " not in t["text"] for t in spoken) > 0.8 * len(spoken)
