"""Any OpenAI-compatible endpoint as a chat model: the vendor's own, Azure, vLLM, Ollama, LiteLLM, llama.cpp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline.models.served import ServedModel

TIMEOUT_S = 20.0


def openai_model(
    name: str, *, base_url: str | None = None, api_key: str | None = None, api: str = "auto", timeout: float = TIMEOUT_S
) -> ServedModel:
    """The model called `name` at `base_url`, else at OpenAI.

    Args:
        name: As the server knows it.
        base_url: With its version (…/v1); a query such as api-version=… is sent with every request.
        api_key: Not needed by most servers of one's own.
        api: `chat` or `auto` begins with Chat Completions, `responses` with Responses; either goes over to the other where the
            server offers only that.
        timeout: Seconds to wait for a connection, and for the next piece of a reply.

    Raises:
        UserError: neither a key nor the URL of an own server was given, or the URL is none.
    """
    if not api_key and not base_url:
        raise UserError("METERLINE_MODEL names an OpenAI model, but there is no OPENAI_API_KEY (or OPENAI_BASE_URL of an own server).")
    if base_url and not base_url.startswith(("http://", "https://")):
        raise UserError("OPENAI_BASE_URL must begin with http:// or https://, such as http://127.0.0.1:8000/v1.")
    from meterline.models.habits import Learnt, first_habits
    from meterline.models.served import ServedModel
    from meterline.models.wire import Wire

    wire = Wire(name, base_url=base_url, api_key=api_key, timeout=timeout)
    return ServedModel(wire=wire, learnt=Learnt(first_habits(api, own_server=base_url is not None)))
