"""Work that is measured in a process of its own, so that its peak memory is its own: prints one JSON object.

python -m benchmarks.child load FILES HOME | warm HOME
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUESTIONS = Path(__file__).with_name("questions.txt")
ROUNDS = 3


def peak_mb() -> float:
    """Largest resident memory of this process so far, in MB (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def load_files(files: str, home: str) -> dict[str, Any]:
    """Loads a folder without its note index: rows and seconds."""
    from meterline_tools.warehouse.load import load

    started = time.perf_counter()
    report = load(Path(home), [Path(files)])
    return {"rows": report.rows_total, "seconds": time.perf_counter() - started}


def ask_all(home: str) -> dict[str, Any]:
    """Asks every sample question, a few times over in one process: milliseconds of each after the first round."""
    from meterline.answer import Question
    from meterline.desk import Desk
    from meterline.settings import Settings

    questions = QUESTIONS.read_text(encoding="utf-8").splitlines()
    desk = Desk.open(Settings(home=Path(home)))
    took: dict[str, list[float]] = {question: [] for question in questions}
    for _ in range(1 + ROUNDS):
        for question in questions:
            started = time.perf_counter()
            desk.ask(Question(text=question))
            took[question].append((time.perf_counter() - started) * 1000)
    desk.close()
    return {"milliseconds": {question: times[1:] for question, times in took.items()}}


WORK: dict[str, Callable[..., dict[str, Any]]] = {"load": load_files, "warm": ask_all}

if __name__ == "__main__":
    result = WORK[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({**result, "peak_mb": peak_mb()}))
