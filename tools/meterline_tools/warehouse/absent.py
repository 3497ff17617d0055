"""A quick answer to repeated imports of a package that is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class _Absent:
    """Ends `import NAME` with the error it would end with anyway, without a search of the whole path.

    Asking whether the package is there (importlib.util.find_spec) goes on as always. An entry None in
    sys.modules would be as quick, but pyarrow takes it for the package.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == self._name and sys._getframe(2).f_code.co_name == "_find_and_load_unlocked":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def answer_imports_at_once(name: str) -> None:
    """Make later imports of an absent package fail quickly; nothing happens when it is installed."""
    if name not in sys.modules and find_spec(name) is None:
        sys.meta_path.insert(0, _Absent(name))
