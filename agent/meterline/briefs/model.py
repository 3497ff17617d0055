"""The brief: what it holds once it is written, checked and rendered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from meterline.answer import Withheld
from meterline_tools.receipts import Citation, Entity, Figure, Receipt, Window

Rendering = Literal["internal", "shareable"]


class BriefSection(BaseModel):
    """One section as Markdown, without its heading. `number` is what the agenda calls it ("3", "A")."""

    id: str
    number: str
    title: str
    markdown: str
    appendix: bool = False


class Brief(BaseModel):
    """A brief with everything its figures and quotations stand on.

    `figures` and `citations` are those that are printed; a shareable brief carries no receipts, since
    their rows may hold what is not for the customer.
    """

    account: Entity
    title: str
    period: Window
    rendering: Rendering
    sections: list[BriefSection]
    notes: dict[int, str]
    """Footnote number -> its text, as Markdown."""
    figures: list[Figure] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    receipts: list[Receipt] = Field(default_factory=list)
    withheld: list[Withheld] = Field(default_factory=list)
    known_at: datetime
    d1: date

    @property
    def markdown(self) -> str:
        """The whole brief as Markdown, with footnotes."""
        parts = [f"# {self.title}"]
        for section in self.sections:
            parts += [f"## {section.number} · {section.title}", section.markdown]
        parts.append("\n".join(f"[^{number}]: {text}" for number, text in self.notes.items()))
        return "\n\n".join(part for part in parts if part) + "\n"

    @property
    def html(self) -> str:
        """The whole brief as one self-contained, printable page."""
        from meterline.briefs.page import to_html

        return to_html(self)
