"""Work that is measured in a process of its own, so that its peak memory is its own: prints one JSON object.

python -m benchmarks.child load FILES HOME | sample FILES OUT | warm HOME SAMPLE
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterline.desk import Desk
    from meterline_evals.company import CompanyFiles

ROUNDS = 2
"""The first one opens what a question needs, the second one counts as warm."""


def peak_mb() -> float:
    """Largest resident memory of this process so far, in MB (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def load_files(files: str, home: str) -> dict[str, Any]:
    """Loads a folder without its note index: rows and seconds."""
    from meterline_tools.warehouse.load import load

    started = time.perf_counter()
    report = load(Path(home), [Path(files)])
    return {"rows": report.rows_total, "seconds": time.perf_counter() - started}


def draw_sample(files: str, out: str) -> dict[str, Any]:
    """Writes every evaluation question that fits the company, with its asker and the question it follows."""
    from meterline_evals.binding import bound_all
    from meterline_evals.company import CompanyFiles
    from meterline_evals.model import load_tasks

    company = CompanyFiles(Path(files))
    sample = [
        {"id": t.id, "intent": t.intent, "question": t.question, "after": t.after, "asker": _asker(company, t.asker)}
        for t in bound_all(load_tasks(), company)
    ]
    Path(out).write_text(json.dumps(sample), encoding="utf-8")
    return {"questions": len(sample)}


def _asker(company: CompanyFiles, name: str | None) -> str | None:
    return str(company.one("SELECT rep_id FROM rep WHERE full_name = $name", name=name)) if name else None


def ask_all(home: str, sample: str) -> dict[str, Any]:
    """Asks every question of a sample, round by round in one process: wall clock and CPU milliseconds of each."""
    from meterline.desk import Desk
    from meterline.settings import Settings

    questions = json.loads(Path(sample).read_text(encoding="utf-8"))
    desk = Desk.open(Settings(home=Path(home), model="offline"))
    rounds = []
    for _ in range(ROUNDS):
        threads: dict[str, str] = {}
        rounds.append([asked for each in questions if (asked := _ask(desk, each, threads))])
    desk.close()
    return {"rounds": rounds}


def _ask(desk: Desk, each: dict[str, Any], threads: dict[str, str]) -> dict[str, Any] | None:
    """What one question took; None where it was refused, as those take next to nothing."""
    from meterline.answer import Question
    from meterline_tools.errors import Refused

    wall, cpu = time.perf_counter(), time.process_time()
    try:
        answer = desk.ask(Question(text=each["question"], thread_id=threads.get(each["after"] or ""), asker=each["asker"]))
    except Refused:
        return None
    took = {"ms": (time.perf_counter() - wall) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}
    threads[each["id"]] = answer.thread_id
    return {"intent": each["intent"], "question": each["question"], **took}


WORK: dict[str, Callable[..., dict[str, Any]]] = {"load": load_files, "sample": draw_sample, "warm": ask_all}

if __name__ == "__main__":
    result = WORK[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({**result, "peak_mb": peak_mb()}))
