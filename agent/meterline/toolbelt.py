"""The kit as LangChain tools: schemas from signature and docstring, errors as text that says who acts next."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import MeterlineError, ModelMustRetry, Refused, ToolFailed, Unavailable
from meterline_tools.kit.bench import Workbench

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

log = logging.getLogger(__name__)
KitTool = Callable[..., dict[str, Any]]

_KINDS: dict[type[MeterlineError], str] = {
    ModelMustRetry: "mend_arguments",
    Refused: "refused",
    Unavailable: "unavailable",
    ToolFailed: "tool_failed",
}


def error_reply(problem: Exception) -> dict[str, Any]:
    """What a model reads when a tool fails: {"error": {"kind", "text"}}."""
    kind = next((k for t, k in _KINDS.items() if isinstance(problem, t)), "tool_failed")
    return {"error": {"kind": kind, "text": str(problem)}}


def call_tool(tool: KitTool, bench: Workbench, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's reply, or an error reply: a failing tool never breaks a turn."""
    try:
        return tool(bench, **arguments)
    except MeterlineError as problem:
        return error_reply(problem)
    except Exception as problem:  # a defect of ours must end in an honest answer, not in a traceback
        log.exception("tool %s failed", getattr(tool, "__name__", tool))
        return error_reply(ToolFailed(f"The tool failed on our side ({type(problem).__name__}). Say so and answer without it."))


def as_langchain_tool(tool: KitTool) -> BaseTool:
    """A StructuredTool whose schema holds the kit function's arguments; the workbench comes from the turn's context."""
    from langchain_core.tools import StructuredTool
    from langchain_core.tools.base import create_schema_from_function
    from langgraph.runtime import get_runtime

    name = tool.__name__

    def run(**arguments: Any) -> str:
        reply = call_tool(tool, get_runtime(Workbench).context, arguments)
        return json.dumps(reply, ensure_ascii=False, separators=(",", ":"), default=str)

    schema = create_schema_from_function(name, tool, filter_args=["bench"], parse_docstring=True, include_injected=False)
    summary = (inspect.getdoc(tool) or "").split("\n\n")[0].replace("\n", " ")
    return StructuredTool.from_function(func=run, name=name, description=summary, args_schema=schema)
