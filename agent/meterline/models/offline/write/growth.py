"""Growth led by the product: accounts sales should call, what came before the first touch, new products and their adoption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section
from meterline.models.offline.plan.growth import PRODUCTS
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.lookup import write as write_lookup
from meterline.models.offline.write.parts import (
    Metrics,
    Row,
    capital,
    cells,
    change_clause,
    finish,
    joined,
    mark,
    measured,
    nothing,
    plain_name,
    subject,
    table,
)

_LISTED = 15
_NAMED = 3
"""Accounts named in a headline; the table has more."""


def pql(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I23: self-serve accounts that meet the rule and wait for a call, with the clause that fired and since when."""
    reply = Metrics(turn.reply("pql"))
    told = reply.told(reply.whole)
    if "M51" not in told:
        return not_held(reading, "Product-qualified accounts cannot be told", reply)
    waiting = [row for row in reply.rows if reply.number(row.figures.get("M51"))]
    spoken = [row for row in reply.rows if row not in waiting]
    if waiting:
        text = f"Self-serve accounts worth a call now: {mark(told['M51'])}; waiting longer than agreed: {mark(told['M51.late'])}"
        draft = Draft(headline=measured(f"{text} (as of {mark(told['M51'], 'window')})."))
        draft.sections.append(_accounts("To call, longest waiting first", reply, waiting))
    else:
        others = f"{mark(told['M51.met'])} met the rule and had a talk with us since" if spoken else "none meets the rule"
        text = f"Self-serve accounts that wait for a call: {mark(told['M51'])} (as of {mark(told['M51'], 'window')}); {others}."
        draft = Draft(headline=measured(text))
    if spoken:
        draft.sections.append(_accounts("Meet the rule, and somebody spoke with them since", reply, spoken))
    draft.next_steps.append("Start with what they built by themselves; ask for the workloads of the first account before calling.")
    return finish(draft, reading, reply, metrics=["M51"])


def _accounts(heading: str, reply: Metrics, rows: list[Row]) -> Section:
    keys = ["M51.clause", "M51.usd", "M51.users", "M51.since", "M51.age"]
    body = [[joined(row.names), *cells(reply.told(row.figures), keys)] for row in rows[:_LISTED]]
    return table(heading, ["Account", "What fired", "Four weeks' consumption", "Most users a day", "Met since", "Age"], body)


