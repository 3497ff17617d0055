"""Which files are inside the snapshot already, byte for byte, so that loading them again costs nothing."""

from __future__ import annotations

from meterline_tools.warehouse.loading.files import Source
from meterline_tools.warehouse.loading.mapping import Mapping
from meterline_tools.warehouse.meta import SourceFile

KEPT_FOR_GOOD = frozenset({"usage_daily", "note"})
"""Tables whose files stay inside whatever is loaded later. In the others a later file may replace rows, so that
only the files of the latest load count as being inside."""


class Ledger:
    """The files of a snapshot, and what this load (number `load`) adds."""

    def __init__(self, files: list[SourceFile], mapping: Mapping, load: int) -> None:
        self.files = files
        self._mapping = mapping
        self._load = load

    def holds(self, source: Source) -> bool:
        """Whether loading this very file again could change nothing."""
        mine = [entry for entry in self.files if entry.table == source.table]
        if source.table not in KEPT_FOR_GOOD:
            latest = max((entry.load for entry in mine), default=0)
            mine = [entry for entry in mine if entry.load == latest]
        if source.table == "note":
            mine = [entry for entry in mine if entry.name == source.name]
        digest = self._digest(source) if mine else ""
        return any(entry.digest == digest for entry in mine)

    def add(self, source: Source) -> None:
        self.files = [entry for entry in self.files if (entry.table, entry.name) != (source.table, source.name)]
        self.files.append(SourceFile(name=source.name, table=source.table or "", digest=self._digest(source), load=self._load))

    def _digest(self, source: Source) -> str:
        return f"{source.digest()}:{self._mapping.digest(source.table or '', source.name)}"
