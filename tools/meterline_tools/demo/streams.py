"""Named random streams: every piece of the company draws from its own, so pieces can come and go."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """`streams.of("signal", "A007-W2")` gives the same generator for the same seed and name, always."""

    seed: int

    def of(self, *name: object) -> np.random.Generator:
        digest = hashlib.blake2b("/".join(map(str, name)).encode(), digest_size=16).digest()
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, int.from_bytes(digest, "little")])))
