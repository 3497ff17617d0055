"""Public test collections that lie beside the tree: where they are, their scorers, and the tables of the engines on them.

    python -m benchmarks.packs [NAME...]

NAME is one of retrieval, forecast, detect, surges, localise; without any, all of them. Every table says what others reach and
what it took in CPU seconds. A collection that is not there is named and left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "bench"
NAMES = ("retrieval", "forecast", "detect", "surges", "localise")


def scorer(path: Path) -> ModuleType:
    """A pack's own scorer, a Python file, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        sys.exit(f"{path.parent} has no {path.name}: it is no pack of this kind.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table_of(name: str, folder: Path = FOLDER) -> str:
    """What `python -m benchmarks.NAME` prints for its pack, or that there is none."""
    if not (folder / name).is_dir():
        return f"No {name} pack in {folder.parent.name}/{folder.name} beside the tree: its table is left out."
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", str(folder / name)], capture_output=True, text=True, check=False)
    return done.stdout.rstrip() if not done.returncode else f"benchmarks.{name} failed:\n{done.stderr.rstrip()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"no collection is named {unknown[0]}; there are {', '.join(NAMES)}")
    for name in names:
        print(f"{table_of(name)}\n")


if __name__ == "__main__":
    main()
