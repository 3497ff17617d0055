"""Models that can sit in the loop: the built-in analyst (no key needed) and any OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel

BUILT_IN = "offline"
AUTO = "auto"


def chosen_model(setting: str, *, default: str, api_key: str | None) -> str:
    """The model that a setting means: `auto` is the default model where there is a key, else the built-in analyst."""
    if setting != AUTO:
        return setting
    return f"openai:{default}" if api_key else BUILT_IN


def make_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    examples: tuple[Path, ...] = (),
    api: str = "auto",
    timeout: float = 20.0,
) -> BaseChatModel:
    """The chat model called `offline` or `openai:<name>`; the rest as `openai_model` has it.

    Raises:
        UserError: any other name, or `openai:` without a key and without a base URL of an own server.
    """
    if name == BUILT_IN:
        from meterline.models.offline.model import BuiltInAnalyst

        return BuiltInAnalyst(example_files=examples)
    vendor, _, model = name.partition(":")
    if vendor == "openai" and model:
        from meterline.models.openai import openai_model

        return openai_model(model, base_url=base_url, api_key=api_key, api=api, timeout=timeout)
    raise UserError(f"METERLINE_MODEL is '{name}'. Use 'offline' (the built-in analyst), 'auto' or 'openai:<model name>'.")
