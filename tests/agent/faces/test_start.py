"""Starting: what is put off stays within reach, and what nobody asks for stays out."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from meterline.faces.cli.start import put_off


@pytest.fixture
def bulky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that says on import that it was executed, with a module that can do without it."""
    (tmp_path / "bulky").mkdir()
    (tmp_path / "bulky" / "__init__.py").write_text("from bulky.part import LIGHT\nHEAVY = LIGHT * 1000\n")
    (tmp_path / "bulky" / "part.py").write_text("LIGHT = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("bulky", "bulky.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "bulky"


def test_a_module_of_a_package_that_was_put_off_is_imported_without_the_package(bulky: str) -> None:
    put_off(bulky)
    assert importlib.import_module("bulky.part").LIGHT == 1
    assert "HEAVY" not in vars(sys.modules[bulky])


def test_the_package_is_executed_when_somebody_asks_for_something_in_it(bulky: str) -> None:
    put_off(bulky)
    package = importlib.import_module(bulky)
    assert package.HEAVY == 1000
    with pytest.raises(AttributeError):
        _ = package.NOTHING


def test_what_is_imported_already_or_not_installed_is_left_alone(bulky: str) -> None:
    package = importlib.import_module(bulky)
    put_off(bulky)
    assert sys.modules[bulky] is package
    put_off("no_such_package.at_all")
    assert "no_such_package.at_all" not in sys.modules


def test_a_question_from_the_command_line_starts_without_what_it_does_not_need(small_company_home: Path) -> None:
    program = (
        "import sys\nfrom meterline.faces.cli import main\n"
        f"main(['ask', 'How much did we use in May 2026?', '--home', {str(small_company_home)!r}])\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.split("LOADED")[1].split()
    assert "langchain.agents" in loaded
    assert sum(name.startswith("langsmith.types") for name in loaded) < 10
    assert not {"fastapi", "uvicorn", "openai", "langchain_openai", "chromadb", "onnxruntime", "pyarrow", "jinja2"} & set(loaded)
