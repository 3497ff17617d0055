"""Every knob, in one typed class. The environment is read here and nowhere else."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from meterline_tools.errors import UserError

PREFIX = "METERLINE_"
_VENDOR_VARIABLES = {"openai_base_url": "OPENAI_BASE_URL", "openai_api_key": "OPENAI_API_KEY", "openai_model": "OPENAI_MODEL"}
"""Settings that keep the name their vendor's own tools read."""


class Settings(BaseModel):
    """What a person may set. `METERLINE_HOME` sets `home`, and so on; a command-line option wins.

    A plain model and a dozen lines of reading: the settings library costs 0.16 s of every start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path(".meterline")
    """The workspace: the loaded warehouse, the notes index, conversations."""

    model: str = Field(default="offline", pattern=r"^(offline|auto|openai:\S+)$")
    """`offline` is the built-in analyst, `openai:<name>` any OpenAI-compatible model, `auto` the one of OPENAI_MODEL where there
    is an OPENAI_API_KEY, else the built-in analyst. A key that happens to be there is no consent to send data: so not the default."""

    api: Literal["auto", "chat", "responses"] = "auto"
    """Where to begin: with Chat Completions (`auto`, `chat`) or Responses; what the server lacks gives way to the other."""

    timeout: float = Field(default=20.0, gt=0, le=600)
    """Seconds to wait for a connection to a model, and for the next piece of its reply."""

    turn_seconds: float = Field(default=60.0, gt=0, le=3_600)
    """The wall clock of a whole question: model, tools and statements end by it."""

    prices: Path | None = None
    """A company's own prices of models (YAML), read on top of the published ones."""

    trace: str = Field(default="", pattern=r"^(|console|https?://\S+)$")
    """Where OpenTelemetry spans go: nowhere, `console`, or the address of an OTLP collector (gRPC)."""

    examples: str | None = None
    """A company's own verified questions: YAML files or folders, joined as in PATH; else HOME/examples.yaml if it is there."""

    embeddings: str = Field(default="local", pattern=r"^(local|openai:\S+)$")
    """What notes are embedded with: the packaged model, or `openai:<name>`, which sends their text to the endpoint."""

    embeddings_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """The endpoint of `embeddings`, where it is not the one of OPENAI_BASE_URL."""

    chroma_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """A Chroma server for the vectors of notes; none: files of the workspace."""

    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    openai_model: str = Field(default="gpt-5-mini", pattern=r"^\S+$")
    """The model that `auto` takes."""


_EXPECTED = {
    "home": "a folder",
    "model": "offline, auto or openai:<name>",
    "api": "auto, chat or responses",
    "timeout": "a number of seconds",
    "turn_seconds": "a number of seconds",
    "prices": "a file",
    "trace": "console or the address of a collector, such as http://127.0.0.1:4317",
    "examples": "files or folders of examples",
    "embeddings": "local or openai:<name>",
    "embeddings_url": "an address such as http://127.0.0.1:8000/v1",
    "chroma_url": "an address such as http://127.0.0.1:8000",
    "openai_base_url": "an address",
    "openai_api_key": "a key",
    "openai_model": "the name of a model",
}


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from the environment; an override that is not None wins, an empty variable counts as not set.

    Raises:
        UserError: a value that does not fit, or a METERLINE_ variable that does not exist (a misspelt
            setting must not pass in silence).
    """
    source = os.environ if environ is None else environ
    known = {variable(field): field for field in Settings.model_fields}
    for name in source:
        if name.startswith(PREFIX) and name not in known:
            raise UserError(f"{name} is not a setting of Meterline.{_hint(name, list(known))}")
    values: dict[str, Any] = {field: source[name] for name, field in known.items() if source.get(name)}
    values |= {field: value for field, value in overrides.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise UserError(f"{variable(field)} is '{values[field]}', but must be {_EXPECTED[field]}.") from None


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return _VENDOR_VARIABLES.get(field, PREFIX + field.upper())


def _hint(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {nearest[0]}?" if nearest else f" There are: {', '.join(sorted(known))}."
