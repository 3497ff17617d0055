"""Spans of a turn for OpenTelemetry, in the names of its GenAI conventions; off unless METERLINE_TRACE says where they go.

    invoke_agent meterline                one turn of a conversation
      chat <model>                        one call of a model, with its tokens
      execute_tool <tool>                 one call of a tool

Content stays out: questions, arguments, rows and answers are in the audit, which has an owner and a lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from langchain.agents.middleware import AgentMiddleware
    from opentelemetry.trace import Tracer as SdkTracer

Value = str | int | float | bool


class Span(Protocol):
    """Something that takes attributes while it is open."""

    def set(self, **attributes: Value | None) -> None: ...


class Tracer(Protocol):
    """Opens spans. Attribute names are written with double underscores for dots: `gen_ai__tool__name`."""

    @contextmanager
    def span(self, name: str, **attributes: Value | None) -> Iterator[Span]:
        yield _Silent()

    def close(self) -> None: ...


class _Silent:
    def set(self, **attributes: Value | None) -> None:
        """Nobody listens."""


class NoTracer:
    """The tracer of those who have not asked for one: costs nothing and imports nothing."""

    @contextmanager
    def span(self, name: str, **attributes: Value | None) -> Iterator[Span]:
        yield _Silent()

    def close(self) -> None:
        """There is nothing to flush."""


class _Recorded:
    def __init__(self, span: Any) -> None:
        self._span = span

    def set(self, **attributes: Value | None) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name.replace("__", "."), value)


class OtelTracer:
    """Spans through the OpenTelemetry SDK."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer: SdkTracer = provider.get_tracer("meterline")

    @contextmanager
    def span(self, name: str, **attributes: Value | None) -> Iterator[Span]:
        """An error that leaves the block is recorded on the span by its type, without its text."""
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
            recorded = _Recorded(span)
            recorded.set(**attributes)
            try:
                yield recorded
            except BaseException as problem:
                recorded.set(error__type=type(problem).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def close(self) -> None:
        self._provider.shutdown()


def make_tracer(where: str) -> Tracer:
    """The tracer of a setting: empty (off), `console`, or the address of an OTLP collector over gRPC.

    Raises:
        UserError: anything else.
    """
    if not where:
        return NoTracer()
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

    provider = TracerProvider(resource=_resource())
    if where == "console":
        import sys

        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    elif where.startswith(("http://", "https://")):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=where, insecure=where.startswith("http://"), timeout=5)))
    else:
        raise UserError(f"METERLINE_TRACE is '{where}'. Use 'console', or the address of an OTLP collector such as http://127.0.0.1:4317.")
    return OtelTracer(provider)


def traced_calls(tracer: Tracer, model: str, tools: Collection[str]) -> AgentMiddleware[Any, Any, Any]:
    """Agent middleware that opens a span around each call of a model and of a tool. A tool that is not there goes unnamed:
    what a model makes up is content."""
    from langchain.agents.middleware import AgentMiddleware

    class TracedCalls(AgentMiddleware[Any, Any, Any]):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            vendor, _, name = model.partition(":")
            about: dict[str, Value] = {"gen_ai__operation__name": "chat", "gen_ai__request__model": name or model}
            about["gen_ai__provider__name"] = vendor
            with tracer.span(f"chat {name or model}", **about) as span:
                response = handler(request)
                said = response.result[-1]
                counted = getattr(said, "usage_metadata", None) or {}
                span.set(
                    gen_ai__usage__input_tokens=counted.get("input_tokens"),
                    gen_ai__usage__output_tokens=counted.get("output_tokens"),
                    gen_ai__response__finish_reasons=getattr(said, "response_metadata", {}).get("finish_reason"),
                )
                return response

        def wrap_tool_call(self, request: Any, handler: Any) -> Any:
            name = called if (called := request.tool_call["name"]) in tools else "unknown"
            with tracer.span(f"execute_tool {name}", gen_ai__operation__name="execute_tool", gen_ai__tool__name=name) as span:
                reply = handler(request)
                span.set(meterline__tool__reply_chars=len(str(getattr(reply, "content", ""))))
                return reply

    return TracedCalls()


def _resource() -> Any:
    from opentelemetry.sdk.resources import Resource

    return Resource.create({"service.name": "meterline"})
