"""What makes a start quicker. A question on the command line is mostly start: a second and a half of imports."""

from __future__ import annotations

import gc
import importlib.util
import sys
from types import ModuleType
from typing import Any

SELDOM_USED = "langsmith.types"
"""150 modules of API models that LangChain's tracing client imports and only calls to its service use."""


def tune() -> None:
    """To be called once, before anything heavy is imported."""
    # A start makes many objects that live until the end; looking among them for garbage again and again is lost time.
    gc.set_threshold(50_000, 20, 50)
    put_off(SELDOM_USED)


def put_off(package: str) -> None:
    """Has a package executed only when somebody asks for one of its attributes; its modules stay importable.

    `importlib.util.LazyLoader` would not do: it executes a package as soon as one of its modules is imported.
    """
    if package in sys.modules:
        return
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return
    if spec is None or spec.loader is None:
        return
    loader, module = spec.loader, importlib.util.module_from_spec(spec)

    def execute(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, name)

    module.__dict__["__getattr__"] = execute
    sys.modules[package] = module
    _bind(package, module)


def _bind(package: str, module: ModuleType) -> None:
    """As an import would have done: the package is an attribute of its parent."""
    parent, _, name = package.rpartition(".")
    if parent:
        setattr(sys.modules[parent], name, module)
