"""The house rules that a reader would otherwise have to check by eye."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("agent", "tools", "evals")
WRITTEN = {".py", ".yaml", ".md", ".html", ".js", ".css", ".toml"}
MAX_LINES = {"agent": 400, "tools": 400, "evals": 400, "benchmarks": 400, "tests": 500}

DEMO_NAMES = re.compile(
    r"\b(brineway|lindqvist|aoife|byrne|moreau|novak|xiomara|delgado|achebe|zielinski|osei|whitlock|okafor|noor haddad|priya raman"
    r"|northgate|bluefin|halvorsen|sable & finch|steinfurt|ironbark|meridian health|calder clinics|soleil|sol insurance|kestrel"
    r"|delta freight|delta foods|acme|pinecrest|orchid bank|tidewater|quillon|fennick|vantro|corvid|redmoor|harbourline|ostara"
    r"|juniper row|tallgrass|harrow textiles|quarrystone|larkfield|pellworm|tern valley|moorhen"
    r"|ing_conn|ing_stream|cmp_int|cmp_job|cmp_sql|sto_std|sto_arch|net_egress|ai_serve|support_plus)\b",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.}])/(?:root|home|Users|opt)/[\w.]|/wor[k]/|file:///\w|\bpythonhosted\b|\bpypi\.|\bindex-url\b\s*[=:]")


def text_files(*folders: str) -> Iterator[Path]:
    """Files a person wrote, below the given folders of the tree."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.is_file()
                and "__pycache__" not in path.parts
                and path.suffix in {".py", ".yaml", ".md", ".html", ".js", ".css", ".toml", ""}
            ):
                yield path


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def check_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over a tree, in a process of its own (it finds packages by `sys.path`)."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    path = os.pathsep.join(str(tree / room) for room in ROOMS)
    return subprocess.run(
        [sys.executable, "-c", program], cwd=tree, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_run_one_way() -> None:
    result = check_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("tools/meterline_tools/receipts.py", "import meterline_tools.warehouse.schema", "layers"),
        ("tools/meterline_tools/warehouse/schema/base.py", "import meterline_tools.notes", "layers"),
        ("agent/meterline/answer.py", "import meterline.faces", "layers"),
        ("tools/meterline_tools/errors.py", "import openai", "hands"),
        ("tools/meterline_tools/insight/__init__.py", "import sqlalchemy", "insight"),
        ("tools/meterline_tools/demo/__init__.py", "import meterline_tools.kit", "demo"),
        ("agent/meterline/faces/__init__.py", "import meterline.models", "faces"),
        ("agent/meterline/answer.py", "import fastapi", "web"),
    ],
)
def test_a_planted_import_against_the_direction_is_caught(copy_of_the_tree: Path, module: str, line: str, contract: str) -> None:
    planted = copy_of_the_tree / module
    planted.write_text(planted.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    name = next(c["name"] for c in contracts if c["id"] == contract)
    result = check_imports(copy_of_the_tree)
    assert result.returncode == 1
    assert f"{name} BROKEN" in result.stdout


def test_no_module_is_too_long_to_read() -> None:
    long = {
        relative(path): lines
        for folder, most in MAX_LINES.items()
        for path in text_files(folder)
        if path.suffix == ".py" and (lines := len(path.read_text(encoding="utf-8").splitlines())) > most
    }
    assert not long


def test_only_the_settings_and_the_desk_read_the_environment() -> None:
    readers = {relative(path) for path in text_files(*ROOMS) if path.suffix == ".py" and _reads_environment(path)}
    assert readers <= {"agent/meterline/settings.py", "agent/meterline/desk.py"}


def _reads_environment(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and {a.name for a in node.names} & {"environ", "getenv"}:
            return True
    return False


def test_code_and_prompts_know_no_name_of_the_demo_company() -> None:
    """What works for the demo alone would not work for a company that brings its own names."""
    named = [
        f"{relative(path)}: {found.group()}"
        for path in text_files("agent", "tools", "prompts")
        if "meterline_tools/demo/" not in relative(path)
        for found in DEMO_NAMES.finditer(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_the_tree_names_no_machine_and_no_registry() -> None:
    this = Path(__file__).resolve()
    tops = [ROOT / name for name in ("Makefile", "README.md", "pyproject.toml", "requirements.lock", ".ci/run")]
    found = [
        f"{relative(path)}: {hit.group()}"
        for path in [*tops, *text_files(*ROOMS, "prompts", "tests", "benchmarks", "docs")]
        if path != this
        for hit in MACHINE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_lock_pins_every_dependency_by_hash() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][\w.\-]*==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(blocks) > 100
    assert all("--hash=sha256:" in block for block in blocks)
