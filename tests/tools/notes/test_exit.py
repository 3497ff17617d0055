"""A process that ends while the embedding model is still opening ends cleanly."""

from __future__ import annotations

import subprocess
import sys


def test_a_process_may_end_while_the_model_opens() -> None:
    program = "from meterline_tools.notes.model import Embedder; Embedder().warm()"
    ended = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=False) for _ in range(3)]
    assert [(e.returncode, e.stderr) for e in ended] == [(0, b"")] * 3
