"""Any OpenAI-compatible endpoint as a chat model: the vendor's own, Azure, vLLM, Ollama, LiteLLM, llama.cpp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TIMEOUT_S = 20.0
RETRIES = 2
"""Two retries make three attempts, and only at this layer."""
ANSWER_TOKENS = 2_000


def openai_model(name: str, *, base_url: str | None = None, api_key: str | None = None) -> BaseChatModel:
    """A ChatOpenAI with our own time-outs instead of the SDK's 600 seconds.

    Raises:
        UserError: neither a key nor the URL of an own server was given.
    """
    if not api_key and not base_url:
        raise UserError("METERLINE_MODEL names an OpenAI model, but there is no OPENAI_API_KEY (or OPENAI_BASE_URL of an own server).")
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),
        timeout=TIMEOUT_S,
        max_retries=RETRIES,
        temperature=0,
        max_completion_tokens=ANSWER_TOKENS,
    )
