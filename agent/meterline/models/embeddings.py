"""Embeddings of an OpenAI-compatible endpoint, in place of the packaged model. Only where somebody set it: texts of notes go there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.model import Embedder, ModelMissing

if TYPE_CHECKING:
    from meterline_tools.notes.model import Vectors

_AT_ONCE = 64
_RETRIES = 2


class EndpointEmbedder(Embedder):
    """Text to vectors over the wire, scaled to length one. Raises ModelMissing when the endpoint fails; it never shows the key."""

    dimensions = None

    def __init__(self, model: str, *, base_url: str | None, api_key: str | None, timeout: float) -> None:
        super().__init__()
        self.model_id = model
        self.fingerprint = f"{model}-{hashlib.sha256((base_url or '').encode()).hexdigest()[:12]}"
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._retries = _RETRIES
        self._client: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        vectors = np.asarray(
            [row for at in range(0, len(texts), _AT_ONCE) for row in self._asked(texts[at : at + _AT_ONCE])], dtype=np.float32
        )
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return unit

    def warm(self) -> None:
        """Nothing to open."""

    def _asked(self, texts: Sequence[str]) -> list[list[float]]:
        import openai

        if self._client is None:
            self._client = openai.OpenAI(
                base_url=self._base_url, api_key=self._api_key or "none", timeout=self._timeout, max_retries=self._retries
            )
        try:
            reply = self._client.embeddings.create(model=self.model_id, input=[text or " " for text in texts], encoding_format="float")
            rows = [list(item.embedding) for item in sorted(reply.data, key=lambda item: item.index)]
        except (openai.OpenAIError, AttributeError, TypeError, ValueError) as problem:
            raise ModelMissing(f"the embeddings endpoint failed ({type(problem).__name__})") from None
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1 or not rows[0]:
            raise ModelMissing("the embeddings endpoint gave vectors that do not fit the texts")
        return rows
