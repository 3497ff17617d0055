"""Stand-ins for tests of the loop: a model that plays a script, a small kit, and an OpenAI-compatible server.

The server speaks the real wire protocol over loopback HTTP; what it says is a script, because a real one cannot
be asked to misbehave.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        names=empty,
        notes=None,
        book=ReceiptBook(),
    )


def consumption(bench: Workbench, *, account: str) -> dict[str, Any]:
    """Net consumption of one account.

    Args:
        account: Its name.
    """
    if account != "Orion Foods":
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


Reply = dict[str, Any] | tuple[int, str]
"""A completion, or a status with a raw body."""


@contextmanager
def scripted_server(replies: list[Reply]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An OpenAI-compatible server on loopback: yields its base URL and the requests it got."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append(body)
            reply = replies[min(len(requests), len(replies)) - 1]
            status, text = reply if isinstance(reply, tuple) else (200, json.dumps(reply))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
