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
Sayings = tuple[tuple[str, tuple[str, ...]], ...]


def meaning_of(bench: Workbench, causes: Mapping[str, Cause]) -> Meaning | None:
    """What sentences are compared with here; None where no model can be run, and cues alone are heard."""
    from meterline_tools.insight.learnt import NOTHING
    from meterline_tools.insight.meaning import shipped_sayings

    if bench.notes is None or not bench.views.holds_notes or not bench.notes.can_embed:
        return None
    shipped = shipped_sayings()
    own = {name: [text for texts in cause.sayings.values() for text in texts] for name, cause in causes.items()}
    told = {name: (*shipped.get(name, ()), *own.get(name, ())) for name in (*causes, NOTHING)}
    return _taught(bench.notes, tuple((name, texts) for name, texts in told.items() if texts))


@lru_cache(maxsize=_COMPANIES)
def _taught(notes: NoteStore, sayings: Sayings) -> Meaning:
    from meterline_tools.insight.meaning import Meaning

    return Meaning(dict(sayings), notes.vectors, notes.model)
