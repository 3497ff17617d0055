"""The kit as LangChain tools: schemas from signature and docstring, errors as text that says who acts next."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from meterline.manners import Running
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


def argument_descriptions(tool: KitTool) -> dict[str, str]:
    """Argument name -> its words in the docstring's Args section; continued lines are joined."""
    _, _, section = (inspect.getdoc(tool) or "").partition("Args:\n")
    described: dict[str, str] = {}
    name = ""
    for line in section.split("\n\n")[0].splitlines():
        head, colon, words = line.strip().partition(": ")
        if colon and line.startswith("    ") and not line.startswith("     ") and head.isidentifier():
            name, described[head] = head, words
        elif name:
            described[name] += f" {line.strip()}"
    return described


def arguments_model(tool: KitTool) -> type[BaseModel]:
    """The schema a model sees: every argument of the kit function but the workbench."""
    # Kit modules import the workbench for type checkers only, so its name is given here.
    hints = get_type_hints(tool, localns={"Workbench": Workbench}, include_extras=True)
    described = argument_descriptions(tool)
    fields: dict[str, Any] = {
        name: (
            hints[name],
            Field(... if parameter.default is inspect.Parameter.empty else parameter.default, description=described.get(name)),
        )
        for name, parameter in inspect.signature(tool).parameters.items()
        if name != "bench"
    }
    return create_model(tool.__name__, **fields)


def as_langchain_tool(tool: KitTool) -> BaseTool:
    """A StructuredTool whose schema holds the kit function's arguments; the workbench comes from the turn's context."""
    from langchain_core.tools import StructuredTool
    from langgraph.runtime import get_runtime

    def run(**arguments: Any) -> str:
        reply = call_tool(tool, get_runtime(Running).context.bench, arguments)
        return json.dumps(reply, ensure_ascii=False, separators=(",", ":"), default=str)

    summary = (inspect.getdoc(tool) or "").split("\n\n")[0].replace("\n", " ")
    return StructuredTool.from_function(func=run, name=tool.__name__, description=summary, args_schema=arguments_model(tool))