def first_touch(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I23: what accounts consumed before anybody of ours spoke with them, by source."""
    reply = Metrics(turn.reply("first_touch"))
    if not reply.ok or reply.data.get("not_available"):
        return not_held(reading, "What came before the first touch cannot be told", reply)
    rows, sums = reply.data.get("rows") or [], (reply.data.get("total") or {}).get("figures") or {}
    starts = reply.data.get("log_starts")
    if not rows:
        return nothing(reading, "No account began to consume after the activity log did, so nothing can be attributed.", reply)
    text = (
        f"{mark(sums['usd'])} was consumed by {mark(sums['count'])} accounts of {subject(reading, context)} before anybody spoke with them."
    )
    draft = Draft(headline=measured(text))
    body = [
        [
            plain_name(str(row["account"]["name"])),
            str(row.get("source") or "unknown").replace("_", " "),
            *(mark(row["figures"][k]) if k in row["figures"] else "none yet" for k in ("before_usd", "first_usage", "first_touch")),
        ]
        for row in rows
    ]
    draft.sections.append(table("Largest first", ["Account", "Source", "Before the first touch", "First usage", "First touch"], body))
    if reply.number(sums.get("rest")):
        draft.sections.append(Section(sentences=[measured(f"{mark(sums['rest'])} more, with {mark(sums['rest_usd'])}, are not shown.")]))
    split = [[str(s["source"]).replace("_", " "), mark(s["accounts"]), mark(s["usd"])] for s in reply.data.get("sources") or []]
    draft.sections.append(table("By source", ["Source", "Accounts", "Before the first touch"], split))
    if starts:
        draft.assumptions.append(
            f"Only accounts whose usage began after {mark(starts)}, the first activity on record: of older ones the first touch is unknown."
        )
    draft.next_steps.append("Ask which of them meet the rule for a call today.")
    return finish(draft, reading, reply, metrics=[])


def new_products(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I24: consumption of what was launched within a year, week by week."""
    reply = Metrics(turn.reply("new_products"))
    if not reply.whole and not reply.rows:
        return nothing(reading, "There is no consumption of new products to tell.", reply)
    turn.replies["lookup"] = turn.replies["new_products"]
    reading.measure.group_by = reading.measure.group_by or ["week"]
    reading.measure.metrics = ["M01"]
    return write_lookup(reading, context, turn)


def adoption(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I24: accounts and dollars of a product against its targets, with its pipeline and the people certified for it."""
    families = Metrics(turn.reply("families"))
    if families.reply is not None:
        return _every_family(reading, families)
    usage, accounts, targets, pipeline, certificates = (
        Metrics(turn.reply(key)) for key in ("usage", "accounts", "targets", "pipeline", "certificates")
    )
    who = subject(reading, context)
    told = usage.told(usage.whole)
    if "M01" not in told:
        return nothing(reading, f"There is no consumption of {who} to tell.", usage)
    rate = f", a run rate of {mark(told['M05'])}" if "M05" in told else ""
    size = f"; {mark(count)} accounts use it" if (count := _first(accounts, "M16")) else ""
    used = f"{mark(told['M01'])} ({mark(told['M01'], 'window')}){change_clause(usage, told)}{rate}{size}."
    against = _against(targets)
    draft = Draft(headline=measured(f"{capital(who)}: {against or used}"))
    if against:
        draft.sections.append(Section(sentences=[measured(f"Consumption of {who}: {used}")]))
    draft.sections += _targets(targets)
    draft.sections += _pipeline_and_people(pipeline, certificates)
    draft.next_steps.append("Ask which accounts use it most, or which open use cases rest on it.")
    return finish(draft, reading, usage, accounts, targets, pipeline, metrics=["M16", "M14", "M39", "M47b"])


def whitespace(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I24: customers that do not use a product, the largest first."""
    everybody, users = Metrics(turn.reply("everybody")), Metrics(turn.reply("users"))
    if everybody.reply is None:
        return adoption(reading, context, turn)
    using = {row.id for row in users.rows if (users.number(row.figures.get("M01")) or 0) > 0}
    rows = [row for row in everybody.rows if row.id not in using and (everybody.number(row.figures.get("M01")) or 0) > 0]
    product = joined([plain_name(n.name) for n in reading.of_type(*PRODUCTS)])
    if not everybody.rows:
        return nothing(reading, "There are no customers to choose from there.", everybody)
    if not rows:
        return finish(Draft(headline=measured(f"Every customer in sight uses {product}.")), reading, everybody, users, metrics=["M01"])
    first = joined([f"{joined(row.names)} ({mark(row.figures['M01'])})" for row in rows[:_NAMED]])
    draft = Draft(
        headline=measured(f"Customers without {product}, by what they consume: {first} ({mark(rows[0].figures['M01'], 'window')}).")
    )
    body = [[joined(row.names), mark(row.figures["M01"])] for row in rows[:_LISTED]]
    draft.sections.append(table(f"Without {product}", ["Account", "Net consumption of all else"], body))
    if len(rows) > _LISTED:
        draft.sections[-1].sentences.append(measured("The largest are listed."))
    draft.next_steps.append("Ask for the brief of one of them before it is brought up.")
    return finish(draft, reading, everybody, users, metrics=["M01"])


def _first(reply: Metrics, metric: str) -> str | None:
    """The first figure of a metric that holds a value."""
    return next((figure for key, figure in reply.told(reply.whole).items() if key.partition(".")[0] == metric), None)


def _against(reply: Metrics) -> str:
    """Where the product stands against its targets; nothing without targets."""
    told = reply.told(reply.whole)
    if "M14.pace" not in told:
        return ""
    side = "ahead" if (reply.number(told["M14.gap"]) or 0) >= 0 else "short"
    due = f"{mark(told['M14.pace'])} of the target due by now, {mark(told['M14.gap'], 'abs')} {side}"
    return f"{due}; {mark(told['M14.to_date'])} of the whole fiscal year ({mark(told['M14.to_date'], 'window')})."


def _targets(reply: Metrics) -> list[Section]:
    if not _against(reply):
        return []
    rows = [[joined(row.names), *cells(reply.told(row.figures), ["M13", "M14.pace", "M14.to_date", "M14.gap"])] for row in reply.rows]
    return [table("Against target, by person", ["Who", "Credited", "At pace", "Of the year", "Ahead of what is due"], rows)]


def _pipeline_and_people(pipeline: Metrics, certificates: Metrics) -> list[Section]:
    said = []
    told = pipeline.told(pipeline.whole)
    if "M39.usd" in told:
        weighted = f", {mark(told['M39.weighted'])} weighted by stage" if "M39.weighted" in told else ""
        said.append(measured(f"Pipeline: {mark(told['M39.usd'])} in {mark(told['M39.count'])} open use cases{weighted}."))
    held: list[Mapping[str, Any]] = [row for row in certificates.data.get("rows") or [] if row["state"] == "certified"]
    if certificates.ok and certificates.data.get("programs"):
        names = joined([plain_name(str(row["person"]["name"])) for row in held])
        said.append(measured(f"Certified for it: {names or 'nobody'}."))
    return [Section(heading="What comes next", sentences=said)] if said else []


def _every_family(reading: Reading, reply: Metrics) -> Draft:
    """Accounts per product family, when no product is named."""
    if not reply.rows:
        return nothing(reading, "Adoption by product cannot be told.", reply)
    keys = reply.keys
    rows = [[joined(row.names), *cells(reply.told(row.figures), keys)] for row in reply.rows]
    first = reply.rows[0]
    figure = next(iter(first.figures.values()))
    draft = Draft(headline=measured(f"{joined(first.names)} is used by most accounts: {mark(figure)} ({mark(figure, 'window')})."))
    draft.sections.append(table("By product family", ["Family", *[reply.label(f).partition(",")[0] for f in first.figures.values()]], rows))
    draft.next_steps.append("Name a product to see it against its target, with its pipeline and who is certified for it.")
    return finish(draft, reading, reply, metrics=["M16"])
