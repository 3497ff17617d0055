"""Which model sits in the loop: from the settings to a loop, with the built-in analyst behind any other model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline.settings import Settings
from meterline.trace import Tracer

if TYPE_CHECKING:
    from meterline.loop import Loop


def model_name(settings: Settings) -> str:
    """The model that answers under these settings: `offline` or `openai:<name>`."""
    from meterline.models import chosen_model

    key = settings.openai_api_key
    return chosen_model(settings.model, default=settings.openai_model, api_key=key.get_secret_value() if key else None)


def model_state(settings: Settings, loop: Loop | None) -> dict[str, Any]:
    """For `health`: the model that answers, the setting it comes from, and whether it is left alone after failures."""
    resting = loop is not None and loop.breaker.resting
    return {"model": model_name(settings), "model_setting": settings.model, "model_status": "resting" if resting else "ok"}


def make_loop(settings: Settings, examples: tuple[Path, ...], tracer: Tracer) -> Loop:
    """The loop for all turns of a desk.

    Raises:
        UserError: the model's name, address, key or price table cannot be used.
    """
    from meterline.briefs.chat import draft_brief
    from meterline.loop import Loop
    from meterline.models import BUILT_IN, make_model
    from meterline.models.prices import price_of
    from meterline.offer import OFFERED, situation
    from meterline.prompting import load_prompt
    from meterline_tools.kit import TOOLS

    prompt, seconds = load_prompt("answer"), settings.turn_seconds
    analyst = make_model(BUILT_IN, examples=examples)
    built_in = Loop(analyst, BUILT_IN, TOOLS | {"draft_brief": draft_brief}, prompt, tracer=tracer, seconds=seconds)
    name = model_name(settings)
    if name == BUILT_IN:
        return built_in
    key = settings.openai_api_key
    model = make_model(
        name,
        base_url=settings.openai_base_url,
        api_key=key.get_secret_value() if key else None,
        api=settings.api,
        timeout=settings.timeout,
    )
    return Loop(
        model,
        name,
        OFFERED,
        prompt,
        situate=situation,
        fallback=built_in,
        tracer=tracer,
        price=price_of(name, settings.prices),
        seconds=seconds,
    )


def prepare_examples(examples: tuple[Path, ...]) -> None:
    """Computes the vectors of the built-in analyst's examples, once per bank and machine."""
    from meterline.models.offline.understand.examples import load_bank
    from meterline.models.offline.understand.nearness import prepare

    prepare(load_bank(examples, by_meaning=True))
