"""A segment of the index: some notes with all that a search needs of them, written once and never changed.

    notes.json          its notes, the ids of those in earlier segments that hold no longer, and near copies
    sketches.npy        what near copies are found by: a row a note, filled up with -1
    foreign.npy         which passages are in another language than English
    vectors.npy         a row a passage
    lexicon/            which passages hold which terms

An index is one segment of most notes and some smaller ones of what came later; in a later one a note takes the place of
its namesake. So what is added costs what it is worth, and what is written so far stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.notes.columns import Line
from meterline_tools.notes.copies import SKETCH, Drawn, copies_among, drawn
from meterline_tools.notes.lexicon import Postings, mapped
from meterline_tools.notes.passages import Note, Passage
from meterline_tools.notes.text import is_foreign, note_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOTES, SKETCHES, FOREIGN, VECTORS, LEXICON = "notes.json", "sketches.npy", "foreign.npy", "vectors.npy", "lexicon"
Place = tuple[int, int]
"""Which segment, and which of its notes."""


@dataclass(frozen=True)
class Contents:
    """Which notes a segment holds, and what they mean for those before them."""

    lines: Sequence[Line]
    """By date, then id."""
    gone: frozenset[str]
    """Ids of notes in earlier segments that are no more."""
    copies: Mapping[str, Mapping[str, str]]
    """Each account ("" for none) that has a note here or lost one -> all its copies, in whatever segment, and what they repeat."""
    sketches: NDArray[np.int64]

    @classmethod
    def of(cls, notes: Sequence[Note], sizes: Sequence[int], earlier: Sequence[Contents] = (), gone: Collection[str] = ()) -> Contents:
        """`notes` in order, each of so many passages, after `earlier` segments whose notes `gone` are no more."""
        import numpy as np

        lines = [Line.of(note, size) for note, size in zip(notes, sizes, strict=True)]
        pictures = [drawn(note) for note in notes]
        sketches = np.full((len(notes), SKETCH), -1, dtype=np.int64)
        for row, picture in zip(sketches, pictures, strict=True):
            row[: len(picture.runs)] = sorted(picture.runs)
        after = cls(lines, frozenset(gone), {}, sketches)
        every = [*earlier, after]
        lost = {line.account_id for contents in earlier for line in contents.lines if line.note_id in after.gone}
        touched = {line.account_id for line in lines} | lost
        here = (every[part].picture(n) for part, n in standing(every).values() if every[part].lines[n].account_id in touched)
        return cls(lines, after.gone, _by_account(touched, here), sketches)

    @classmethod
    def load(cls, folder: Path) -> Contents:
        """Raises OSError, ValueError, TypeError or KeyError when it cannot be read."""
        told = json.loads((folder / NOTES).read_text("utf-8"))
        lines = [Line.read(values) for values in told["lines"]]
        return cls(lines, frozenset(told["gone"]), told["copies"], mapped(folder / SKETCHES))

    def save(self, folder: Path) -> None:
        import numpy as np

        told = {"lines": [astuple(line) for line in self.lines], "gone": sorted(self.gone), "copies": self.copies}
        (folder / NOTES).write_text(json.dumps(told), "utf-8")
        np.save(folder / SKETCHES, self.sketches)

    def picture(self, place: int) -> Drawn:
        """The note at this place as copies are found by."""
        line = self.lines[place]
        runs = frozenset(run for run in self.sketches[place].tolist() if run >= 0)
        return Drawn(line.note_id, line.account_id, line.known, line.supersedes, runs)


@dataclass(frozen=True)
class Segment:
    """The contents, and what ranks the passages. `vectors` is None where nobody has asked for them yet."""

    contents: Contents
    foreign: NDArray[np.bool_]
    postings: Postings
    vectors: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, contents: Contents, cut: Sequence[Sequence[Passage]], vectors: NDArray[np.float32] | None = None) -> Segment:
        """`cut` is the passages of each note."""
        import numpy as np

        every = [passage.text for passages in cut for passage in passages]
        foreign = np.asarray([is_foreign(text) for text in every], dtype=bool)
        postings = Postings.of([note_terms(text, foreign=bool(f)) for text, f in zip(every, foreign, strict=True)])
        return cls(contents, foreign, postings, vectors)

    @classmethod
    def load(cls, folder: Path) -> Segment:
        """A saved one, mapped from disk where that pays. Raises OSError, ValueError, TypeError or KeyError when it cannot be read."""
        import numpy as np

        contents, foreign, postings = Contents.load(folder), np.load(folder / FOREIGN), Postings.load(folder / LEXICON)
        vectors = mapped(folder / VECTORS)
        if {len(foreign), len(postings.lengths), len(vectors)} != {sum(line.passages for line in contents.lines)}:
            raise ValueError("the files of the index do not belong together")
        return cls(contents, foreign, postings, vectors)

    def save(self, folder: Path) -> None:
        import numpy as np

        self.contents.save(folder)
        np.save(folder / FOREIGN, self.foreign)
        self.postings.save(folder / LEXICON)
        if self.vectors is not None:
            np.save(folder / VECTORS, self.vectors)


def standing(segments: Sequence[Contents]) -> dict[str, Place]:
    """Where each note stands that holds after all these segments."""
    places: dict[str, Place] = {}
    for part, contents in enumerate(segments):
        for note_id in contents.gone:
            places.pop(note_id, None)
        places.update((line.note_id, (part, n)) for n, line in enumerate(contents.lines))
    return places


def copies_after(segments: Sequence[Contents]) -> dict[str, str]:
    """Copy -> the note it repeats, after all these segments."""
    by_account: dict[str, Mapping[str, str]] = {}
    for contents in segments:
        by_account.update(contents.copies)
    return {copy: original for found in by_account.values() for copy, original in found.items()}


def _by_account(accounts: Collection[str | None], notes: Iterable[Drawn]) -> dict[str, dict[str, str]]:
    listed = list(notes)
    account_of = {note.note_id: note.account_id or "" for note in listed}
    found: dict[str, dict[str, str]] = {account or "": {} for account in accounts}
    for copy, original in copies_among(listed).items():
        found[account_of[copy]][copy] = original
    return found
