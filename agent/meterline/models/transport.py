"""The HTTP client under the vendor's SDK: every wait ends with the turn, and no reply is read without end.

A server that drips one byte a second keeps every read within its time-out; only counting from the turn's beginning stops it.
Redirects are not followed: they would carry the key and the conversation to wherever the server points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2

from meterline.models.problems import Kind, ModelFailed
from meterline_tools.deadline import OutOfTime, time_left

MOST_BYTES = 4_000_000
"""An answer of 8,000 tokens is some 40 kB, as a stream of events some 300 bytes a token."""
_WAITS = ("connect", "read", "write", "pool")


class BoundedClient(httpx2.Client):
    """A client whose replies are short, end in time, and are JSON or a stream of events."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout, follow_redirects=False, headers={"Accept-Encoding": "identity"})
        self._seconds = timeout

    def send(self, request: httpx2.Request, *, stream: bool = False, **how: object) -> httpx2.Response:
        """Sends a request of the SDK.

        Raises:
            ModelFailed: the reply is too long, not JSON, or another address.
            httpx2.HTTPError: what any client raises.
        """
        request.extensions = {**request.extensions, "timeout": dict.fromkeys(_WAITS, _left(self._seconds))}
        response = super().send(request, stream=True, follow_redirects=False)
        if response.is_redirect:
            response.close()
            raise ModelFailed(Kind.REDIRECT, status=response.status_code)
        response.stream = _Bounded(response.stream)
        kind = response.headers.get("content-type", "").lower()
        if stream and response.is_success and "event-stream" in kind:
            return response
        try:
            response.read()
        finally:
            response.close()
        if response.is_success:
            _must_be_json(response, streamed=stream)
        return response


class _Bounded(httpx2.SyncByteStream):
    """A body that ends with the turn, and at MOST_BYTES."""

    def __init__(self, body: object) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        assert isinstance(self._body, httpx2.SyncByteStream)
        for chunk in self._body:
            _left(1.0)
            taken += len(chunk)
            if taken > MOST_BYTES:
                raise ModelFailed(Kind.HUGE)
            yield chunk

    def close(self) -> None:
        if isinstance(self._body, httpx2.SyncByteStream):
            self._body.close()


def _left(at_most: float) -> float:
    try:
        return time_left(at_most)
    except OutOfTime:
        raise ModelFailed(Kind.SLOW) from None


def _must_be_json(response: httpx2.Response, *, streamed: bool) -> None:
    """JSON under any name passes; a page of HTML does not, whatever it calls itself."""
    try:
        held = json.loads(response.content)
    except (ValueError, RecursionError):
        raise ModelFailed(Kind.UNREADABLE, status=response.status_code, detail=response.text[:200]) from None
    if not isinstance(held, dict):
        raise ModelFailed(Kind.UNREADABLE, status=response.status_code)
    if streamed:
        raise ModelFailed(Kind.PLAIN, status=response.status_code)
    response.headers["content-type"] = "application/json"
