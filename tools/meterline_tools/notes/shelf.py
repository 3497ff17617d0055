"""Where the index lies: HOME/notes/, with a pointer that is swapped and one writer at a time.

    vectors.sqlite            vectors by content
    CURRENT                   which segments are the valid index, of which notes (JSON)
    <name>/                   a finished segment, never changed, or chromadb's own files: the graph of the first segment
    building-…/               one that is being written, or was when its process died: swept by the next writer

The pointer is replaced only after all that it names is complete, so a kill at any moment leaves the previous index.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

BUILDING = "building-"
_POINTER = "CURRENT"
DATABASE = "chroma.sqlite3"
_OURS = (".json", ".npy")
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Piece:
    """A finished segment or graph. `files` holds the size in bytes of each file as it was finished."""

    name: str
    """Of its folder; names it on a server of vectors too."""
    passages: int
    files: dict[str, int]
    checksums: dict[str, int]
    """CRC-32 of the files that are ours; chromadb touches its own when it opens them."""


@dataclass(frozen=True)
class Manifest:
    """What CURRENT says."""

    fingerprint: str
    snapshot: str | None
    settings: str
    """The model, the chunker and the place of the vectors that it was made with."""
    pieces: tuple[Piece, ...]
    """In the order they were written; each note stands in one of them."""
    graph: Piece
    """Of the passages that the first segment had when it was made; some may be no more."""

    @property
    def name(self) -> str:
        """What tells this very index from any other."""
        return "+".join(piece.name for piece in self.pieces)


class Shelf:
    """The folder of one workspace's notes index."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Manifest | None:
        """The valid index, or None when there is none or the pointer cannot be read."""
        try:
            told = json.loads((self.root / _POINTER).read_text("utf-8"))
            return Manifest(**told | {"pieces": tuple(Piece(**piece) for piece in told["pieces"]), "graph": Piece(**told["graph"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def folder(self, piece: Piece) -> Path:
        return self.root / piece.name

    def damage(self, manifest: Manifest, *, deep: bool = True) -> str | None:
        """What is wrong with the files of an index, found without opening chromadb; None when they look sound.

        `deep` reads chromadb's database through, which takes a third of a second for 100,000 passages.
        """
        for piece in (*manifest.pieces, manifest.graph):
            folder = self.folder(piece)
            if not folder.is_dir():
                return "missing"
            for name, size in piece.files.items():
                file = folder / name
                if not file.is_file() or file.stat().st_size < size:
                    return "damaged"
            if deep and DATABASE in piece.files and not _opens(folder / DATABASE):
                return "damaged"
        return None

    def read_through(self, piece: Piece, files: Collection[str] | None = None) -> Path:
        """The folder of a segment whose files (all, or these) hold what was written. Raises OSError or ValueError when they do not."""
        folder = self.folder(piece)
        for name in piece.checksums if files is None else files:
            if _checksum(folder / name) != piece.checksums[name]:
                raise ValueError(f"{name} is not as it was written")
        return folder

    def lock(self) -> FileLock:
        """Held by the one process that writes; the operating system frees it when that process dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".lock", timeout=0)

    def write(self, passages: int, build: Callable[[Path], None]) -> Piece:
        """Builds a segment or a graph into a new folder, which nothing names yet.

        Call under the lock. The folder is called building-<name> while `build` fills it.
        """
        name = uuid.uuid4().hex[:12]
        building = self.root / f"{BUILDING}{name}"
        building.mkdir(parents=True)
        build(building)
        target = building.rename(self.root / name)
        files = {str(f.relative_to(target)): f for f in sorted(target.rglob("*")) if f.is_file()}
        sizes = {path: file.stat().st_size for path, file in files.items()}
        return Piece(name, passages, sizes, {path: _checksum(file) for path, file in files.items() if file.suffix in _OURS})

    def publish(self, manifest: Manifest) -> None:
        """Points CURRENT at `manifest`, and only then removes what it does not name. Call under the lock."""
        self.point(manifest)
        self._sweep({piece.name for piece in (*manifest.pieces, manifest.graph)})

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

    def _sweep(self, keep: Collection[str]) -> None:
        for entry in self.root.iterdir():
            if entry.is_dir() and entry.name not in keep:
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name.startswith(f"{_POINTER}."):
                entry.unlink(missing_ok=True)


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
