"""The service: `POST /v1/ask` returns the answer contract, or a stream of events to who accepts one; `/v1/pins` keeps questions,
`GET /healthz` tells what works, `GET /` is a page.

For this machine only: whoever reaches it asks as the local admin. So requests must name a loopback host (which
stops pages that rebind their own name to 127.0.0.1) and must not come from another site's page.
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator
from starlette.exceptions import HTTPException

from meterline.answer import MAX_QUESTION_CHARS, Answer, Question
from meterline.charts.draw import fitted, svg
from meterline.desk import Desk
from meterline.faces.events import EVENTS, event_stream
from meterline.faces.loopback import LoopbackOnly
from meterline.pins import MAX_NAME, PinRun
from meterline_tools.errors import MeterlineError, Refused, Unavailable, UserError

log = logging.getLogger(__name__)
UNFORESEEN = "Something went wrong inside Meterline. The server's log has the details."
PAGE = Path(__file__).parent / "page"
_PAGE_FILES = {
    "": ("index.html", "text/html"),
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "pins.js": ("pins.js", "text/javascript"),
}
_KINDS: dict[type[MeterlineError], tuple[int, str]] = {
    UserError: (400, "user_error"),
    Refused: (403, "refused"),
    Unavailable: (503, "unavailable"),
}


class AskRequest(BaseModel):
    """A question over HTTP. No identity: that comes from the credential, and on loopback there is only one."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]
    thread_id: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w.-]+$")] | None = None
    as_of: datetime | None = None

    @field_validator("as_of")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None and value.tzinfo else value


class PinRequest(BaseModel):
    """A question to keep under a name: its text, or the thread whose last question it is."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
    question: Annotated[str, StringConstraints(max_length=MAX_QUESTION_CHARS)] = ""
    thread_id: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w.-]+$")] | None = None


def error(status: int, kind: str, text: str) -> JSONResponse:
    """The one shape of all errors."""
    return JSONResponse({"error": {"kind": kind, "text": text}}, status_code=status)


def create_app(desk: Desk) -> FastAPI:
    """The application around one desk. Answers are worked out in threads, at most two to a core; more wait."""
    app = FastAPI(title="Meterline", docs_url=None, redoc_url=None)
    app.add_middleware(LoopbackOnly)
    limiter = CapacityLimiter(2 * (os.cpu_count() or 1))

    @app.post("/v1/ask", response_model=Answer)
    async def ask(request: AskRequest, accept: Annotated[str, Header()] = "") -> Response:
        question = Question(text=request.question, thread_id=request.thread_id, as_of=request.as_of)
        if EVENTS in accept:
            return event_stream(lambda tell: desk.ask(question, progress=tell).model_dump(mode="json", by_alias=True), _as_event, limiter)
        answer = await to_thread.run_sync(desk.ask, question, limiter=limiter)
        return JSONResponse(answer.model_dump(mode="json", by_alias=True))

    @app.get("/v1/threads/{thread_id}/charts/{chart_id}.svg")
    async def chart(thread_id: str, chart_id: str, width: Annotated[int, Query(ge=200, le=1200)] = 640, dark: bool = False) -> Response:
        text = await to_thread.run_sync(partial(_drawn, desk, thread_id, chart_id, width, dark), limiter=limiter)
        return Response(text, media_type="image/svg+xml")

    @app.get("/v1/coffee", response_model=Answer)
    async def coffee() -> Response:
        answer = await to_thread.run_sync(desk.coffee, limiter=limiter)
        return JSONResponse(answer.model_dump(mode="json", by_alias=True))

    @app.get("/v1/review/{rep}", response_model=Answer)
    async def review(rep: str, window: str = "") -> Response:
        answer = await to_thread.run_sync(desk.review, rep, window, limiter=limiter)
        return JSONResponse(answer.model_dump(mode="json", by_alias=True))

    @app.get("/v1/pins")
    async def pins() -> list[dict[str, Any]]:
        kept = await to_thread.run_sync(desk.pinned, limiter=limiter)
        return [p.model_dump(mode="json", exclude={"state"}) for p in kept]

    @app.post("/v1/pins", status_code=201)
    async def pin(request: PinRequest) -> dict[str, Any]:
        kept = await to_thread.run_sync(partial(desk.pin, request.name, request.question, thread_id=request.thread_id), limiter=limiter)
        return kept.model_dump(mode="json", exclude={"state"})

    @app.post("/v1/pins/{name}/run", response_model=PinRun)
    async def run_pin(name: str) -> Response:
        done = await to_thread.run_sync(desk.run_pin, name, limiter=limiter)
        return JSONResponse(done.model_dump(mode="json", by_alias=True))

    @app.delete("/v1/pins/{name}", status_code=204)
    async def unpin(name: str) -> None:
        await to_thread.run_sync(desk.unpin, name, limiter=limiter)

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        return await to_thread.run_sync(desk.health, limiter=limiter)

    for name, (file, media_type) in _PAGE_FILES.items():
        app.add_api_route(f"/{name}", _page_file(file, media_type), include_in_schema=False)
    _answer_errors(app)
    return app


def _drawn(desk: Desk, thread_id: str, chart_id: str, width: int, dark: bool) -> str:
    """A chart of one of a thread's answers, as SVG for a page of this width."""
    chart = desk.chart(thread_id, chart_id)
    if chart is None:
        raise HTTPException(404, "There is no such chart")
    return svg(fitted(chart, width, dark=dark))


def _page_file(file: str, media_type: str) -> Any:
    content = (PAGE / file).read_bytes()

    async def serve() -> Response:
        return Response(content, media_type=media_type)

    return serve


def _answer_errors(app: FastAPI) -> None:
    """Every error leaves as {error: {kind, text}}; what we did not foresee tells nothing of its inside."""

    @app.exception_handler(MeterlineError)
    async def meterline(_: Request, problem: MeterlineError) -> Response:
        return error(*_told(problem))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, problem: RequestValidationError) -> Response:
        return error(422, "invalid", _validation_text(problem))

    @app.exception_handler(HTTPException)
    async def http(_: Request, problem: HTTPException) -> Response:
        return error(problem.status_code, "http", f"{problem.detail}. There are GET /, GET /healthz, POST /v1/ask and /v1/pins.")

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, __: Exception) -> Response:
        return error(500, "internal", UNFORESEEN)


def _told(problem: MeterlineError) -> tuple[int, str, str]:
    status, kind = next((answer for known, answer in _KINDS.items() if isinstance(problem, known)), (400, "user_error"))
    return status, kind, str(problem)


def _as_event(problem: Exception) -> dict[str, Any]:
    """The same in a stream, whose status has long been sent."""
    if isinstance(problem, MeterlineError):
        _, kind, text = _told(problem)
        return {"error": {"kind": kind, "text": text}}
    log.error("a question failed", exc_info=problem)
    return {"error": {"kind": "internal", "text": UNFORESEEN}}


def _validation_text(problem: RequestValidationError) -> str:
    first = problem.errors()[0]
    where = str(first["loc"][-1]) if len(first["loc"]) > 1 else "the body"
    if where == "question" and first["type"] == "string_too_long":
        return f"The question is too long: {MAX_QUESTION_CHARS:,} characters are the most."
    if where == "question" and first["type"] in ("string_too_short", "missing"):
        return 'There is no question. Send {"question": "..."}.'
    if first["type"] == "extra_forbidden":
        return f"'{where}' is not part of a question. There are question, thread_id and as_of."
    return f"{where}: {first['msg']}."
