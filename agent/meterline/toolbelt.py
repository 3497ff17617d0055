"""The kit as LangChain tools: schemas from signature and docstring, errors as text that says who acts next."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, create_model, model_validator

from meterline.fetched import KitTool, fetch
from meterline.manners import Running
from meterline_tools.errors import MeterlineError, ModelMustRetry, Refused, ToolFailed, Unavailable
from meterline_tools.kit.bench import Workbench

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool, StructuredTool

log = logging.getLogger(__name__)

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
        return fetch(tool, bench, arguments)
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


class _Arguments(BaseModel):
    """Arguments as models write them: null for what is left out, and one word where a list is due."""

    @model_validator(mode="before")
    @classmethod
    def _lenient(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            name: _as_asked(cls.model_fields[name].annotation, value) if name in cls.model_fields else value
            for name, value in given.items()
            if value is not None
        }


def _as_asked(annotation: Any, value: Any) -> Any:
    """The value, or a list of it, where the annotation wants lists."""
    kinds = [kind for kind in (annotation, *get_args(annotation)) if get_origin(kind) in (list, dict)]
    if not kinds:
        return value
    if get_origin(kinds[0]) is list:
        return [value] if isinstance(value, str) and value else value or []
    if not isinstance(value, dict):
        return value or {}
    return {name: [held] if isinstance(held, str) else held for name, held in value.items()}


def arguments_model(tool: KitTool) -> type[BaseModel]:
    """What a call is checked against: every argument of the kit function but the workbench."""
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
    return create_model(tool.__name__, __base__=_Arguments, **fields)


def shown_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The schema a model reads, without what it need not know: titles, defaults, null beside a type, shapes of objects.

    Each word of it is paid for on every call, and every call is checked against the arguments' model anyway.
    """
    whole = arguments.model_json_schema()
    shown: dict[str, Any] = {
        "type": "object",
        "properties": {name: _shown_property(held) for name, held in whole.get("properties", {}).items()},
    }
    return shown | ({"required": whole["required"]} if whole.get("required") else {})


def _shown_property(held: dict[str, Any]) -> dict[str, Any]:
    typed = next((kind for kind in held.get("anyOf", ()) if kind.get("type") != "null"), held)
    shown: dict[str, Any] = {"type": typed.get("type", "string")}
    if "enum" in typed:
        shown["enum"] = [value for value in typed["enum"] if value != ""]
    if shown["type"] == "array":
        shown["items"] = {"type": typed.get("items", {}).get("type", "string")}
    return shown | ({"description": held["description"]} if held.get("description") else {})


@cache
def _tool_class() -> type[StructuredTool]:
    from langchain_core.tools import StructuredTool

    class KitStructuredTool(StructuredTool):
        """Checks calls against the whole model of arguments, and shows models the short schema."""

        @property
        def tool_call_schema(self) -> dict[str, Any]:
            assert isinstance(self.args_schema, type) and issubclass(self.args_schema, BaseModel)
            return shown_schema(self.args_schema)

    return KitStructuredTool


def as_langchain_tool(tool: KitTool) -> BaseTool:
    """A StructuredTool whose schema holds the kit function's arguments; the workbench comes from the turn's context."""
    from langgraph.runtime import get_runtime

    def run(**arguments: Any) -> str:
        reply = call_tool(tool, get_runtime(Running).context.bench, arguments)
        return json.dumps(reply, ensure_ascii=False, separators=(",", ":"), default=str)

    summary = (inspect.getdoc(tool) or "").split("\n\n")[0].replace("\n", " ")
    return _tool_class().from_function(func=run, name=tool.__name__, description=summary, args_schema=arguments_model(tool))
