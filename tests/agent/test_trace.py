"""Spans of a turn: off by default, in the names of the GenAI conventions, and without a word of anybody's data."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from meterline.loop import Loop
from meterline.prompting import load_prompt
from meterline.trace import NoTracer, OtelTracer, make_tracer
from meterline_tools.errors import Unavailable, UserError
from tests.agent.scripted import KIT, ScriptedModel, call, draft, make_bench


@pytest.fixture
def kept() -> tuple[OtelTracer, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OtelTracer(provider), exporter


def run(tracer: OtelTracer, *script: Any) -> None:
    model = ScriptedModel(script=list(script))
    Loop(model, "openai:small", KIT, load_prompt("answer"), tracer=tracer).run("What did Orion burn?", make_bench(), {})


def test_a_turn_has_a_span_for_each_call_of_model_and_tool(kept: tuple[OtelTracer, InMemorySpanExporter]) -> None:
    tracer, exporter = kept
    run(tracer, call("consumption", account="Orion Foods"), draft("Orion Foods consumed [[F1]]."))
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["chat small", "execute_tool consumption", "chat small"]
    attributes = [dict(span.attributes or {}) for span in spans]
    assert attributes[0]["gen_ai.operation.name"] == "chat"
    assert (attributes[0]["gen_ai.provider.name"], attributes[0]["gen_ai.request.model"]) == ("openai", "small")
    assert attributes[1]["gen_ai.tool.name"] == "consumption"
    assert "Orion" not in str(attributes)


def test_the_name_of_a_tool_that_is_not_there_is_content(kept: tuple[OtelTracer, InMemorySpanExporter]) -> None:
    tracer, exporter = kept
    run(tracer, call("tell_Orion_Foods_their_bill"), draft("There is no such tool."))
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["chat small", "execute_tool unknown", "chat small"]
    assert "Orion" not in "".join(str(span.to_json()) for span in spans)


def test_a_failure_is_told_by_its_kind_without_its_text(kept: tuple[OtelTracer, InMemorySpanExporter]) -> None:
    tracer, exporter = kept
    with pytest.raises(Unavailable):
        run(tracer, ValueError("secret of a customer"))
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {})["error.type"] == "ValueError"
    assert not span.events
    assert "secret" not in str(span.to_json())


def test_without_the_setting_nothing_is_traced_and_nothing_imported() -> None:
    assert isinstance(make_tracer(""), NoTracer)
    code = "import sys, meterline.trace as t; t.make_tracer(''); sys.exit(any(m.startswith('opentelemetry') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_console_takes_spans_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    tracer = make_tracer("console")
    with tracer.span("invoke_agent meterline", gen_ai__operation__name="invoke_agent"):
        pass
    tracer.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert '"gen_ai.operation.name": "invoke_agent"' in err


def test_another_place_is_told_to_be_no_place() -> None:
    with pytest.raises(UserError, match="console"):
        make_tracer("file.txt")
