"""From a checked draft to text: values, units and footnotes come from receipts, never from the model.

Everything that is data or model text is escaped: names and quotations are hostile input, and no link,
image or HTML leaves Meterline.
"""

from __future__ import annotations

import re

from meterline.answer import Section, Table
from meterline.marks import MARK, day_text, figure_text, window_text
from meterline_tools.receipts import Citation, Figure, ReceiptBook, Window

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~!])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def clean(text: str) -> str:
    """Control, zero-width, bidirectional and lone surrogate characters shown as escapes, lines joined."""
    return _CONTROL.sub(lambda m: f"\\u{ord(m.group()):04x}", text.replace("\r", " ").replace("\n", " "))


def escape_markdown(text: str) -> str:
    """Text that Markdown prints as it is; also closes autolinks by breaking the scheme."""
    return _SPECIAL.sub(r"\\\1", clean(text)).replace("://", ":\\//").replace("www.", "www\\.")


def speaker_text(citation: Citation) -> str:
    """Who said it, on which side, when: "(Ana Ruiz, customer, 3 Jun 2026, N-0881)"."""
    parts = [citation.speaker or "", citation.side, day_text(citation.date) if citation.date else "", citation.source_id]
    return "(" + ", ".join(clean(p) for p in parts if p) + ")"


