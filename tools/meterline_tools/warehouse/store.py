"""Where a workspace keeps its snapshots, and how one replaces another.

    HOME/warehouse/<id>.duckdb    immutable snapshots; the current one and the one before it are kept
    HOME/warehouse/CURRENT        JSON pointer {"snapshot": id, "previous": id|null}, swapped by os.replace
    HOME/warehouse/LOCK           held by the one process that loads
    HOME/rejects/<load>/          rejected rows, one file per source file

A reader opens what CURRENT names and is never disturbed: files are written under another name,
flushed to disk, and only then named by the pointer. Whatever dies before that leaves no trace but
a file that the next load sweeps away.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meterline_tools.errors import UserError

NOTHING_LOADED = "No company is loaded yet. Run `meterline demo` or `meterline load PATH`."
BUSY = "Another load is running on this workspace. Wait until it has ended, then load again."
_STAGING = ".staging-"
_SWAP = ".CURRENT-"


class Store:
    """The warehouse folder of one workspace."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "warehouse"
        self.pointer = self.folder / "CURRENT"

    def path_of(self, snapshot_id: str) -> Path:
        return self.folder / f"{snapshot_id}.duckdb"

    def current(self) -> str | None:
        """Id of the published snapshot, or None before the first load."""
        return self._pointed().get("snapshot")

    def current_path(self) -> Path:
        """Path of the published snapshot; UserError when there is none."""
        snapshot = self.current()
        if snapshot is None:
            raise UserError(NOTHING_LOADED)
        path = self.path_of(snapshot)
        if not path.exists():
            raise UserError(f"The snapshot {snapshot} is missing from {self.folder}. Load the company again with `meterline load PATH`.")
        return path

    def rejects_folder(self, load: int) -> Path:
        """Where the rejected rows of a load are kept."""
        return self.home / "rejects" / f"load-{load:04d}"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder to build the next snapshot in; gone afterwards. Only the holder of the lock may call it."""
        self.sweep()
        folder = self.folder / f"{_STAGING}{os.getpid()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, staged: Path, snapshot_id: str) -> None:
        """Make a finished snapshot the current one: flush, rename, swap the pointer, sweep older ones."""
        previous = self.current()
        flush(staged)
        staged.replace(self.path_of(snapshot_id))
        flush(self.folder)
        swap = self.folder / f"{_SWAP}{os.getpid()}"
        swap.write_text(json.dumps({"snapshot": snapshot_id, "previous": previous}) + "\n", encoding="utf-8")
        flush(swap)
        swap.replace(self.pointer)
        flush(self.folder)
        self.sweep()

    def sweep(self) -> None:
        """Remove what no pointer names. Only the holder of the lock may call it."""
        pointed = self._pointed()
        keep = {f"{name}.duckdb" for name in (pointed.get("snapshot"), pointed.get("previous")) if name}
        for path in self.folder.iterdir():
            if path.name.startswith(_STAGING):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in keep and (path.suffix == ".duckdb" or path.name.startswith(_SWAP)):
                path.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the loader's lock; the kernel frees it when the holder dies. UserError when it is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "LOCK").open("w", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(BUSY) from None
            yield

    def _pointed(self) -> dict[str, str | None]:
        try:
            pointed = json.loads(self.pointer.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            raise UserError(f"{self.pointer} is damaged. Load the company again with `meterline load PATH`.") from None
        return pointed if isinstance(pointed, dict) else {}


def flush(path: Path) -> None:
    """fsync a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
