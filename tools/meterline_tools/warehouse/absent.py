"""A quick answer to imports that the engine tries over and over: of a package that is not there, or not wanted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_ENGINE = ("duckdb", "meterline_tools.warehouse")
"""Modules that call the engine: what is imported while they do is the engine's own wish."""


class _Absent:
    """Ends `import NAME` with the error of a package that is not there, without a search of the whole path.

    Of an installed package only the engine is kept away (it loads pandas, a second of work, to look at a bound
    parameter); everybody else imports it as always. Asking whether the package is there (importlib.util.find_spec)
    goes on too. An entry None in sys.modules would be as quick, but pyarrow takes it for the package.
    """

    def __init__(self, name: str, *, installed: bool) -> None:
        self._name = name
        self._installed = installed

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == self._name and sys._getframe(2).f_code.co_name == "_find_and_load_unlocked" and (not self._installed or _by_engine()):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def _by_engine() -> bool:
    """Whether the import under way was begun by a call of the engine."""
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("importlib."):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).startswith(_ENGINE)


def answer_imports_at_once(name: str) -> None:
    """Make later imports of a package fail quickly: everybody's when it is absent, the engine's when it is installed."""
    if name not in sys.modules:
        sys.meta_path.insert(0, _Absent(name, installed=find_spec(name) is not None))
