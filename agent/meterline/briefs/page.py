"""A brief as one self-contained page: for screens, phones and print. No script, image or link leaves it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline.briefs.model import Brief
from meterline.marks import day_text, window_text

if TYPE_CHECKING:
    from jinja2 import Template
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline


def to_html(brief: Brief) -> str:
    """The page. Text of the brief is Markdown whose data were escaped; raw HTML in it is not let through."""
    from markupsafe import Markup

    reader = _reader()
    return _template().render(
        brief=brief,
        sections=[(section, Markup(reader.render(section.markdown))) for section in brief.sections],
        notes={number: Markup(reader.renderInline(text)) for number, text in brief.notes.items()},
        period=window_text(brief.period),
        d1=day_text(brief.d1),
        known_at=day_text(brief.known_at.date()),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined).get_template("brief.html")


@cache
def _reader() -> MarkdownIt:
    """CommonMark with tables and footnote marks; without links, images and HTML."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    reader.disable(["link", "image", "autolink", "html_inline", "html_block", "reference"])
    reader.inline.ruler.before("escape", "footnote_mark", _footnote_mark)
    reader.add_render_rule("footnote_mark", _render_footnote_mark)
    reader.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return reader


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    """`[^12]`, which the renderer alone writes: data have their brackets escaped."""
    text = state.src[state.pos : state.posMax]
    end = text.find("]")
    if not text.startswith("[^") or not text[2 : max(end, 2)].isdecimal():
        return False
    if not silent:
        state.push("footnote_mark", "", 0).content = text[2:end]
    state.pos += end + 1
    return True


def _render_footnote_mark(_reader: Any, tokens: Any, index: int, *_: Any) -> str:
    number = int(tokens[index].content)
    return f'<sup class="note"><a href="#note-{number}">{number}</a></sup>'
