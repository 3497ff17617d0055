"""What a question costs with a language model: calls, prompt tokens at turn 1 and turn 8, CPU; and the same of two SQL agents.

python -m benchmarks.tokens HOME FILES: Meterline's workspace and the files it was loaded from. A server on loopback plays a
model with a plausible plan for each question and counts what it is sent. The others are installed into a virtual environment
that is thrown away (rivals/requirements.txt); where that fails, their rows are left out and a line says so.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from tests.agent.scripted import Reply, completion, scripted_server
from tests.tokens import count_tokens

RIVALS = Path(__file__).with_name("rivals")
VOCABULARY = "llama-index-core==0.14.25"
"""Carries the vocabulary of o200k_base, which the tokenizer's own package would download."""
NAMES = {"meterline": "Meterline", "langchain": "LangChain SQL agent", "vanna": "Vanna"}
Plan = dict[str, Any]
Call = tuple[str, dict[str, Any]]


def replies_of(system: str, plan: Plan, known: set[str]) -> list[dict[str, Any]]:
    """What the model says to one question, call by call. `known` are the tables whose columns the conversation has seen already."""
    new = [table for table in plan["tables"] if table not in known]
    if system == "meterline":
        return [_calls(tuple(plan["meterline"])), completion(json.dumps(plan["draft"]))]
    query, said = plan["sql"], completion(plan["says"])
    if system == "langchain":
        steps = [] if known else [_calls(("sql_db_list_tables", {"tool_input": ""}))]
        steps += [_calls(("sql_db_schema", {"table_names": ", ".join(new)}))] if new else []
        check = [_calls(("sql_db_query_checker", {"query": query})), completion(query)]  # the checker asks the model itself
        return [*steps, *check, _calls(("sql_db_query", {"query": query})), said]
    listed = ", ".join(f"'{table}'" for table in new)
    columns = f"SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name IN ({listed})"
    saved = {"question": plan["question"], "tool_name": "run_sql", "args": {"sql": query}}
    steps = [_calls(("search_saved_correct_tool_uses", {"question": plan["question"]}))]
    steps += [_calls(("run_sql", {"sql": columns}))] if new else []
    return [*steps, _calls(("run_sql", {"sql": query})), _calls(("save_question_tool_args", saved)), said]


def _calls(*calls: Call) -> dict[str, Any]:
    return completion(calls=[(name, json.dumps(arguments)) for name, arguments in calls])


def script(system: str, plans: list[Plan]) -> dict[str, list[dict[str, Any]]]:
    """Label of a question -> the replies to it."""
    played = {f"alone/{plan['id']}": replies_of(system, plan, set()) for plan in plans if not plan.get("follow_up")}
    known: set[str] = set()
    for plan in plans:
        played[f"conversation/{plan['id']}"] = replies_of(system, plan, known)
        known |= set(plan["tables"])
    return played


@dataclass
class Counted:
    """Prompt tokens of each call, by question."""

    calls: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, prefix: str) -> list[list[int]]:
        return [tokens for label, tokens in self.calls.items() if label.startswith(prefix) and not label.endswith("/warm")]


@contextmanager
def model_server(played: dict[str, list[dict[str, Any]]], count: Callable[[str], int]) -> Iterator[tuple[str, Counted]]:
    """An OpenAI-compatible server on loopback that plays `played` and counts; yields its address."""
    counted, now = Counted(), [""]

    def play(path: str, body: dict[str, Any]) -> Reply:
        if "label" in body:
            now[0] = body["label"]
            return 200, "{}"
        counted.calls[now[0]].append(tokens_of(body, count))
        replies = played[now[0].removesuffix("/warm")]
        return replies[min(len(counted.calls[now[0]]), len(replies)) - 1]

    with scripted_server(play) as (address, _):
        yield address, counted


def tokens_of(request: dict[str, Any], count: Callable[[str], int]) -> int:
    """Tokens of a request: texts, calls, and the tools' schemas as they stand in the JSON."""
    total = count(json.dumps(request["tools"], separators=(",", ":"), ensure_ascii=False)) if request.get("tools") else 0
    for message in request["messages"]:
        content = message.get("content") or ""
        total += 4 + count(content if isinstance(content, str) else json.dumps(content))
        for call in message.get("tool_calls") or []:
            total += 8 + count(call["function"]["name"]) + count(call["function"]["arguments"])
    return total