class Renderer:
    """Renders marks of one turn and numbers its footnotes in order of first use."""

    def __init__(self, book: ReceiptBook) -> None:
        self.book = book
        self._notes: dict[str, tuple[int, list[str]]] = {}
        """Footnote key -> its number and the figures, or the citation, that it stands for."""

    def plain(self, text: str) -> str:
        """Marks filled in, no footnotes, no escapes: for headlines, charts and plain terminals."""
        return MARK.sub(lambda m: self._value(m.group(1), m.group(2) or ""), clean(text))

    def shown(self, text: str) -> str:
        """What a withheld sentence would have said; marks that stand for nothing become an ellipsis."""
        known = self.book.figures.keys() | self.book.citations.keys()
        return MARK.sub(lambda m: self._value(m.group(1), m.group(2) or "") if m.group(1) in known else "…", clean(text))

    def inline(self, text: str, *, footnotes: bool = True) -> str:
        """Markdown with marks filled in and, unless told otherwise, a footnote behind each."""
        pieces, at = [], 0
        for match in MARK.finditer(text):
            pieces.append(escape_markdown(text[at : match.start()]))
            ident, view = match.group(1), match.group(2) or ""
            pieces.append(escape_markdown(self._value(ident, view)))
            if footnotes and self.is_noted(ident, view):
                pieces.append(f"[^{self.number(ident)}]")
            at = match.end()
        pieces.append(escape_markdown(text[at:]))
        return "".join(pieces)

    def is_noted(self, ident: str, view: str = "") -> bool:
        """Whether a mark gets a footnote: names, labels and dates of windows go without."""
        return view not in ("label", "entity", "window") and not (ident.startswith("F") and self.book.figures[ident].unit == "text")

    def sections(self, sections: list[Section]) -> str:
        """Markdown of all sections, without the footnote list."""
        return "\n\n".join(block for section in sections for block in self._blocks(section))

    def notes(self) -> dict[int, str]:
        """Footnote number -> its text, in order of use."""
        return {n: self._footnote_text(idents) for n, idents in self._notes.values()}

    def footnotes(self) -> str:
        """The footnote list, in order of use."""
        return "\n".join(f"[^{n}]: {text}" for n, text in self.notes().items())

    def sql(self, ident: str) -> str:
        """A receipt's statement and parameters as a code block that its text cannot close."""
        receipt = self.book.receipts[ident]
        params = "\n".join(f"-- :{name} = {value!r}" for name, value in receipt.params.items())
        body = f"{receipt.sql or '-- no statement'}\n{params}".replace("`" * 3, "'" * 3)
        return f"Receipt {ident}\n\n```sql\n{body}\n```"

    def _blocks(self, section: Section) -> list[str]:
        blocks = [f"### {escape_markdown(section.heading)}"] if section.heading else []
        measured = [s for s in section.sentences if "[[C" not in s.text]
        quoted = [s for s in section.sentences if "[[C" in s.text]
        if measured:
            blocks.append(" ".join(self.inline(s.text) + self._sources(s.citations, s.text) for s in measured))
        blocks += [f"> {self.inline(s.text)}" for s in quoted]
        if section.table and section.table.rows:
            blocks.append(self.table(section.table))
        return blocks

    def table(self, table: Table) -> str:
        """A Markdown table; its cells' receipts stand in one source line below, not in every cell."""
        head = "| " + " | ".join(escape_markdown(c) for c in table.columns) + " |"
        numeric = [any(self._is_number(row[i]) for row in table.rows if i < len(row)) for i in range(len(table.columns))]
        rule = "|" + "|".join("---:" if n else "---" for n in numeric) + "|"
        rows = ["| " + " | ".join(self.inline(cell, footnotes=False) for cell in row) + " |" for row in table.rows]
        marks = [(m.group(1), m.group(2) or "") for row in table.rows for cell in row for m in MARK.finditer(cell)]
        used = [ident for ident, view in marks if self.is_noted(ident, view)]
        series = self._series(used)
        notes = sorted({self.number(ident, series=ident in series) for ident in used})
        source = "\n\n" + "Source: " + "".join(f"[^{n}]" for n in notes) if notes else ""
        return "\n".join([head, rule, *rows]) + source

    def _series(self, idents: list[str]) -> set[str]:
        """Figures of a measure that a table tells over several periods: one footnote serves them all."""
        windows: dict[str, set[str]] = {}
        for ident in idents:
            if ident.startswith("F"):
                windows.setdefault(self._key(ident, series=True), set()).add(str(self.book.figures[ident].window))
        return {ident for ident in idents if len(windows.get(self._key(ident, series=True), ())) > 1}

    def _is_number(self, cell: str) -> bool:
        """Whether a cell holds a figure's value; a name or a label that comes from a figure is text."""
        return any(m.group(1).startswith("F") and self.is_noted(m.group(1), m.group(2) or "") for m in MARK.finditer(cell))

    def _sources(self, citations: list[str], text: str) -> str:
        extra = [c for c in citations if f"[[{c}]]" not in text and c in self.book.citations]
        return "".join(f"[^{self.number(c)}]" for c in extra)

    def _value(self, ident: str, view: str) -> str:
        if ident.startswith("F"):
            return figure_text(self.book.figures[ident], view)
        citation = self.book.citations[ident]
        return f"“{citation.quote.strip()}” {speaker_text(citation)}"

    def _key(self, ident: str, *, series: bool = False) -> str:
        if ident.startswith("C"):
            return ident
        figure = self.book.figures[ident]
        return f"{figure.receipt}|{figure.metric or figure.label}|{'series' if series else figure.window or ''}"

    def number(self, ident: str, *, series: bool = False) -> int:
        """The footnote number of a figure or citation; the next one when it has none yet."""
        number, idents = self._notes.setdefault(self._key(ident, series=series), (len(self._notes) + 1, []))
        if ident not in idents:
            idents.append(ident)
        return number

    def _footnote_text(self, idents: list[str]) -> str:
        if idents[0].startswith("C"):
            return escape_markdown(_citation_note(self.book.citations[idents[0]]))
        return escape_markdown(_figure_note([self.book.figures[ident] for ident in idents]))


def _figure_note(figures: list[Figure]) -> str:
    """What a footnote says of the figures it stands for: their measure, the days they cover together, their receipt."""
    first = figures[0]
    measures = {_measure(figure) for figure in figures}
    label = first.label if len({figure.label for figure in figures}) == 1 or len(measures) > 1 else measures.pop()
    parts = [label if not first.metric else f"{label} ({first.metric})"]
    windows = [figure.window for figure in figures if figure.window]
    if windows:
        parts.append(window_text(Window(start=min(w.start for w in windows), end=max(w.end for w in windows))))
    if not first.governed:
        parts.append("ungoverned")
    return " · ".join([*parts, f"receipt {first.receipt}"])


def _measure(figure: Figure) -> str:
    """A figure's label without what it is about: "Growth, Orion Foods" is growth."""
    return figure.label.removesuffix(f", {figure.entity.name}") if figure.entity else figure.label


def _citation_note(citation: Citation) -> str:
    where = f"turn {citation.turn}" if citation.turn is not None else ""
    parts = [citation.source.replace("_", " "), citation.source_id, citation.title or "", where]
    when = day_text(citation.date) if citation.date else ""
    return " · ".join(p for p in [*parts, when, "instruction-like text, quoted only" if citation.flagged else ""] if p)
