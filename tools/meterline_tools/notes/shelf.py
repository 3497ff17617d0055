"""Where the index lies: HOME/notes/, with a pointer that is swapped and one writer at a time.

    vectors.sqlite            vectors by content
    CURRENT                   which index is valid, for which notes (JSON)
    <fingerprint>/<token>/    a finished index, never changed: columns, lexicon, vectors, and chromadb's own files
    building-…/               one that is being written, or was when its process died: swept by the next writer

The pointer is replaced only after the index is complete, so a kill at any moment leaves the previous one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from filelock import FileLock

BUILDING = "building-"
_POINTER = "CURRENT"
DATABASE = "chroma.sqlite3"
_OURS = (".json", ".npy")
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What CURRENT says. `files` holds the size in bytes of each file as it was finished."""

    fingerprint: str
    snapshot: str | None
    settings: str
    """The model, the chunker and the place of the vectors that it was made with."""
    folder: str
    passages: int
    files: dict[str, int]
    checksums: dict[str, int] = field(default_factory=dict)
    """CRC-32 of the files that are ours; chromadb touches its own when it opens them."""

    @property
    def name(self) -> str:
        """What names this very index everywhere, on a server of vectors too."""
        return Path(self.folder).name


class Shelf:
    """The folder of one workspace's notes index."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Manifest | None:
        """The valid index, or None when there is none or the pointer cannot be read."""
        try:
            return Manifest(**json.loads((self.root / _POINTER).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def folder(self, manifest: Manifest) -> Path:
        return self.root / manifest.folder

    def damage(self, manifest: Manifest) -> str | None:
        """What is wrong with the files of an index, found without opening chromadb; None when they look sound."""
        folder = self.folder(manifest)
        if not folder.is_dir():
            return "missing"
        for name, size in manifest.files.items():
            file = folder / name
            if not file.is_file() or file.stat().st_size < size:
                return "damaged"
        return None if DATABASE not in manifest.files or _opens(folder / DATABASE) else "damaged"

    def read_through(self, manifest: Manifest) -> Path:
        """The folder of an index whose files hold what was written. Raises OSError or ValueError when they do not."""
        folder = self.folder(manifest)
        for name, checksum in manifest.checksums.items():
            if _checksum(folder / name) != checksum:
                raise ValueError(f"{name} is not as it was written")
        return folder

    def lock(self) -> FileLock:
        """Held by the one process that writes; the operating system frees it when that process dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".lock", timeout=0)

    def publish(self, fingerprint: str, snapshot: str | None, settings: str, passages: int, build: Callable[[Path], None]) -> Manifest:
        """Builds into a new folder, points CURRENT at it, and only then removes the others. Call under the lock.

        The folder is called building-<name> while `build` fills it.
        """
        token = uuid.uuid4().hex[:8]
        building = self.root / f"{BUILDING}{token}"
        building.mkdir(parents=True)
        build(building)
        target = self.root / fingerprint / token
        target.parent.mkdir(exist_ok=True)
        building.rename(target)
        files = {str(f.relative_to(target)): f for f in sorted(target.rglob("*")) if f.is_file()}
        sizes = {name: file.stat().st_size for name, file in files.items()}
        checksums = {name: _checksum(file) for name, file in files.items() if file.suffix in _OURS}
        manifest = Manifest(fingerprint, snapshot, settings, f"{fingerprint}/{token}", passages, sizes, checksums)
        self.point(manifest)
        self._sweep(target)
        return manifest

    def point(self, manifest: Manifest) -> None:
        """Makes `manifest` the valid one in a single step."""
        draft = self.root / f"{_POINTER}.{uuid.uuid4().hex[:8]}"
        draft.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), "utf-8")
        draft.replace(self.root / _POINTER)

    def repoint(self, manifest: Manifest, snapshot: str | None) -> None:
        """The same index, now for another snapshot with the same notes."""
        self.point(replace(manifest, snapshot=snapshot))

    def discard(self) -> None:
        """Forgets the valid index, so that the next build makes a new one."""
        (self.root / _POINTER).unlink(missing_ok=True)

    def _sweep(self, keep: Path) -> None:
        for folder in self.root.iterdir():
            if folder.is_dir() and folder != keep.parent:
                shutil.rmtree(folder, ignore_errors=True)
            elif folder.name.startswith(f"{_POINTER}."):
                folder.unlink(missing_ok=True)
        for folder in keep.parent.iterdir():
            if folder != keep:
                shutil.rmtree(folder, ignore_errors=True)


def _checksum(file: Path) -> int:
    found = 0
    with file.open("rb") as content:
        while some := content.read(_AT_ONCE):
            found = zlib.crc32(some, found)
    return found


def _opens(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
