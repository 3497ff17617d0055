"""The meaning of sentences for explanations: the sentence model of the notes and the sayings of the causes that may be here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterline_tools.insight.causes import Cause
    from meterline_tools.insight.meaning import Meaning
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.notes.index import NoteStore

_COMPANIES = 4
Own = tuple[tuple[str, tuple[str, ...]], ...]


def meaning_of(bench: Workbench, causes: Mapping[str, Cause]) -> Meaning | None:
    """What sentences are compared with here; None where no model can be run, and cues alone are heard."""
    if bench.notes is None or not bench.views.holds_notes or not bench.notes.can_embed:
        return None
    own = {name: tuple(text for texts in cause.sayings.values() for text in texts) for name, cause in causes.items()}
    return _taught(bench.notes, tuple(sorted(own.items())))


@lru_cache(maxsize=_COMPANIES)
def _taught(notes: NoteStore, own: Own) -> Meaning:
    """The packaged model hears whatever model searches the notes: its vectors of the sayings ship, and their thresholds are its own."""
    from meterline_tools.insight.meaning import Meaning
    from meterline_tools.notes.model import shared_embedder

    given = {name: texts for name, texts in own if texts}
    return Meaning([name for name, _ in own], given, notes.views, shared_embedder().fingerprint)
