"""Where chromadb keeps the vectors: in files of this workspace, or on a server that somebody named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EMBEDDED_COLLECTION = "notes"


@dataclass(frozen=True)
class Chromas:
    """`url` None means files. `workspace` tells this company's collections on a shared server from others."""

    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    workspace: str = ""

    def collection(self, name: str) -> str:
        """What the index of that name is called in chromadb."""
        return f"{EMBEDDED_COLLECTION}-{name}" if self.url else EMBEDDED_COLLECTION

    def sweep(self, keep: str) -> None:
        """Removes what older indexes left on the server; files are swept with their folders."""
        if self.url:
            from meterline_tools.notes import chroma

            chroma.sweep(self, keep)
