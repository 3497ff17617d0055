"""Use cases and activity: figures and records of a person or an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    metric_label,
    nothing,
    plain_name,
    subject,
    table,
)

_FLOWS = {"M36": "created", "M37": "gone live", "M38": "moved later"}


_LISTED = 10


def use_cases(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I10: created, gone live, moved later, by person; and the use cases themselves."""
    flow, cases = Metrics(turn.reply("flow")), Metrics(turn.reply("cases"))
    who = subject(reading, context)
    if not flow.whole and not flow.rows and not cases.data.get("rows"):
        return nothing(reading, f"There are no use case figures for {who}.", flow)
    asked = [m for m in _FLOWS if m in reading.metrics] or list(_FLOWS)
    told = [_flow(key, flow) for key in asked if f"{key}.count" in flow.whole]
    rest = [measured(f"{metric_label(k)}: {mark(f)}.") for k, f in flow.whole.items() if k.partition(".")[0] not in _FLOWS]
    lines = [*told, *rest] or [measured(f"Use cases of {who}, one by one:")]
    draft = Draft(headline=lines[0], sections=[Section(sentences=lines[1:])] if lines[1:] else [])
    if len(flow.rows) > 1:
        rows = [[joined(r.names), *cells(r.figures, flow.keys)] for r in flow.rows if any(flow.number(f) for f in r.figures.values())]
        by = dimension_label((reading.measure.group_by or ["rep"])[0])
        draft.sections.append(table(f"By {in_sentence(by)}", [by, *[metric_label(k) for k in flow.keys]], rows))
    listed = [_case(row) for row in (cases.data.get("rows") or [])[:_LISTED]]
    if listed:
        draft.sections.append(table("Use cases", ["Use case", "Account", "Stage", "Estimated", "Planned", "Slipped"], listed))
    draft.next_steps.append("Ask which of them slipped and why, or what the live ones deliver against estimate.")
    given = [r for r in (flow, cases) if r.reply is not None]
    return finish(draft, reading, *given, metrics=asked)


def _flow(key: str, reply: Metrics) -> Sentence:
    f = reply.whole
    usd = f", worth {mark(f[f'{key}.usd'])}" if f"{key}.usd" in f else ""
    days = f", by {mark(f[f'{key}.days'])} on average" if f"{key}.days" in f else ""
    return measured(f"Use cases {_FLOWS[key]} ({mark(f[f'{key}.count'], 'window')}): {mark(f[f'{key}.count'])}{usd}{days}.")


def _case(row: Mapping[str, Any]) -> list[str]:
    figures = row.get("figures") or {}
    account = row.get("account") or {}
    name = mark(figures["name"]) if "name" in figures else plain_name(str(row.get("name") or row.get("use_case_id") or ""))
    where = plain_name(str(account.get("name", "") if isinstance(account, Mapping) else account))
    return [name, where, str(row.get("stage") or ""), *cells(figures, ["est", "planned", "days_slipped"])]


def activity(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I17: customer-facing activity as count, substance and unscored; never the count alone."""
    if reading.silence:
        return _silent(reading, Metrics(turn.reply("silent")), context)
    reply = Metrics(turn.reply("activity"))
    who = subject(reading, context)
    if "M44.count" not in reply.whole and not reply.rows:
        return nothing(reading, f"There is no activity on record for {who}.", reply)
    f = reply.whole or reply.rows[0].figures
    parts = [f"{mark(f[k])} {word}" for k, word in (("M44.substantive", "substantive"), ("M44.unscored", "unscored")) if k in f]
    headline = measured(
        f"{capital(who)}: {mark(f['M44.count'])} customer-facing activities ({mark(f['M44.count'], 'window')}), {joined(parts)}."
    )
    keys = ["M44.count", "M44.substantive", "M44.unscored"]
    sections = []
    if len(reply.rows) > 1:
        rows = [[joined(r.names), *cells(r.figures, keys)] for r in reply.rows]
        sections.append(table("By person", ["Who", "Activities", "Substantive", "Unscored"], rows))
    draft = Draft(headline=headline, sections=sections)
    if not reading.people and not reading.accounts:
        draft.answer_type = "ANSWER_ASSUME"
        draft.assumptions.append("Activity was read as customer-facing activity of everyone in your sight; name a person to narrow it.")
    draft.next_steps.append("Ask what was said in those conversations, or which accounts went without one.")
    return finish(draft, reading, reply, metrics=["M44"])


def _silent(reading: Reading, reply: Metrics, context: Context) -> Draft:
    """Accounts that consume and on which no customer-facing activity is on record, the largest first."""
    quiet = [row for row in reply.rows if "M01" in row.figures and not reply.number(row.figures.get("M44.count"))]
    if not reply.ok or "M44" in reply.lacking():
        return nothing(reading, "Who was not in touch cannot be told: no activities are loaded.", reply)
    who = subject(reading, context)
    if not quiet:
        lead = f"Every consuming account of {who} has customer-facing activity on record in this period."
        draft = Draft(headline=measured(lead), next_steps=["Ask how much of that activity was substantive."])
        return finish(draft, reading, reply, metrics=["M44"])
    first = quiet[0]
    m01 = first.figures["M01"]
    lead = f"The largest account without customer-facing activity in {mark(m01, 'window')} is {joined(first.names)}: {mark(m01)} consumed."
    rows = [[joined(row.names), mark(row.figures["M01"])] for row in quiet[: 2 * _LISTED]]
    draft = Draft(headline=measured(lead), sections=[table("Without activity on record", ["Account", "Net consumption"], rows)])
    draft.next_steps.append("Check with the owner first: not every conversation is recorded.")
    return finish(draft, reading, reply, metrics=["M44"])
