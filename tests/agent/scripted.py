"""Stand-ins for tests of the loop: a model that plays a script, a small kit, and an OpenAI-compatible server.

The server speaks the real wire protocol over loopback HTTP; what it says is a script, because a real one cannot
be asked to misbehave.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.receipts import Entity, ReceiptBook, Window

WINDOW = Window(start=date(2026, 7, 17), end=date(2026, 8, 15))


def make_bench() -> Workbench:
    """A workbench with a clock and a book; the kit below needs no warehouse."""
    asof = SimpleNamespace(d1=date(2026, 8, 15), today=date(2026, 8, 18), local_today=date(2026, 8, 18), known_at=datetime(2026, 8, 18, 12))
    empty = cast(Any, None)
    return Workbench(
        principal=LOCAL_ADMIN,
        warehouse=empty,
        asof=cast(Any, asof),
        calendar=empty,
        catalog=empty,
        views=empty,
        names=cast(Any, SimpleNamespace(find=lambda *_: [])),
        notes=None,
        book=ReceiptBook(),
    )


def consumption(bench: Workbench, *, account: str) -> dict[str, Any]:
    """Net consumption of one account.

    Args:
        account: Its name.
    """
    if account not in ("Orion Foods", "Vega Mills"):
        raise ModelMustRetry(f"Unknown account '{account}'. Nearest: Orion Foods.")
    receipt = bench.book.add_receipt("metric", "consumption", ["account", "usd"], [["A1", 1187340.0]], arguments={"account": account})
    entity = Entity(type="account", id="A1", name=account)
    figure = bench.book.add_figure(receipt, "Net consumption", 1187340.0, "USD", metric="M01", window=WINDOW, entity=entity)
    return {"figure": figure.id, "display": figure.display}


def broken(bench: Workbench) -> dict[str, Any]:
    """A tool with a defect."""
    raise ZeroDivisionError("secret detail")


KIT: dict[str, Callable[..., dict[str, Any]]] = {"consumption": consumption, "broken": broken}


def draft(text: str, **more: Any) -> str:
    return json.dumps({"answer_type": "ANSWER", "headline": {"text": text}, **more})


def call(name: str, ident: str = "c1", **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": ident}])


class ScriptedModel(BaseChatModel):
    """Says the given messages one after another and keeps what it was shown."""

    script: list[Any]
    seen: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> ScriptedModel:
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        said = self.script[len(self.seen)]
        self.seen.append(list(messages))
        if isinstance(said, Exception):
            raise said
        message = said if isinstance(said, AIMessage) else AIMessage(said)
        return ChatResult(generations=[ChatGeneration(message=message)])


def completion(content: str | None = None, calls: list[tuple[str, str]] | None = None, finish: str | None = None) -> dict[str, Any]:
    """A chat completion as an OpenAI-compatible server sends it. `calls` are (tool name, arguments as JSON text)."""
    tool_calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(calls or [])
    ]
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tool_calls:
        message["tool_calls"] = tool_calls
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": finish or ("tool_calls" if tool_calls else "stop")}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def events(said: dict[str, Any], *, finish: bool = True, done: bool = True) -> str:
    """A completion as the stream of events that a server sends for it; text and arguments come in two pieces."""
    choice = said["choices"][0]
    message = choice["message"]
    text = message.get("content") or ""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": piece} for piece in (text[:7], text[7:]) if piece]
    for n, made in enumerate(message.get("tool_calls", [])):
        arguments = made["function"]["arguments"]
        deltas.append({"tool_calls": [{**made, "index": n, "function": {**made["function"], "arguments": arguments[:5]}}]})
        deltas.append({"tool_calls": [{"index": n, "function": {"arguments": arguments[5:]}}]})
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if finish:
        chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
        chunks.append({**head, "choices": [], "usage": said["usage"]})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + ("data: [DONE]\n\n" if done else "")


@dataclass(frozen=True)
class Play:
    """A reply down to its bytes, and how they arrive."""

    body: str = ""
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    """Seconds between one byte and the next."""
    drip_head_s: float = 0.0
    """The same for the bytes of the head."""
    stall_after: int | None = None
    """After so many bytes of the body nothing more comes."""
    reset_after: int | None = None
    """After so many bytes of the body the connection is reset."""

    @property
    def head(self) -> bytes:
        # The server hangs up after each reply and says so: a client that pooled the connection would find it gone.
        given = {"Content-Type": self.kind, "Content-Length": str(len(self.body.encode())), "Connection": "close", **self.headers}
        return f"HTTP/1.1 {self.status} X\r\n{''.join(f'{k}: {v}' + chr(13) + chr(10) for k, v in given.items())}\r\n".encode()


Reply = dict[str, Any] | tuple[int, str] | Play
"""A completion (as events to who asks for a stream), a status with a raw body, or the bytes."""
Script = Callable[[str, dict[str, Any]], Reply]
"""A server with a mind of its own: path and request in, reply out."""


def as_play(reply: Reply, *, stream: bool) -> Play:
    if isinstance(reply, Play):
        return reply
    if isinstance(reply, tuple):
        return Play(reply[1], reply[0])
    return Play(events(reply), kind="text/event-stream") if stream else Play(json.dumps(reply))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script
    over: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = as_play(type(self).script(self.path, body), stream=bool(body.get("stream")))
        self.close_connection = True
        with suppress(OSError):  # the client may have left
            self._send(reply.head, reply.drip_head_s)
            sent = reply.body.encode()
            cut = next((n for n in (reply.stall_after, reply.reset_after) if n is not None), len(sent))
            self._send(sent[:cut], reply.drip_s)
            if reply.stall_after is not None:
                self.over.wait(30)
            if reply.reset_after is not None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

    def _send(self, data: bytes, drip_s: float) -> None:
        pieces = [data] if not drip_s else [data[n : n + 1] for n in range(len(data))]
        for piece in pieces:
            if drip_s and self.over.wait(drip_s):
                return
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reset connection is part of the play."""


@contextmanager
def scripted_server(replies: list[Reply] | Script) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An OpenAI-compatible server on loopback: yields its base URL and the requests it got.

    Replies come in order, the last one from then on; only Chat Completions is offered, unless a script says otherwise.
    """
    requests: list[dict[str, Any]] = []

    def in_order(path: str, body: dict[str, Any]) -> Reply:
        assert not callable(replies)
        if not path.startswith("/v1/chat/completions"):
            return 404, '{"detail": "Not Found"}'
        requests.append(body)
        return replies[min(len(requests), len(replies)) - 1]

    def by_script(path: str, body: dict[str, Any]) -> Reply:
        assert callable(replies)
        requests.append(body)
        return replies(path, body)

    over = threading.Event()
    handler = type("Handler", (_Handler,), {"script": staticmethod(by_script if callable(replies) else in_order), "over": over})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", requests
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
