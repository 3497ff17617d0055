"""Exports as the tools write them, made small: who says what, and when, comes out the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meterline_tools.warehouse.loading.json_notes import read_json_note
from meterline_tools.warehouse.loading.report import FileRefused


def words(*spoken: tuple[str, float, Any], word: str = "word", start: str = "start", speaker: str = "speaker") -> list[dict[str, Any]]:
    return [{word: said, start: at, speaker: who} for said, at, who in spoken]


HELLO = (("Hello", 0.5, "Ann"), ("there.", 0.9, "Ann"), ("Good", 2.0, "Tom"), ("day.", 2.4, "Tom"))
NUMBERED = tuple((said, at, {"Ann": 0, "Tom": 1}[who]) for said, at, who in HELLO)
NAMED = [("Ann", "Hello there."), ("Tom", "Good day.")]
COUNTED = [("Speaker 0", "Hello there."), ("Speaker 1", "Good day.")]
STARTS = [0.5, 2.0]

SHAPES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "a list of speaker, text, start": (
        [{"speaker": "Ann", "text": "Hello there.", "start": 0.5}, {"speaker": "Tom", "text": "Good day.", "start": 2.0}],
        NAMED,
    ),
    "transcript with segments": (
        {
            "transcript": {
                "segments": [{"speaker": "Ann", "text": "Hello there.", "start": 0.5}, {"speaker": "Tom", "text": "Good day.", "start": 2}]
            }
        },
        NAMED,
    ),
    "Whisper with speakers": (
        {
            "language": "en",
            "segments": [
                {"id": 0, "start": 0.5, "end": 1, "text": " Hello there.", "speaker": "Ann"},
                {"id": 1, "start": 2, "end": 3, "text": " Good day.", "speaker": "Tom"},
            ],
        },
        NAMED,
    ),
    "Amazon Transcribe, newer": (
        {
            "results": {
                "transcripts": [{"transcript": "Hello there. Good day."}],
                "items": [],
                "audio_segments": [
                    {"transcript": "Hello there.", "start_time": "0.5", "speaker_label": "Ann"},
                    {"transcript": "Good day.", "start_time": "2.0", "speaker_label": "Tom"},
                ],
            }
        },
        NAMED,
    ),
    "Amazon Transcribe, older, word by word": (
        {
            "results": {
                "transcripts": [{"transcript": "Hello there. Good day."}],
                "speaker_labels": {
                    "segments": [
                        {
                            "speaker_label": "Ann",
                            "items": [{"start_time": "0.5", "speaker_label": "Ann"}, {"start_time": "0.9", "speaker_label": "Ann"}],
                        },
                        {
                            "speaker_label": "Tom",
                            "items": [{"start_time": "2.0", "speaker_label": "Tom"}, {"start_time": "2.4", "speaker_label": "Tom"}],
                        },
                    ]
                },
                "items": [
                    {"type": "pronunciation", "start_time": "0.5", "alternatives": [{"content": "Hello"}]},
                    {"type": "pronunciation", "start_time": "0.9", "alternatives": [{"content": "there"}]},
                    {"type": "punctuation", "alternatives": [{"content": "."}]},
                    {"type": "pronunciation", "start_time": "2.0", "alternatives": [{"content": "Good"}]},
                    {"type": "pronunciation", "start_time": "2.4", "alternatives": [{"content": "day"}]},
                    {"type": "punctuation", "alternatives": [{"content": "."}]},
                ],
            }
        },
        NAMED,
    ),
    "Deepgram words": (
        {"results": {"channels": [{"alternatives": [{"transcript": "x", "words": words(*NUMBERED, word="punctuated_word")}]}]}},
        COUNTED,
    ),
    "Deepgram utterances": (
        {
            "results": {
                "channels": [],
                "utterances": [
                    {"speaker": 0, "transcript": "Hello there.", "start": 0.5},
                    {"speaker": 1, "transcript": "Good day.", "start": 2.0},
                ],
            }
        },
        COUNTED,
    ),
    "Google words": (
        {
            "results": [
                {
                    "alternatives": [
                        {
                            "transcript": "x",
                            "words": [{"word": said, "startTime": f"{at}s", "speakerTag": who} for said, at, who in NUMBERED],
                        }
                    ]
                }
            ]
        },
        COUNTED,
    ),
    "Azure": (
        {
            "recognizedPhrases": [
                {"speaker": 0, "offset": "PT0.5S", "nBest": [{"display": "Hello there."}]},
                {"speaker": 1, "offset": "PT2S", "nBest": [{"display": "Good day."}]},
            ]
        },
        COUNTED,
    ),
    "AssemblyAI, in milliseconds": (
        {
            "text": "x",
            "utterances": [
                {"speaker": "Ann", "text": "Hello there.", "start": 500, "words": []},
                {"speaker": "Tom", "text": "Good day.", "start": 2000, "words": []},
                {"speaker": "Ann", "text": "Bye.", "start": 900_000, "words": []},
            ],
        },
        [*NAMED, ("Ann", "Bye.")],
    ),
    "Rev": (
        {
            "monologues": [
                {
                    "speaker": "Ann",
                    "elements": [
                        {"type": "text", "value": "Hello", "ts": 0.5},
                        {"type": "punct", "value": " "},
                        {"type": "text", "value": "there"},
                        {"type": "punct", "value": "."},
                    ],
                },
                {
                    "speaker": "Tom",
                    "elements": [
                        {"type": "text", "value": "Good", "ts": 2.0},
                        {"type": "punct", "value": " "},
                        {"type": "text", "value": "day"},
                        {"type": "punct", "value": "."},
                    ],
                },
            ]
        },
        NAMED,
    ),
    "Gong, with its parties": (
        {
            "metaData": {"title": "QBR", "started": "2026-06-03T14:00:00Z"},
            "parties": [
                {"speakerId": "77", "name": "Ann", "affiliation": "External"},
                {"speakerId": "78", "name": "Tom", "affiliation": "Internal"},
            ],
            "callTranscripts": [
                {
                    "callId": "1",
                    "transcript": [
                        {
                            "speakerId": "77",
                            "topic": None,
                            "sentences": [{"start": 500, "text": "Hello"}, {"start": 900, "text": "there."}],
                        },
                        {"speakerId": "78", "topic": None, "sentences": [{"start": 2000, "text": "Good day."}]},
                    ],
                }
            ],
        },
        NAMED,
    ),
    "Fireflies": (
        {
            "data": {
                "transcript": {
                    "title": "Sync",
                    "sentences": [
                        {"index": 0, "speaker_name": "Ann", "raw_text": "Hello there.", "text": "Hello there", "start_time": 0.5},
                        {"index": 1, "speaker_name": "Tom", "raw_text": "Good day.", "start_time": 2.0},
                    ],
                }
            }
        },
        NAMED,
    ),
    "Otter": (
        {
            "speech": {
                "title": "x",
                "speakers": [{"id": 5, "speaker_name": "Ann"}, {"id": 6, "speaker_name": "Tom"}],
                "transcripts": [
                    {"speaker_id": 5, "transcript": "Hello there.", "start_offset": 8000},
                    {"speaker_id": 6, "transcript": "Good day.", "start_offset": 32000},
                ],
            }
        },
        NAMED,
    ),
    "Teams": (
        {
            "entries": [
                {"text": "Hello there.", "speakerDisplayName": "Ann", "startOffset": "00:00:00.5"},
                {"text": "Good day.", "speakerDisplayName": "Tom", "startOffset": "00:00:02"},
            ]
        },
        NAMED,
    ),
    "Zoom": (
        {
            "transcript": {
                "segments": [
                    {"speaker": {"user_name": "Ann"}, "text": "Hello there.", "start_time": "00:00:00.500"},
                    {"speaker": {"user_name": "Tom"}, "text": "Good day.", "start_time": "00:00:02.000"},
                ]
            }
        },
        NAMED,
    ),
    "Recall": (
        [
            {"participant": {"id": 1, "name": who}, "words": [{"text": w, "start_timestamp": {"relative": at}} for w in said.split()]}
            for who, said, at in (("Ann", "Hello there.", 0.5), ("Tom", "Good day.", 2.0))
        ],
        NAMED,
    ),
    "nobody has heard of it": (
        {
            "payload": {},
            "result": {},
            "transcript": {
                "data": {
                    "items": [
                        {"who": 1, "speaker_name": "Ann", "snippet": "Hello there.", "time": 0.5},
                        {"speaker_name": "Tom", "snippet": "Good day.", "time": 2},
                    ]
                }
            },
        },
        NAMED,
    ),
    "Slack": (
        [
            {"type": "message", "user": "U1", "user_profile": {"real_name": "Ann"}, "text": "Hello there.", "ts": "1780000000.5"},
            {"type": "message", "user": "U2", "user_profile": {"real_name": "Tom"}, "text": "Good day.", "ts": "1780000002.0"},
        ],
        NAMED,
    ),
    "Teams messages, in HTML": (
        {
            "value": [
                {
                    "from": {"user": {"displayName": "Ann"}},
                    "body": {"contentType": "html", "content": "<p>Hello <b>there</b>.</p>"},
                    "createdDateTime": "2026-06-03T14:00:00.500Z",
                },
                {
                    "from": {"user": {"displayName": "Tom"}},
                    "body": {"contentType": "html", "content": "<p>Good&nbsp;day.</p>"},
                    "createdDateTime": "2026-06-03T14:00:02Z",
                },
            ]
        },
        NAMED,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_export_gives_who_said_what(shape: str) -> None:
    content, expected = SHAPES[shape]
    turns = read_json_note(json.dumps(content)).turns
    assert [(turn["speaker"], turn["text"]) for turn in turns] == expected
    assert [turn["n"] for turn in turns] == list(range(1, len(turns) + 1))


UNTIMED_FROM_ZERO = {"Slack", "Teams messages, in HTML"}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_export_gives_when_it_was_said(shape: str) -> None:
    """Chats count from their first message, which a dated message does not tell otherwise."""
    starts = [turn["start_s"] for turn in read_json_note(json.dumps(SHAPES[shape][0])).turns[:2]]
    assert starts == ([0.0, 1.5] if shape in UNTIMED_FROM_ZERO else STARTS)


def test_the_parties_of_a_call_bring_their_sides_title_and_date() -> None:
    note = read_json_note(json.dumps(SHAPES["Gong, with its parties"][0]))
    assert [turn["side"] for turn in note.turns] == ["customer", "vendor"]
    assert (note.fields["title"], note.fields["date"]) == ("QBR", "2026-06-03T14:00:00Z")


def test_messages_are_a_chat() -> None:
    assert read_json_note(json.dumps(SHAPES["Slack"][0])).kind == "chat"
    assert read_json_note(json.dumps(SHAPES["Teams"][0])).kind == ""


def test_one_running_text_is_a_turn_of_nobody() -> None:
    (turn,) = read_json_note('{"text": "they want the second region before the summer"}').turns
    assert (turn["speaker"], turn["text"]) == (None, "they want the second region before the summer")


@pytest.mark.parametrize("content", ["[]", "{}", "3", '"x"', '{"turns": []}', '{"turns": [{"text": ""}]}', "[" * 100_000])
def test_what_holds_no_words_is_refused(content: str) -> None:
    with pytest.raises(FileRefused):
        read_json_note(content)
