"""One exchange with a served model: LangChain's ChatOpenAI over our own client, its failures told apart.

The SDK's own time-outs (600 s) and retries are off; how often and how long to try is decided in one place, above.
"""

from __future__ import annotations

import json
import logging
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import httpx2
import openai
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from meterline.models.habits import Habits
from meterline.models.problems import Kind, ModelFailed
from meterline.models.transport import BoundedClient
from meterline.render import clean

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

log = logging.getLogger(__name__)
OPENAI = "https://api.openai.com/v1"
_BY_STATUS = {401: Kind.KEY, 403: Kind.NOT_ALLOWED, 404: Kind.UNKNOWN, 408: Kind.SLOW, 429: Kind.BUSY}
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")
_TOO_MUCH = ("context_length_exceeded", "maximum context length", "context window", "prompt is too long")


class Wire:
    """The connection to one model of one server."""

    def __init__(self, model: str, *, base_url: str | None, api_key: str | None, timeout: float) -> None:
        self.model = model
        address = httpx2.URL(base_url or OPENAI)
        self._query = dict(address.params)
        self._base_url = str(address.copy_with(query=None))
        self._key = api_key or "none"
        self._timeout = timeout
        self._lock = threading.Lock()
        self._clients: dict[Habits, ChatOpenAI] = {}
        self._http = BoundedClient(timeout)
        self.close = weakref.finalize(self, self._http.close)
        """Hangs up; done at the latest when nobody holds the connection any more."""

    def exchange(
        self, messages: Sequence[BaseMessage], habits: Habits, tools: Sequence[dict[str, Any] | BaseTool] = (), **more: Any
    ) -> AIMessage:
        """The model's reply as it came, complete.

        Args:
            messages: The conversation.
            habits: How the server wants to be asked.
            tools: Offered in the API's own way.
            more: Further fields of the request (`tool_choice`, `response_format`).

        Raises:
            ModelFailed: whatever went wrong; every failure of SDK, client and LangChain ends as one.
        """
        client = self._client(habits)
        extra = {"extra_body": {**_limit(habits), **({"response_format": f} if (f := more.pop("response_format", None)) else {})}}
        given = {**extra, **more, **({"tools": list(tools)} if tools else {})}
        try:
            return _streamed(client, messages, given) if habits.stream else client.invoke(list(messages), **given)
        except Exception as problem:
            self._tell(problem)

    def _client(self, habits: Habits) -> ChatOpenAI:
        with self._lock:
            if habits not in self._clients:
                # Azure's older addresses carry the version as a query and read the key from a header of their own.
                headers = {"api-key": self._key} if "api-version" in self._query else None
                self._clients[habits] = ChatOpenAI(
                    model=self.model,
                    base_url=self._base_url,
                    api_key=SecretStr(self._key),
                    default_query=self._query or None,
                    default_headers=headers,
                    http_client=self._http,
                    timeout=self._timeout,
                    max_retries=0,
                    temperature=0 if habits.temperature else None,
                    use_responses_api=habits.api == "responses",
                    stream_usage=habits.count_stream,
                    store=False if habits.api == "responses" else None,
                )
            return self._clients[habits]

    def _tell(self, problem: Exception) -> NoReturn:
        """Raises what the problem means; the server's words go to the log, cleaned and without the key."""
        failed = problem if isinstance(problem, ModelFailed) else _meaning(problem)
        said = clean(failed.detail.replace(self._key, "[key]"))[:300]
        log.info("%s: %s %s %s", self.model, failed.kind.name, failed.status or type(problem).__name__, said)
        raise failed from None


def _limit(habits: Habits) -> dict[str, Any]:
    return {"max_output_tokens" if habits.api == "responses" else habits.limit_name: habits.limit}


def _streamed(client: ChatOpenAI, messages: Sequence[BaseMessage], given: dict[str, Any]) -> AIMessage:
    """The whole of a stream as one message.

    Raises:
        ModelFailed: it ended without saying that it was at its end.
    """
    whole: AIMessageChunk | None = None
    for chunk in client.stream(list(messages), **given):
        if isinstance(chunk, AIMessageChunk):
            whole = chunk if whole is None else whole + chunk
    if whole is None or not (whole.response_metadata.get("finish_reason") or whole.response_metadata.get("status")):
        raise ModelFailed(Kind.CUT_OFF)
    calls, unread = [], []
    for piece in whole.tool_call_chunks:  # LangChain mends what is cut off in the middle; half an argument is none
        name, text = piece["name"] or "", piece["args"] or "{}"
        arguments = _object(text)
        if arguments is None:
            unread.append(invalid_tool_call(name=name, args=text))
        else:
            calls.append(tool_call(name=name, args=arguments, id=piece["id"]))
    return AIMessage(
        whole.content,
        tool_calls=calls,
        invalid_tool_calls=unread,
        additional_kwargs=whole.additional_kwargs,
        response_metadata=whole.response_metadata,
        usage_metadata=whole.usage_metadata,
    )


def _object(text: str) -> dict[str, Any] | None:
    try:
        held = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) else None


def _meaning(problem: Exception) -> ModelFailed:
    if isinstance(problem, openai.APIStatusError):
        return _by_status(problem)
    if isinstance(problem, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelFailed(Kind.SLOW)
    if isinstance(problem, openai.APIConnectionError):
        causes = list(_causes(problem))
        broke = any(isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError) for cause in causes)
        return ModelFailed(Kind.CUT_OFF if broke else Kind.UNREACHABLE, detail=str(causes[-1]))
    if isinstance(problem, httpx2.HTTPError | httpx2.StreamError):
        return ModelFailed(Kind.CUT_OFF, detail=str(problem))
    if isinstance(problem, openai.APIError):  # an error told inside a stream that began well
        return ModelFailed(Kind.BROKEN, detail=str(problem.message))
    return ModelFailed(Kind.UNREADABLE, detail=f"{type(problem).__name__}: {problem}")


def _causes(problem: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = problem
    while at is not None:
        yield at
        at = at.__cause__


def _by_status(problem: openai.APIStatusError) -> ModelFailed:
    status, said = problem.status_code, problem.response.text[:2_000]
    kind = _BY_STATUS.get(status, Kind.BROKEN if status >= 500 else Kind.REQUEST)
    lowered = said.lower()
    if status in (402, 429) and any(word in lowered for word in _NO_CREDIT):
        kind = Kind.CREDIT
    elif status == 400 and "content_filter" in lowered:
        kind = Kind.FILTERED
    elif status in (400, 413) and any(word in lowered for word in _TOO_MUCH):
        kind = Kind.TOO_MUCH
    return ModelFailed(kind, status=status, detail=said, retry_after=_retry_after(problem.response.headers))


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds to wait as the server wishes: `Retry-After` as a number or a date, or the millisecond form."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        given = headers.get("retry-after", "")
        return max(0.0, float(given)) if given else None
    except ValueError:
        try:
            return max(0.0, (parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return None
