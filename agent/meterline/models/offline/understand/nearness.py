"""Nearness in meaning of a question to the examples, by the sentence model that note search uses.

The vectors of the bank are computed once and kept in the user's cache folder under a name made of their content, so
that a changed bank or model makes a new file and nothing is ever stale. A company's own examples are few and are
kept in a file of their own. Without the model there are no neighbours, and questions are read by their words alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from meterline.models.offline.understand.examples import Example, ExampleBank
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.words import Said
from meterline_tools.notes.model import ModelMissing, shared_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Half = NDArray[np.float16]
    Reals = NDArray[np.float32]

_log = logging.getLogger(__name__)
_PRODUCTS = frozenset({"sku", "sku_family"})
_STAND_INS = {
    "account": "Initech",
    "rep": "John",
    "manager": "John",
    "period": "last month",
    "product": "Widget",
    **dict.fromkeys(SLICE_KINDS - _PRODUCTS, "Asia"),
    "slice": "Asia",
    **dict.fromkeys(_PRODUCTS, "Widget"),
    "number": "100",
}
"""What stands for a name in a sentence: a sentence model reads plain words better than signs."""
_PLACE = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Neighbour:
    """An example and its cosine to the question."""

    example: Example
    near: float


def neighbours(tokens: Said, bank: ExampleBank, count: int) -> tuple[Neighbour, ...]:
    """The nearest examples, nearest first; none where the sentence model cannot be run."""
    text = _plainly(tokens)
    try:
        return _nearest(text, bank, count) if text else ()
    except ModelMissing as problem:
        _log.info("questions are read by their words alone: %s", problem)
        return ()


def vector_of(tokens: Said) -> Reals:
    """The vector of a question, of length one. Raises ModelMissing."""
    return _vector(_plainly(tokens))


def vectors(bank: ExampleBank) -> Reals:
    """The vectors of the bank's examples, one row an example. Raises ModelMissing."""
    import numpy as np

    found: Reals = _vectors(bank).astype(np.float32)
    return found


def prepare(bank: ExampleBank) -> None:
    """Computes the vectors of the examples now, so that no question waits for them."""
    with suppress(ModelMissing):
        _vectors(bank)


def _plainly(tokens: Said) -> str:
    """The question with plain words for its names."""
    return " ".join(t.norm if t.kind == "word" else _STAND_INS.get(t.kind, t.kind) for t in tokens)


@lru_cache(maxsize=256)
def _vector(text: str) -> Reals:
    found: Reals = shared_embedder().embed([text])[0]
    return found


@lru_cache(maxsize=256)
def _nearest(text: str, bank: ExampleBank, count: int) -> tuple[Neighbour, ...]:
    import numpy as np

    every = bank.every
    near = vectors(bank) @ _vector(text)
    best = np.argsort(-near, kind="stable")[:count]
    return tuple(Neighbour(every[i], float(near[i])) for i in best)


@lru_cache(maxsize=4)
def _vectors(bank: ExampleBank) -> Half:
    """One row an example."""
    import numpy as np

    built_in = len(bank.examples) + len(bank.wordings)
    texts = [_PLACE.sub(lambda m: _STAND_INS.get(m[1], m[1]), e.question) for e in bank.every]
    parts = [_kept(part) for part in (texts[:built_in], texts[built_in:]) if part]
    return np.concatenate(parts)


def _kept(texts: Sequence[str]) -> Half:
    """The vectors of these texts, from the cache or computed and put there."""
    embedder = shared_embedder()
    return kept("examples", "\n".join(texts), lambda: embedder.embed(texts), (len(texts), embedder.dimensions or 0))


def kept(kind: str, content: str, make: Callable[[], Reals], shape: tuple[int, int]) -> Half:
    """What `make` gives for this content with the sentence model at hand, from the cache or computed and put there."""
    import numpy as np

    name = hashlib.sha256("\n".join([shared_embedder().fingerprint, content]).encode()).hexdigest()[:24]
    path = _folder() / f"{kind}-{name}.npy"
    with suppress(OSError, ValueError):
        found: Half = np.load(path, allow_pickle=False)
        if found.shape == shape and found.dtype == np.float16:
            return found
    fresh = make().astype(np.float16)
    with suppress(OSError):  # what cannot be kept is computed again by the next process
        _keep(path, fresh)
    return fresh


def _keep(path: Path, vectors: Half) -> None:
    """Writes the file whole or not at all."""
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _folder() -> Path:
    return Path.home() / ".cache" / "meterline"
