"""What a search must know of every note and passage before it reads any text: kept as columns beside the index.

With them a search over a whole company narrows, ranks and drops passages without touching the notes; only the
few that it quotes are read from the warehouse, and checked against what is written here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.copies import copies_of
from meterline_tools.notes.passages import Note, Passage, seconds
from meterline_tools.notes.text import fold, is_foreign
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Visible = Collection[str] | Callable[[str | None], bool] | None
"""Accounts the asker may see: ids, a test, or None for everything."""
_NOTES, _FOREIGN = "notes.json", "foreign.npy"


@dataclass(frozen=True)
class Line:
    """One note: `day` is an ordinal, `known` epoch seconds, `people` our own who wrote or speak, `copy_of` an earlier twin."""

    note_id: str
    account_id: str | None
    kind: str
    day: int
    known: int
    supersedes: str | None
    people: tuple[str, ...]
    speakers: tuple[str, ...]
    copy_of: str | None
    digest: str
    passages: int

    @property
    def passage_ids(self) -> list[str]:
        return [f"{self.note_id}#{position}" for position in range(self.passages)]


@dataclass(frozen=True)
class Wanted:
    """What a search is narrowed to; None and empty mean no limit. `speaker` is folded words of a name."""

    visible: Visible = None
    accounts: frozenset[str] | None = None
    window: Window | None = None
    kinds: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    speaker: frozenset[str] = frozenset()
    known_at: datetime | None = None

    @property
    def reads(self) -> frozenset[str] | None:
        """The accounts whose notes may be read at all; None for all."""
        if self.visible is None or callable(self.visible):
            return self.accounts
        seen = frozenset(self.visible)
        return seen if self.accounts is None else self.accounts & seen


class Columns:
    """Notes in order (by date, then id), and their passages in theirs."""

    def __init__(self, lines: Sequence[Line], foreign: NDArray[np.bool_]) -> None:
        self.lines = lines
        self.foreign = foreign
        """Which passages are in another language than English."""

    @classmethod
    def of(cls, notes: Sequence[Note], cut: Sequence[Sequence[Passage]]) -> Columns:
        import numpy as np

        twins = copies_of(notes)
        lines = [_line(note, twins.get(note.note_id), len(passages)) for note, passages in zip(notes, cut, strict=True)]
        return cls(lines, np.asarray([is_foreign(p.text) for passages in cut for p in passages], dtype=bool))

    @classmethod
    def load(cls, folder: Path) -> Columns:
        import numpy as np

        listed: list[list[Any]] = json.loads((folder / _NOTES).read_text("utf-8"))
        return cls([_read_line(line) for line in listed], np.load(folder / _FOREIGN))

    def save(self, folder: Path) -> None:
        import numpy as np

        (folder / _NOTES).write_text(json.dumps([astuple(line) for line in self.lines]), "utf-8")
        np.save(folder / _FOREIGN, self.foreign)

    @property
    def size(self) -> int:
        """Passages in all."""
        return int(self.firsts[-1])

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """The place of each note's first passage, and the number of passages at the end."""
        import numpy as np

        return np.concatenate([[0], np.cumsum([line.passages for line in self.lines], dtype=np.int64)]).astype(np.int64)

    @cached_property
    def ordinals(self) -> NDArray[np.int64]:
        """The place of each passage's note."""
        import numpy as np

        return np.repeat(np.arange(len(self.lines), dtype=np.int64), np.diff(self.firsts))

    @cached_property
    def known_by(self) -> int:
        """When the last of them became known, in epoch seconds."""
        return max((line.known for line in self.lines), default=0)

    @cached_property
    def by_id(self) -> dict[str, int]:
        return {line.note_id: n for n, line in enumerate(self.lines)}

    def fresh(self, earlier: Columns) -> list[Line]:
        """The notes that are not among the earlier ones as they are now."""
        known = {(line.note_id, line.digest) for line in earlier.lines}
        return [line for line in self.lines if (line.note_id, line.digest) not in known]

    def family(self, note_id: str) -> tuple[str, ...]:
        """The note's original and all its near copies, in that order; the note alone when there are none."""
        original = self.lines[self.by_id[note_id]].copy_of or note_id
        return (original, *self._copies.get(original, ()))

    @cached_property
    def _copies(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in self.lines:
            if line.copy_of:
                found.setdefault(line.copy_of, []).append(line.note_id)
        return found

    def position(self, passage_id: str) -> int | None:
        """The place of a passage by its id (note id, #, place in the note); None when it is not known here."""
        note_id, _, place = passage_id.rpartition("#")
        note = self.by_id.get(note_id)
        return None if note is None or int(place) >= self.lines[note].passages else int(self.firsts[note]) + int(place)

    def chosen(self, wanted: Wanted) -> NDArray[np.int64]:
        """Places of the passages whose note is wanted. A note without an account is for those who see all."""
        import numpy as np

        kept = self._timely(wanted.known_at)
        if (allowed := wanted.reads) is not None:
            kept &= self._where(lambda line: line.account_id in allowed)
        if callable(visible := wanted.visible):
            seen = {account for account in {line.account_id for line in self.lines} if visible(account)}
            kept &= self._where(lambda line: line.account_id in seen)
        if window := wanted.window:
            kept &= (self._days >= window.start.toordinal()) & (self._days <= window.end.toordinal())
        if wanted.kinds:
            kept &= self._where(lambda line: line.kind in wanted.kinds)
        if wanted.people:
            kept &= self._where(lambda line: not wanted.people.isdisjoint(line.people))
        if wanted.speaker:
            kept &= self._where(lambda line: any(names(wanted.speaker, speaker) for speaker in line.speakers))
        return np.flatnonzero(kept[self.ordinals])

    @cached_property
    def _days(self) -> NDArray[np.int64]:
        import numpy as np

        return np.asarray([line.day for line in self.lines], dtype=np.int64)

    @cached_property
    def _known(self) -> NDArray[np.int64]:
        import numpy as np

        return np.asarray([line.known for line in self.lines], dtype=np.int64)

    @cached_property
    def _replaced(self) -> NDArray[np.int64]:
        """The place of the note that each note takes the place of; -1 for none."""
        import numpy as np

        return np.asarray([self.by_id.get(line.supersedes or "", -1) for line in self.lines], dtype=np.int64)

    def _timely(self, known_at: datetime | None) -> NDArray[np.bool_]:
        """Notes known by then, without those that a later version had replaced by then."""
        import numpy as np

        kept = np.ones(len(self.lines), dtype=bool) if known_at is None else self._known <= seconds(known_at)
        gone = self._replaced[kept]
        kept[gone[gone >= 0]] = False
        return kept

    def _where(self, test: Callable[[Line], bool]) -> NDArray[np.bool_]:
        import numpy as np

        return np.fromiter((test(line) for line in self.lines), dtype=bool, count=len(self.lines))


def names(wanted: frozenset[str], speaker: str | None) -> bool:
    """Whether all words of a name stand in a speaker's name."""
    return wanted <= set(fold(speaker or "").split())


def _line(note: Note, copy_of: str | None, passages: int) -> Line:
    return Line(
        note_id=note.note_id,
        account_id=note.account_id,
        kind=note.note_type,
        day=note.date.toordinal(),
        known=seconds(note.known_at),
        supersedes=note.supersedes,
        people=note.people,
        speakers=tuple(_distinct(t.speaker for t in note.turns)),
        copy_of=copy_of,
        digest=note.digest,
        passages=passages,
    )


def _read_line(values: list[Any]) -> Line:
    columns = dict(zip((f.name for f in fields(Line)), values, strict=True))
    return Line(**columns | {name: tuple(columns[name]) for name in ("people", "speakers")})


def _distinct(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