def install(folder: Path) -> Path | None:
    """The interpreter of a throw-away environment with the others in it; None where they cannot be installed."""
    uv = Path(sys.executable).with_name("uv")
    python = folder / "bin" / "python"
    steps = (
        ["venv", "--quiet", str(folder)],
        ["pip", "install", "--quiet", "--python", str(python), "-r", str(RIVALS / "requirements.txt")],
        ["pip", "install", "--quiet", "--no-deps", "--python", str(python), VOCABULARY],
    )
    for step in steps:
        try:
            done = subprocess.run([str(uv), *step], capture_output=True, text=True, check=False, timeout=900)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode:
            print(done.stderr.strip()[-400:], file=sys.stderr)
            return None
    return python


def tokenizer(folder: Path | None) -> tuple[str, Callable[[str], int]]:
    """o200k_base where its vocabulary is at hand, else the estimate that the tests use."""
    held = next(folder.glob("lib/*/site-packages/llama_index/core/_static/tiktoken_cache"), None) if folder else None
    if held is None:
        return "estimated tokens", count_tokens
    os.environ["TIKTOKEN_CACHE_DIR"] = str(held)
    import tiktoken

    encoding = tiktoken.get_encoding("o200k_base")
    return "o200k_base tokens", lambda text: len(encoding.encode(text, disallowed_special=()))


def database(files: Path, target: Path) -> Path:
    """The company's tables as they were written, in a plain DuckDB file."""
    import duckdb

    with duckdb.connect(str(target)) as connection:
        for path in sorted(files.iterdir()):
            if path.suffix in (".csv", ".parquet", ".jsonl"):
                connection.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM '{path}'")
    return target


def measure(system: str, python: Path, data: Path, plans: list[Plan], count: Callable[[str], int], folder: Path) -> list[str]:
    """One row of the table."""
    given = folder / "plans.json"
    given.write_text(json.dumps(plans), encoding="utf-8")
    with model_server(script(system, plans), count) as (address, counted):
        command = [str(python), str(RIVALS / "run.py"), system, address, str(data), str(given)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        return [NAMES[system], f"failed: {done.stderr.strip()[-120:]}", "", "", "", ""]
    alone, turns = counted.of("alone/"), counted.of("conversation/")
    cpu = statistics.mean(json.loads(done.stdout.splitlines()[-1])["cpu_s"])
    calls = [len(question) for question in alone]
    costs = [sum(question) for question in alone]
    return [
        NAMES[system],
        f"{min(calls)}" if min(calls) == max(calls) else f"{min(calls)} to {max(calls)}",
        f"{min(costs):,} to {max(costs):,}",
        f"{sum(turns[0]):,}",
        f"{sum(turns[-1]):,}",
        f"{cpu:.2f} s",
    ]


def main(home: str, files: str) -> None:
    plans: list[Plan] = yaml.safe_load((RIVALS / "plans.yaml").read_text(encoding="utf-8"))
    console = Console(highlight=False, width=100)
    with tempfile.TemporaryDirectory(prefix="meterline-tokens-") as name:
        folder = Path(name)
        others = install(folder / "rivals")
        unit, count = tokenizer(folder / "rivals" if others else None)
        rows = [measure("meterline", Path(sys.executable), Path(home).resolve(), plans, count, folder)]
        if others:
            plain = database(Path(files), folder / "company.duckdb")
            rows += [measure(system, others, plain, plans, count, folder) for system in ("langchain", "vanna")]
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("With a language model", "Calls", "Prompt a question", "Turn 1", "Turn 8", "CPU a question"):
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)
    console.print(f"Prompts in {unit}, all calls of a question together, schemas of tools as they stand in the JSON.")
    if not others:
        console.print("The SQL agents could not be installed here: their rows are left out.")


if __name__ == "__main__":
    main(*sys.argv[1:])
