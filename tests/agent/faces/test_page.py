"""The page's own code, run outside a browser where node is at hand: what a reader sees of an answer, and of its steps."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meterline.answer import Answer
from meterline.faces.api import PAGE
from tests.agent.test_ungoverned import answered

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node to run the page's code")


def on_page(work: str, given: Any) -> dict[str, Any]:
    command = [str(NODE), str(Path(__file__).with_name("page.js")), str(PAGE), work]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    held: dict[str, Any] = json.loads(done.stdout)
    return held


def seen(answer: Answer) -> str:
    return " ".join(on_page("draw", answer.model_dump(mode="json", by_alias=True))["text"].split())


def test_the_page_says_that_a_figure_is_ungoverned_beside_the_statement_it_comes_from(ember_home: Path) -> None:
    text = seen(answered(ember_home, "Lumen Ovens runs [[F1]] workloads."))
    assert "Lumen Ovens runs 2 [1] workloads." in text
    assert "[1] workloads · ungoverned · receipt R1" in text
    assert "no metric of the catalogue stands behind them" in text
    assert "R1: run_sql, 1 rows" in text
    assert "count(DISTINCT" in text.replace("COUNT", "count")


def test_what_is_withheld_assumed_or_missing_stands_on_the_page(answer: Answer) -> None:
    text = seen(answer)
    assert "It will last. (no figure proves it)" in text
    assert "assumed to start in January" in text
    assert "no quota loaded" in text
    assert "built-in analyst, no language model" in text


def events(*told: tuple[str, Any]) -> bytes:
    return b": hello\n\n" + "".join(f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n" for kind, data in told).encode()


def in_pieces(stream: bytes, size: int) -> dict[str, Any]:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return on_page("events", {"pieces": [base64.b64encode(piece).decode() for piece in pieces]})


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_is_read_however_it_is_cut(size: int) -> None:
    stream = events(
        ("progress", {"step": "thinking"}), ("progress", {"step": "query metrics"}), ("answer", {"headline": "Zürich: €3k\n\nup"})
    )
    assert in_pieces(stream, size) == {"steps": ["thinking", "query metrics"], "answer": {"headline": "Zürich: €3k\n\nup"}}


def test_an_error_and_a_broken_stream_are_told() -> None:
    failed = events(("error", {"error": {"kind": "unavailable", "text": "The model is down."}}))
    assert in_pieces(failed, 9)["problem"] == "The model is down."
    broken = events(("progress", {"step": "thinking"}))
    assert in_pieces(broken, 9)["problem"] == "The connection broke off. Ask again."
