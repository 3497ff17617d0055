"""The files that notes came from, kept byte for byte in HOME/originals.

<sha256><suffix>      the file's bytes, written once
<note id>.json        which of them a note came from: {"file", "sha256", "stored"}
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

_FOLDER = "originals"


def keep_original(home: Path, note_id: str, name: str, path: Path) -> None:
    """Keeps the file that a note was read from. A name appears only when its content is whole."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    folder = home / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stored = f"{digest}{path.suffix.lower()}"
    if not (folder / stored).exists():
        _write(folder / stored, content)
    said = json.dumps({"file": name, "sha256": digest, "stored": stored}, ensure_ascii=False, indent=1)
    _write(folder / f"{_plain(note_id)}.json", said.encode())


def original_of(home: Path, note_id: str) -> bytes | None:
    """The bytes of the file a note came from; None when it came in a table."""
    kept = kept_original(home, note_id)
    return kept[1] if kept else None


def kept_original(home: Path, note_id: str) -> tuple[str, bytes] | None:
    """(name as it was loaded, bytes) of the file a note came from; None when it came in a table."""
    try:
        said = json.loads((home / _FOLDER / f"{_plain(note_id)}.json").read_text("utf-8"))
        return str(said["file"]), (home / _FOLDER / str(said["stored"])).read_bytes()
    except (OSError, ValueError, KeyError):
        return None


def _write(target: Path, content: bytes) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(target)


def _plain(note_id: str) -> str:
    return re.sub(r"[^\w.-]", "_", note_id)
