"""What a search must know of every note and passage before it reads any text: kept as columns beside the index.

With them a search narrows, ranks and drops passages without touching the notes; only the few that it quotes are
read from the warehouse, and checked against what is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.passages import Note, seconds
from meterline_tools.notes.text import fold
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Visible = Collection[str] | Callable[[str | None], bool] | None
"""Accounts the asker may see: ids, a test, or None for everything."""


@dataclass(frozen=True)
class Line:
    """One note: `day` is an ordinal, `known` epoch seconds, `people` our own who wrote or speak."""

    note_id: str
    account_id: str | None
    kind: str
    day: int
    known: int
    supersedes: str | None
    people: tuple[str, ...]
    speakers: tuple[str, ...]
    digest: str
    passages: int

    @classmethod
    def of(cls, note: Note, passages: int) -> Line:
        return cls(
            note_id=note.note_id,
            account_id=note.account_id,
            kind=note.note_type,
            day=note.date.toordinal(),
            known=seconds(note.known_at),
            supersedes=note.supersedes,
            people=note.people,
            speakers=tuple(dict.fromkeys(t.speaker for t in note.turns if t.speaker)),
            digest=note.digest,
            passages=passages,
        )

    @classmethod
    def read(cls, values: Iterable[Any]) -> Line:
        """One written as a list of its values. Raises TypeError when they are not as many as they should be."""
        columns: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
        return cls(*columns)


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

    def __init__(self, lines: Sequence[Line], foreign: NDArray[np.bool_], copies: Mapping[str, str]) -> None:
        """`foreign` tells which passages are in another language than English, `copies` which note each near copy repeats."""
        self.lines = lines
        self.foreign = foreign
        self.copies = copies

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

    def family(self, note_id: str) -> tuple[str, ...]:
        """The note's original and all its near copies, in that order; the note alone when there are none."""
        original = self.copies.get(note_id, note_id)
        return (original, *self._repeated.get(original, ()))

    @cached_property
    def _repeated(self) -> dict[str, list[str]]:
        """Original -> its copies in the order of notes."""
        found: dict[str, list[str]] = {}
        for copy in sorted(self.copies, key=self.by_id.__getitem__):
            found.setdefault(self.copies[copy], []).append(copy)
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
        if (may_read := self._readable(wanted)) is not None:
            kept &= may_read
        if window := wanted.window:
            kept &= (self._days >= window.start.toordinal()) & (self._days <= window.end.toordinal())
        if wanted.kinds:
            kept &= self._where(lambda line: line.kind in wanted.kinds)
        if wanted.people:
            kept &= self._where(lambda line: not wanted.people.isdisjoint(line.people))
        if wanted.speaker:
            kept &= self._where(lambda line: any(names(wanted.speaker, speaker) for speaker in line.speakers))
        return np.flatnonzero(kept[self.ordinals])

    def readable(self, wanted: Wanted) -> NDArray[np.bool_] | None:
        """Which passages may be read at all, of whatever day and kind; None for all."""
        notes = self._readable(wanted)
        return None if notes is None else notes[self.ordinals]

    def _readable(self, wanted: Wanted) -> NDArray[np.bool_] | None:
        import numpy as np

        allowed: Collection[str | None] | None = wanted.reads
        if callable(visible := wanted.visible):
            allowed = [account for account in (self._accounts if allowed is None else allowed) if visible(account)]
        if allowed is None:
            return None
        notes = np.zeros(len(self.lines), dtype=bool)
        for account in allowed:
            notes[self._accounts.get(account, [])] = True
        return notes

    @cached_property
    def _accounts(self) -> dict[str | None, list[int]]:
        """Account -> the places of its notes."""
        found: dict[str | None, list[int]] = {}
        for place, line in enumerate(self.lines):
            found.setdefault(line.account_id, []).append(place)
        return found

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
