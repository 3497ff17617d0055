"""An answer that can be read: 20 kB at most, and what was left out for that is said in it.

Sentences are never cut in the middle, because half a proved sentence is not proved. Statements go first, then rows of the longest
table, then whole parts from the end. The figures and receipts of an answer stay complete in its JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from meterline.answer import Clarification, Draft, Section, Sentence, Table, Withheld

MOST_BYTES = 20_000
MOST_LINES = 12
LONGEST_LINE = 600
FEWEST_ROWS = 5
_RESERVE = 600
"""Bytes kept for the sentence that says what was left out."""
_LISTS = {"assumptions": "assumptions", "not_available": "things that are not available", "next_steps": "next steps"}
TOO_LONG = "The answer was too long to be printed."


@dataclass
class Fitted:
    """What is left of a draft, and in words what is not."""

    draft: Draft
    left_out: list[str] = field(default_factory=list)

    def note(self) -> str:
        """The sentence about what was left out, or nothing."""
        shown = self.left_out[:6] + ([f"and {len(self.left_out) - 6} more"] if len(self.left_out) > 6 else [])
        return f"Left out for length: {', '.join(shown)}." if shown else ""


def fitted(draft: Draft, rendered: Callable[[Draft], str]) -> Fitted:
    """The draft without what does not fit; `rendered` gives the text of a draft as it will be printed."""
    fit = Fitted(_short_lists(draft))
    for name, words in _LISTS.items():
        if len(getattr(draft, name)) > len(getattr(fit.draft, name)):
            fit.left_out.append(f"more {words}")
    most = MOST_BYTES - _RESERVE - sum(_size(line) for line in _lines(fit.draft))
    while _size(rendered(fit.draft)) > most and _shrink(fit):
        """One thing less each time."""
    if _size(rendered(fit.draft)) > most:
        fit.draft = fit.draft.model_copy(update={"headline": Sentence(text=TOO_LONG)})
    return fit


def short_withheld(withheld: list[Withheld]) -> list[Withheld]:
    """The first of what was withheld, each so long that one sees what it was."""
    shown = [w.model_copy(update={"text": _clipped(w.text), "reason": _clipped(w.reason)}) for w in withheld[:MOST_LINES]]
    more = len(withheld) - len(shown)
    return [*shown, Withheld(text=f"{more} more", reason="the list is too long to be printed")] if more > 0 else shown


def _shrink(fit: Fitted) -> bool:
    """Takes the next thing away; False when there is nothing left to take."""
    draft = fit.draft
    if draft.show_receipts:
        fit.left_out.append(f"the statement of receipt {draft.show_receipts[-1]}")
        fit.draft = draft.model_copy(update={"show_receipts": draft.show_receipts[:-1]})
        return True
    longest = max((s for s in draft.sections if s.table), key=_rows, default=None)
    if longest is not None and _rows(longest) > FEWEST_ROWS:
        kept = max(FEWEST_ROWS, _rows(longest) * 3 // 4)
        _say_rows(fit, longest, _rows(longest) - kept)
        fit.draft = _with(draft, longest, _cut(longest, kept))
        return True
    if draft.sections:
        heading = draft.sections[-1].heading
        fit.left_out.append(f"the part “{heading}”" if heading else "a part without a heading")
        fit.draft = draft.model_copy(update={"sections": draft.sections[:-1]})
        return True
    return False


def _say_rows(fit: Fitted, section: Section, rows: int) -> None:
    """Adds to what was said of this table's rows before."""
    where = f" of “{section.heading}”" if section.heading else " of a table"
    before = next((n for n, text in enumerate(fit.left_out) if text.endswith(f"rows{where}")), None)
    if before is not None:
        rows += int(fit.left_out.pop(before).split()[0])
    fit.left_out.append(f"{rows} rows{where}")


def _rows(section: Section) -> int:
    return len(section.table.rows) if section.table else 0


def _cut(section: Section, rows: int) -> Section:
    assert section.table is not None
    return section.model_copy(update={"table": Table(columns=section.table.columns, rows=section.table.rows[:rows])})


def _with(draft: Draft, old: Section, new: Section) -> Draft:
    return draft.model_copy(update={"sections": [new if s is old else s for s in draft.sections]})


def _short_lists(draft: Draft) -> Draft:
    """The draft with lists that a person reads: no line longer than a paragraph, and a dozen of them."""
    update: dict[str, object] = {name: [line for line in getattr(draft, name) if len(line) <= LONGEST_LINE][:MOST_LINES] for name in _LISTS}
    if draft.clarification is not None:
        update["clarification"] = _short_question(draft.clarification)
    return draft.model_copy(update=update)


def _short_question(asked: Clarification) -> Clarification:
    options = [o for o in asked.options if len(o.label) + len(o.value) + len(o.hint) <= LONGEST_LINE]
    return Clarification(question=_clipped(asked.question), options=options[:MOST_LINES])


def _lines(draft: Draft) -> list[str]:
    asked = draft.clarification
    options = [text for o in asked.options for text in (o.label, o.value, o.hint)] if asked else []
    return [draft.headline.text, *draft.assumptions, *draft.not_available, *draft.next_steps, asked.question if asked else "", *options]


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
