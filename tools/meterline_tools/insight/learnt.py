"""What sayings teach: which cause a sentence's vector speaks of, or that it speaks of none.

A kernel ridge regression over the vectors of all sayings (C. Saunders, A. Gammerman, V. Vovk, "Ridge Regression Learning
Algorithm in Dual Variables", 1998), each class weighed alike. The vectors and weights of the shipped sayings come with the package
(sayings.npz, written by `make sayings`), for to embed them takes longer than anybody waits for an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Vectors]

Sayings = Mapping[str, Sequence[str]]
NOTHING = "nothing"
SHARPNESS = 4.0
"""Of the kernel: greater values listen to the nearest sayings alone."""
SMOOTHING = 0.3
SILENCE = 2.0
"""How much more than a cause `nothing` weighs: most of what is said in a note names no cause."""
SHIPPED = Path(__file__).with_name("sayings.npz")
_STEPS = 127


@dataclass(frozen=True)
class Learnt:
    """`names` of the causes, `nothing` last; `vectors` of n sayings, n × d of length one; `weights`, n × causes."""

    names: Sequence[str]
    vectors: Vectors
    weights: Vectors

    def scores(self, asked: Vectors) -> Vectors:
        """How much each row speaks of each of `names`: about 1 for a saying of its own, about 0 for one of another."""
        import numpy as np

        found: Vectors = np.exp(SHARPNESS * (asked @ self.vectors.T - 1.0)) @ self.weights
        return found


def learn(sayings: Sayings, embed: Embed, model: str = "") -> Learnt:
    """From sayings by cause. `model` says whose vectors `embed` makes: of the sayings that ship with vectors of that model none is
    embedded, and where they are all there is, nothing is computed."""
    names = [*sorted(sayings.keys() - {NOTHING}), NOTHING]
    texts = [text for name in names for text in sayings.get(name, ())]
    brought = _brought(model)
    if brought is not None and brought.digest == digest(sayings):
        return Learnt(names, brought.of(texts), brought.weights)
    vectors = _vectors(texts, embed, brought)
    return Learnt(names, vectors, _weights(sayings, names, vectors))


def write(path: Path, sayings: Sayings, embed: Embed, model: str) -> None:
    """The file that `learn` reads: what a model makes of the sayings, in steps of 1/127 of each vector's largest part."""
    import numpy as np

    names = [*sorted(sayings.keys() - {NOTHING}), NOTHING]
    texts = [text for name in names for text in sayings.get(name, ())]
    vectors = embed(texts)
    scales = np.abs(vectors).max(axis=1, keepdims=True) / _STEPS
    steps = np.rint(vectors / scales).astype(np.int8)
    weights = _weights(sayings, names, _unit(steps * scales))
    keys = np.array([_key(text) for text in texts], dtype=np.uint64)
    np.savez_compressed(
        path,
        model=np.array(model),
        digest=np.array(digest(sayings)),
        keys=keys,
        steps=steps,
        scales=scales.astype(np.float32),
        weights=weights,
    )


def digest(sayings: Sayings) -> str:
    """Changes with any saying, any cause and their order."""
    told = "\n".join(f"{name}\t{text}" for name in sorted(sayings) for text in sayings[name])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class _Brought:
    digest: str
    rows: Mapping[int, int]
    vectors: Vectors
    weights: Vectors

    def of(self, texts: Sequence[str]) -> Vectors:
        return self.vectors[[self.rows[_key(text)] for text in texts]]


@lru_cache(maxsize=2)
def _brought(model: str) -> _Brought | None:
    """The file's content; None where it was made with another model or cannot be read: then sayings are embedded as they come."""
    import numpy as np

    try:
        with np.load(SHIPPED) as file:
            if str(file["model"]) != model:
                return None
            vectors = _unit(file["steps"] * file["scales"])
            rows = {int(key): row for row, key in enumerate(file["keys"])}
            return _Brought(str(file["digest"]), rows, vectors, file["weights"])
    except (OSError, ValueError, KeyError):
        return None


def _vectors(texts: Sequence[str], embed: Embed, brought: _Brought | None) -> Vectors:
    import numpy as np

    known = brought.rows if brought else {}
    fresh = [text for text in texts if _key(text) not in known]
    new = dict(zip(fresh, embed(fresh), strict=True)) if fresh else {}
    return np.array([new[text] if text in new else brought.vectors[known[_key(text)]] for text in texts], dtype=np.float32)  # type: ignore[union-attr]


def _weights(sayings: Sayings, names: Sequence[str], vectors: Vectors) -> Vectors:
    import numpy as np

    owner = np.array([row for row, name in enumerate(names) for _ in sayings.get(name, ())])
    counts = np.bincount(owner, minlength=len(names))
    share = 1.0 / counts[owner] * np.where(owner == len(names) - 1, SILENCE, 1.0)
    root = np.sqrt(share / share.mean())[:, None].astype(np.float32)
    kernel = np.exp(SHARPNESS * (vectors @ vectors.T - 1.0)) * root * root.T
    targets = np.eye(len(names), dtype=np.float32)[owner] * root
    found: Vectors = (np.linalg.solve(kernel + SMOOTHING * np.eye(len(owner), dtype=np.float32), targets) * root).astype(np.float32)
    return found


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    found: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
