"""One index of the invented companies' notes, built once with the real model; copies of it for tests that break things."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.model import DIMENSIONS, Embedder
from tests.tools.notes.corpus import ROWS, provider


class LetterEmbedder(Embedder):
    """A stand-in for the model that costs nothing: a text's vector depends on its words alone. Counts what it embeds."""

    fingerprint = "letters"

    def __init__(self) -> None:
        super().__init__()
        self.embedded = 0

    def warm(self) -> None:
        """Nothing to open."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIMENSIONS] += 1
        unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> NoteStore:
    """Search over the corpus with the packaged model. Read it, never write."""
    built = NoteStore(tmp_path_factory.mktemp("notes"), provider(), snapshot="corpus")
    assert built.ensure().state == "rebuilt"
    return built


@pytest.fixture(scope="session")
def _cheap_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cheap")
    cheap_index(home)
    return home


def cheap_index(home: Path) -> None:
    NoteStore(home, provider(ROWS), snapshot="corpus", embedder=LetterEmbedder()).ensure()


@pytest.fixture
def home(_cheap_home: Path, tmp_path: Path) -> Path:
    """A workspace of its own with a finished index (by the cheap embedder), to damage at will."""
    shutil.copytree(_cheap_home, tmp_path / "home")
    return tmp_path / "home"
