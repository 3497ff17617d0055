"""Cassettes: HTTP exchanges of our client with a served model, and what came of them, kept as files.

Each file says in its `metadata` what it plays, with which model on what server it was recorded and when, how the server
wanted to be asked, and the outcome. Nothing of the person who recorded is in it: of the headers only the content type is
kept, the host has a name that exists nowhere, and a redirect or a refusal (status 300 and above) is never stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vcr
import yaml
from vcr.cassette import Cassette
from vcr.request import Request

FOLDER = Path(__file__).parents[1] / "cassettes"
NOWHERE = "http://recorded.invalid"
_KEPT = {"content-type"}
_BLANK = "…"


class NotRecorded(Exception):
    """A server refused something, so there is nothing to keep; the text says what, without its own words."""


def path_of(scenario: str) -> Path:
    return FOLDER / f"{scenario}.yaml"


def metadata(scenario: str) -> dict[str, Any]:
    """What a cassette says of itself: plays, recorded {model, server, path, date}, habits, outcome."""
    held: dict[str, Any] = yaml.safe_load(path_of(scenario).read_text(encoding="utf-8"))["metadata"]
    return held


@contextmanager
def replayed(scenario: str) -> Iterator[Cassette]:
    """The exchanges of a cassette in the place of the network. A request that is not on it fails."""
    with _recorder("none").use_cassette(str(path_of(scenario))) as cassette:
        yield cassette


@contextmanager
def recorded(path: Path) -> Iterator[Cassette]:
    """Records every exchange into a new file.

    Raises:
        NotRecorded: the server answered with a status of 300 or more, or not at all.
    """
    refused: list[int] = []

    def keep(response: dict[str, Any]) -> dict[str, Any] | None:
        if response["status"]["code"] >= 300:
            refused.append(response["status"]["code"])
            return None
        return response | {"headers": _kept(response["headers"])}

    with _recorder("once", keep).use_cassette(str(path)) as cassette:
        yield cassette
        if refused:
            raise NotRecorded(f"the server answered with status {refused[0]}")
        if not cassette.requests:
            raise NotRecorded("the server cannot be reached")


def _recorder(mode: str, keep: Any = None) -> Any:
    recorder = vcr.VCR(
        record_mode=mode,
        match_on=["method", "path", "conversation"],
        before_record_request=_scrubbed,
        before_record_response=keep,
        decode_compressed_response=True,
    )
    recorder.register_matcher("conversation", _same_conversation)
    return recorder


def _scrubbed(request: Request) -> Request:
    """The request as it is stored and looked up: without host, query, and all that a client says of itself."""
    return Request(request.method, NOWHERE + urlsplit(request.uri).path, request.body, _kept(request.headers))


def _kept(headers: Any) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name.lower() in _KEPT}


def _same_conversation(one: Request, other: Request) -> None:
    assert conversation(json.loads(one.body)) == conversation(json.loads(other.body))


def conversation(body: dict[str, Any]) -> dict[str, Any]:
    """A request without the words of our prompts: those may be mended when no server is at hand.

    What is compared is the protocol: all other fields, every further message, the names and arguments of the tools.
    """
    messages = [m | {"content": _BLANK} if m.get("role") == "system" else m for m in body.get("messages", [])]
    return body | {"messages": messages, "tools": [_undescribed(tool) for tool in body.get("tools", [])]}


def _undescribed(held: Any) -> Any:
    if isinstance(held, dict):
        return {name: _undescribed(value) for name, value in held.items() if not (name == "description" and isinstance(value, str))}
    return [_undescribed(value) for value in held] if isinstance(held, list) else held
