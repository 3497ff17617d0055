"""A segment of the index: some notes with all that a search needs of them, written once and never changed.

    notes.json          its notes, and which notes of the whole index are near copies, as of when it was written
    sketches.npy        what near copies are found by: a row a note, filled up with -1
    foreign.npy         which passages are in another language than English
    vectors.npy         a row a passage; with very many of them axes.npy and narrow.npy beside it (see matrix.py)
    lexicon/            which passages hold which terms

An index is one segment of most notes and some smaller ones of what came later; each note stands in one of them. So what is
added costs what it is worth, and what is written so far stays as it is. Of a note that went or changed nothing stays: its
segment is written again without it, which takes no cutting and no embedding.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.notes.columns import Line
from meterline_tools.notes.copies import SKETCH, Drawn, copies_among, drawn
from meterline_tools.notes.lexicon import Postings, mapped
from meterline_tools.notes.matrix import Narrow, Vectors
from meterline_tools.notes.passages import Note, Passage
from meterline_tools.notes.text import is_foreign, note_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOTES, SKETCHES, FOREIGN, VECTORS, LEXICON = "notes.json", "sketches.npy", "foreign.npy", "vectors.npy", "lexicon"
Copies = Mapping[str, Mapping[str, str]]
"""Account ("" for none) -> its near copies and what they repeat."""


@dataclass(frozen=True)
class Contents:
    """Which notes a segment holds, and the near copies of the whole index."""

    lines: Sequence[Line]
    """By date, then id."""
    sketches: NDArray[np.int64]
    copies: Copies = field(default_factory=dict)
    """What the segment that was written last says holds."""

    @classmethod
    def of(cls, notes: Sequence[Note], sizes: Sequence[int]) -> Contents:
        """`notes` in order, each of so many passages."""
        import numpy as np

        lines = [Line.of(note, size) for note, size in zip(notes, sizes, strict=True)]
        pictures = [drawn(note) for note in notes]
        sketches = np.full((len(notes), SKETCH), -1, dtype=np.int64)
        for row, picture in zip(sketches, pictures, strict=True):
            row[: len(picture.runs)] = sorted(picture.runs)
        return cls(lines, sketches)

    def after(self, earlier: Sequence[Contents], known: Copies, lost: Collection[str | None]) -> Contents:
        """The same, with the near copies of the index: `known` were those before, and these accounts `lost` a note since."""
        touched = {line.account_id for line in self.lines} | set(lost)
        here = (each.picture(n) for each in (*earlier, self) for n, line in enumerate(each.lines) if line.account_id in touched)
        found = {**known, **_by_account(touched, here)}
        return replace(self, copies={account: copies for account, copies in found.items() if copies})

    def without(self, dead: Collection[str]) -> Contents:
        """The notes whose digests are not `dead`; of near copies the segment written last tells."""
        import numpy as np

        stay = [line.digest not in dead for line in self.lines]
        lines = [line for line, stays in zip(self.lines, stay, strict=True) if stays]
        return Contents(lines, self.sketches[np.asarray(stay, dtype=bool)])

    @classmethod
    def load(cls, folder: Path) -> Contents:
        """Raises OSError, ValueError, TypeError or KeyError when it cannot be read."""
        told = json.loads((folder / NOTES).read_text("utf-8"))
        lines = [Line.read(values) for values in told["lines"]]
        return cls(lines, mapped(folder / SKETCHES), told["copies"])

    def save(self, folder: Path) -> None:
        import numpy as np

        told = {"lines": [astuple(line) for line in self.lines], "copies": self.copies}
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
    vectors: Vectors | None = None

    @classmethod
    def of(cls, contents: Contents, cut: Sequence[Sequence[Passage]], vectors: NDArray[np.float32] | None = None) -> Segment:
        """`cut` is the passages of each note."""
        import numpy as np

        every = [passage.text for passages in cut for passage in passages]
        foreign = np.asarray([is_foreign(text) for text in every], dtype=bool)
        postings = Postings.of([note_terms(text, foreign=bool(f)) for text, f in zip(every, foreign, strict=True)])
        return cls(contents, foreign, postings, None if vectors is None else Vectors.of(vectors))

    @classmethod
    def load(cls, folder: Path) -> Segment:
        """A saved one, mapped from disk where that pays. Raises OSError, ValueError, TypeError or KeyError when it cannot be read."""
        import numpy as np

        contents, foreign, postings = Contents.load(folder), np.load(folder / FOREIGN), Postings.load(folder / LEXICON)
        vectors = Vectors(mapped(folder / VECTORS), Narrow.load(folder))
        sizes = {len(foreign), len(postings.lengths), len(vectors.whole), len(vectors.narrow.rows if vectors.narrow else foreign)}
        if sizes != {sum(line.passages for line in contents.lines)}:
            raise ValueError("the files of the index do not belong together")
        return cls(contents, foreign, postings, vectors)

    def without(self, dead: Collection[str]) -> Segment:
        """What is left of it without the notes of these digests."""
        import numpy as np

        lines = self.contents.lines
        kept = np.repeat([line.digest not in dead for line in lines], [line.passages for line in lines])
        return Segment(
            self.contents.without(dead), self.foreign[kept], self.postings.among(kept), self.vectors and self.vectors.among(kept)
        )

    def save(self, folder: Path) -> None:
        import numpy as np

        self.contents.save(folder)
        np.save(folder / FOREIGN, self.foreign)
        self.postings.save(folder / LEXICON)
        if self.vectors is not None:
            np.save(folder / VECTORS, self.vectors.whole)
            if self.vectors.narrow is not None:
                self.vectors.narrow.save(folder)


def copies_after(segments: Sequence[Contents]) -> dict[str, str]:
    """Copy -> the note it repeats, in an index of these segments."""
    told = segments[-1].copies.values() if segments else ()
    return {copy: original for found in told for copy, original in found.items()}


def _by_account(accounts: Collection[str | None], notes: Iterable[Drawn]) -> dict[str, dict[str, str]]:
    listed = list(notes)
    account_of = {note.note_id: note.account_id or "" for note in listed}
    found: dict[str, dict[str, str]] = {account or "": {} for account in accounts}
    for copy, original in copies_among(listed).items():
        found[account_of[copy]][copy] = original
    return found
