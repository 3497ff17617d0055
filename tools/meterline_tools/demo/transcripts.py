"""Notes in the file formats that meeting tools and people produce."""

from __future__ import annotations

import json

from meterline_tools.demo.crm.world import Record


def as_file(note: Record, fmt: str) -> str:
    """The note as the text of a .vtt, .srt, .json, .md or .txt file."""
    if fmt == "json":
        fields = {"title": note["title"], "date": note["occurred_at"].isoformat(), "language": note["language"], "turns": note["turns"]}
        return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"
    if fmt == "vtt":
        cues = [f"{_clock(a, '.')} --> {_clock(b, '.')}\n<v {who}>{text}" for a, b, who, text in _cues(note)]
        return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"
    if fmt == "srt":
        cues = [f"{i + 1}\n{_clock(a, ',')} --> {_clock(b, ',')}\n{who}: {text}" for i, (a, b, who, text) in enumerate(_cues(note))]
        return "\n\n".join(cues) + "\n"
    return f"# {note['title']}\n\n{note['body']}\n" if fmt == "md" else f"{note['body']}\n"


def _cues(note: Record) -> list[tuple[float, float, str, str]]:
    turns = note["turns"]
    ends = [t["start_s"] for t in turns[1:]] + [turns[-1]["start_s"] + 4.0]
    return [(t["start_s"], end, t["speaker"], t["text"]) for t, end in zip(turns, ends, strict=True)]


def _clock(seconds: float, mark: str) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{round((seconds - whole) * 1000):03d}"
