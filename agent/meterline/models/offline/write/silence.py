"""I17: whom nobody was in touch with, whom not for longest, and who got nothing but administration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section
from meterline.models.offline.plan.touch import silence_view
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.parts import Metrics, finish, mark, measured, nothing, plain_name, subject, table
from meterline.models.offline.write.sifted import say_kept, sifted

_HEADINGS = {"silent": "Dearest first", "longest": "Longest silence first", "admin": "Dearest first"}
_COLUMNS = {"last_touch": "Last touch", "usd": "Four weeks' consumption", "renewal": "Contract until"}
_CONTACT = "An e-mail counts as contact; accounts that consumed nothing in the dates shown are left out."


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Accounts with owner, last touch, consumption and the end of the contract, and how many there are in all."""
    view = silence_view(reading)
    reply = Metrics(turn.reply(view))
    if not reply.ok or reply.data.get("not_available"):
        return not_held(reading, "Who was not in touch cannot be told", reply)
    rows, who = reply.data.get("rows") or [], subject(reading, context)
    sums: Mapping[str, str] = (reply.data.get("total") or {}).get("figures") or {}
    if not rows:
        return _none(reading, reply, view, sums, who)
    draft = Draft(headline=measured(_lead(view, rows, sums)))
    columns = _COLUMNS | ({"touches": "Touches"} if view == "admin" else {})
    shown = sifted(reading, rows, {"money": "usd"}, lambda row, key: reply.number(row["figures"].get(key)))
    if not shown:
        draft.sections.append(Section(sentences=[draft.headline]))
        draft.headline = measured(f"None of the accounts of {who} that were left alone is one of those.")
    else:
        draft.sections.append(table(_HEADINGS[view], ["Account", "Owner", *columns.values()], [_row(row, columns) for row in shown]))
    say_kept(reading, draft)
    if not reading.selection.used and reply.number(sums.get("rest")):
        draft.sections.append(Section(sentences=[measured(f"{mark(sums['rest'])} more, with {mark(sums['rest_usd'])}, are not shown.")]))
    if view == "longest" and reply.number(sums.get("never")):
        draft.sections.append(Section(sentences=[measured(f"Accounts that consume and that nobody ever touched: {mark(sums['never'])}.")]))
    draft.assumptions.append(_CONTACT)
    draft.next_steps.append("Check with the owner first: not every conversation is recorded.")
    return finish(draft, reading, reply, metrics=["M01", "M44"])


def _lead(view: str, rows: Sequence[Mapping[str, Any]], sums: Mapping[str, str]) -> str:
    used = f"{mark(sums['usd'])} ({mark(sums['usd'], 'window')})"
    if view == "silent":
        return f"Accounts without any contact since {mark(sums['since'])}: {mark(sums['count'])}, which consumed {used}."
    if view == "admin":
        return f"Accounts that were touched for administration only: {mark(sums['count'])}, which consumed {used}."
    name, figures = plain_name(str(rows[0]["account"]["name"])), rows[0]["figures"]
    return f"The longest silence is that of {name}: last touched on {mark(figures['last_touch'])}."


def _row(row: Mapping[str, Any], columns: Mapping[str, str]) -> list[str]:
    figures = row["figures"]
    cells = [mark(figures[name]) if name in figures else "never" if name == "last_touch" else "–" for name in columns]
    return [plain_name(str(row["account"]["name"])), plain_name(str(row.get("owner") or "–")), *cells]


def _none(reading: Reading, reply: Metrics, view: str, sums: Mapping[str, str], who: str) -> Draft:
    if view != "silent":
        return nothing(reading, f"There is no such account of {who}.", reply)
    draft = Draft(headline=measured(f"Every consuming account of {who} had contact since {mark(sums['since'])}."))
    draft.next_steps = ["Ask how much of that activity was substantive."]
    return finish(draft, reading, reply, metrics=["M44"])
