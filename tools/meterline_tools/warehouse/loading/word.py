"""Word documents (.docx) into text: one line for each paragraph, the cells of a table's row beside one another.

What was deleted under tracked changes, comments, headers and footers are left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from meterline_tools.warehouse.loading.report import FileRefused

MOST_BYTES = 50_000_000
"""Of the document unpacked: a small file can hold a very large one."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(raw: bytes) -> str:
    """The text of a document. FileRefused where it is no Word document, or larger than anybody writes."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if archive.getinfo("word/document.xml").file_size > MOST_BYTES:
                raise FileRefused(f"unpacks to more than {MOST_BYTES // 1_000_000} MB: split it")
            content = archive.read("word/document.xml")
        if b"<!DOCTYPE" in content:
            raise FileRefused("defines entities of its own, which Word never does")
        body = ElementTree.fromstring(content).find(f"{_W}body")
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ElementTree.ParseError):
        raise FileRefused("not readable as a Word document: save it anew as .docx, or as .txt") from None
    return "\n".join(_lines(body)).strip("\n") if body is not None else ""


def _lines(parent: ElementTree.Element) -> Iterator[str]:
    """Paragraphs and rows in reading order, whatever wraps them (content controls, insertions)."""
    for part in parent:
        if part.tag == f"{_W}p":
            yield _text(part)
        elif part.tag == f"{_W}tr":
            yield " | ".join(" ".join(_lines(cell)) for cell in part.iter(f"{_W}tc"))
        elif part.tag != f"{_W}del":
            yield from _lines(part)


def _text(paragraph: ElementTree.Element) -> str:
    """w:t is what stands there; what was deleted is in w:delText."""
    return "".join(_BREAKS.get(part.tag, (part.text or "") if part.tag == f"{_W}t" else "") for part in paragraph.iter())
