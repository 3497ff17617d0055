"""An answer as a stream of events: what is being done, in a word of ours, and at the end the one verified answer or the error.

    event: progress      data: {"step": "query metrics"}
    event: answer        data: the answer contract
    event: error         data: {"error": {"kind", "text"}}

No text of a model leaves before it was checked, so there is nothing of the answer itself to be streamed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi.responses import StreamingResponse

Work = Callable[[Callable[[str], None]], dict[str, Any]]
Failed = Callable[[Exception], dict[str, Any]]
EVENTS = "text/event-stream"
PULSE_S = 15.0
"""A comment so often, lest somebody between us and the reader takes silence for the end."""


def event_stream(work: Work, failed: Failed, limiter: CapacityLimiter) -> StreamingResponse:
    """`work` is done in a thread and told where to report its steps; `failed` puts what it raises into words."""
    return StreamingResponse(_events(work, failed, limiter), media_type=EVENTS, headers={"Cache-Control": "no-store"})


async def _events(work: Work, failed: Failed, limiter: CapacityLimiter) -> AsyncIterator[str]:
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[str, dict[str, Any]]]()

    def put(kind: str, data: dict[str, Any]) -> None:
        with suppress(RuntimeError):  # the service is shutting down, and nobody listens any more
            loop.call_soon_threadsafe(queue.put_nowait, (kind, data))

    def run() -> None:
        try:
            put("answer", work(lambda step: put("progress", {"step": step})))
        except Exception as problem:
            put("error", failed(problem))

    working = asyncio.ensure_future(to_thread.run_sync(run, limiter=limiter))
    try:
        kind = ""
        while kind not in ("answer", "error"):
            try:
                kind, data = await asyncio.wait_for(queue.get(), PULSE_S)
            except TimeoutError:
                yield ": still at it\n\n"
                continue
            yield f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
    finally:
        await asyncio.shield(working)  # a question once begun is answered and put on record, although its reader may have gone
