"""Price, adoption, users, waste, commitment share, savings of a book and explained share: a sentence each, tables by the lookup."""

from __future__ import annotations

from collections.abc import Callable

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import lookup
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    finish,
    joined,
    mark,
    measured,
    metric_label,
    plain_name,
    subject,
    table,
)
from meterline_tools.catalog.buckets import TIME

_INTERNAL = "For internal use: discounts and unit prices are agreed with each customer."


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """One figure in a sentence of its own; anything broken down or compared as lookups are."""
    reply = Metrics(turn.reply("lookup"))
    if reading.metrics == ["M53"] and not reading.accounts and not reading.measure.group_by:
        return book_savings(reading, context, turn)
    asked = reading.metrics
    if asked == ["M53"] and not reply.number(reply.whole.get("M53.n")):
        return _no_savings(reading, reply, subject(reading, context))
    alone = len(asked) == 1 and asked[0] in _SAYS and not reading.measure.group_by
    figures = reply.told(reply.whole)
    if not alone or asked[0] == "M12" or not figures:
        return _as_lookup(reading, context, turn, reply)
    who = _payer(reading, context)
    lines = _SAYS[asked[0]](figures, who, reply)
    if asked[0] == "M16" and reading.of_type("sku_family"):
        lines = [_users_of_family(figures, who)]
    draft = Draft(headline=measured(lines[0]))
    if lines[1:]:
        draft.sections.append(Section(sentences=[measured(line) for line in lines[1:]]))
    skus = Metrics(turn.reply("skus"))
    if len(skus.rows) > 1:
        rows = [[joined(row.names), *cells(row.figures, ["M11", "M01"])] for row in skus.rows]
        draft.sections.append(table("By product", ["SKU", metric_label("M11"), metric_label("M01")], rows))
    if asked[0] == "M11":
        draft.sections.append(Section(sentences=[Sentence(text=_INTERNAL)]))
    draft.next_steps.append(_NEXT[asked[0]])
    return finish(draft, reading, reply, metrics=asked)


def _as_lookup(reading: Reading, context: Context, turn: Turn, reply: Metrics) -> Draft:
    missing = reply.missing()
    if missing and not reply.rows and not reply.whole:
        label, reason = missing[0]
        draft = Draft(answer_type="ANSWER_THIN", headline=measured(f"{label} cannot be told: {reason}."))
        draft.next_steps.append("Load that data, or ask for consumption instead.")
        return finish(draft, reading, reply)
    draft = lookup.write(reading, context, turn)
    figures = reply.told(reply.whole)
    alone = reading.metrics[0] if len(reading.metrics) == 1 and reading.measure.group_by else ""
    if alone == "M12" and reply.rows and not set(TIME) & set(reading.measure.group_by):
        draft.headline = measured(_prices(reply, _payer(reading, context)))
    elif alone == "M16" and reply.rows:
        draft.headline = measured(_adopted(reading, reply, _payer(reading, context)))
    elif alone in _SAYS and figures:
        draft.headline = measured(_SAYS[alone](figures, _payer(reading, context), reply)[0])
    if {"M11", "M12"} & set(reading.metrics):
        draft.sections.append(Section(sentences=[Sentence(text=_INTERNAL)]))
    return draft


def _payer(reading: Reading, context: Context) -> str:
    """An account by its name; anything wider is its customers."""
    who = subject(reading, context)
    if reading.metrics == ["M12"]:
        return joined([plain_name(n.name) for n in reading.accounts]) or "customers"
    return who if reading.accounts or not set(reading.metrics) & {"M11", "M12", "M53"} else f"customers of {who}"


def _prices(reply: Metrics, who: str) -> str:
    """ "They paid, by product: compute $2 per credit, …", the dearest first."""
    said = [f"{joined(row.names)} {mark(row.figures['M12'])}" for row in reply.rows[:_TOLD] if "M12" in row.figures]
    window = mark(reply.rows[0].figures["M12"], "window")
    return f"Net of discounts, {who} paid ({window}): {joined(said)}."


_TOLD = 3
"""Products named in the headline; the table has them all."""


def _discount(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f, usd = figures["M11"], figures["M11.usd"]
    return [f"{mark(f)} off list is what {who} got over the whole mix of products ({mark(f, 'window')}): {mark(usd)} in money."]


def _adoption(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f = figures["M16"]
    per = f", {mark(figures['M16.per_account'])} product families each on average" if "M16.per_account" in figures else ""
    return [f"{mark(f)} accounts of {who} use a product family{per} ({mark(f, 'window')})."]


def _users_of_family(figures: Figures, who: str) -> str:
    f = figures["M16"]
    return f"{mark(f)} accounts use {who} ({mark(f, 'window')}), each with at least the threshold of net consumption."


def _adopted(reading: Reading, reply: Metrics, who: str) -> str:
    """Who uses it most, the first rows by name; a product family's own accounts where one is asked about."""
    rows = [row for row in reply.rows if row.names and "M16" in row.figures]
    rows.sort(key=lambda row: -(reply.number(row.figures["M16"]) or 0.0))
    first = joined([f"{joined(row.names).replace('_', ' ')} ({mark(row.figures['M16'])})" for row in rows[:_TOLD]])
    when = mark(rows[0].figures["M16"], "window")
    if reading.of_type("sku_family"):
        return f"Most accounts that use {joined([plain_name(n.name) for n in reading.of_type('sku_family')])}: {first} ({when})."
    return f"Used by most accounts: {first} ({when})." if "sku_family" in reading.measure.group_by else _adoption_line(reply, who)


def _adoption_line(reply: Metrics, who: str) -> str:
    return _adoption(reply.told(reply.whole), who, reply)[0]


def _users(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f = figures["M18"]
    before = f", against {mark(figures['M18.prior'])} in the window before" if "M18.prior" in figures else ""
    lines = [f"{capital(who)} has {mark(f)} active users a day at most ({mark(f, 'window')}){before}."]
    if "M18.usd" in figures:
        units = f", or {mark(figures['M18.units'])}" if "M18.units" in figures else ""
        lines.append(f"Each uses {mark(figures['M18.usd'])} a day{units}.")
    return lines


def _committed(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f = figures["M35"]
    return [
        f"{mark(f)} of the consumption of {who} draws on a commitment; {mark(figures['M35.uncommitted'])} does not ({mark(f, 'window')}).",
        "Uncommitted consumption is not bad; it is less predictable.",
    ]


def _waste(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f = figures["M50"]
    parts = [f"{name} {mark(figures[key])}" for key, name in (("M50.idle", "idle"), ("M50.retry", "retried")) if key in figures]
    beside = [
        f"{name} {mark(figures[key])}"
        for key, name in (("M50.refresh", "full refreshes"), ("M50.failed", "jobs that failed"))
        if key in figures
    ]
    lines = [f"{mark(f)} of the consumption of {who} was waste, {mark(figures['M50.usd'])} ({mark(f, 'window')}): {joined(parts)}."]
    if beside:
        lines.append(f"Beside it, and not added: {joined(beside)}.")
    return [*lines, f"It is measured on {mark(figures['M50.coverage'])} of the consumption; some idle time is intended."]


def _savings(figures: Figures, who: str, reply: Metrics) -> list[str]:
    low, high = figures["M53.low"], figures["M53.high"]
    return [f"{capital(who)} could save between {mark(low)} and {mark(high)}, by the savings rules."]


def _explained(figures: Figures, who: str, reply: Metrics) -> list[str]:
    f = figures["M55"]
    return [
        f"{mark(f)} of the material moves of {who}, by size, have a confirmed cause on file ({mark(f, 'window')} against the days before).",
        f"Accounts with such a move: {mark(figures['M55.n'])}; without a confirmed cause: {mark(figures['M55.open'])}.",
    ]


_SAYS: dict[str, Callable[[Figures, str, Metrics], list[str]]] = {
    "M11": _discount,
    "M16": _adoption,
    "M18": _users,
    "M35": _committed,
    "M50": _waste,
    "M53": _savings,
    "M55": _explained,
}
_NEXT = {
    "M11": "Ask for the unit price by product: a shift of the mix moves the discount without any new agreement.",
    "M16": "Ask for it by segment, or who does not use it yet.",
    "M18": "Ask for it by workload.",
    "M35": "Ask for it by person or by segment.",
    "M50": "Ask how one account can spend less: each rule shows where the waste is.",
    "M53": "Ask for it by savings rule, or how one account can spend less: each tip comes with its evidence and caveat.",
    "M55": "Ask for the biggest moves and why the unexplained ones happened.",
}


def book_savings(reading: Reading, context: Context, turn: Turn) -> Draft:
    """M53 over a book: the range, and the accounts it lies in."""
    reply = Metrics(turn.reply("lookup"))
    figures = reply.told(reply.whole)
    who = subject(reading, context)
    if not reply.ok or "M53.n" not in figures or not reply.number(figures["M53.n"]):
        return _no_savings(reading, reply, who)
    low, high, n = (figures[key] for key in ("M53.low", "M53.high", "M53.n"))
    draft = Draft(headline=measured(f"Customers of {who} could save between {mark(low)} and {mark(high)}, in {mark(n)} accounts."))
    keys = ["M53.low", "M53.high"]
    rows = [[joined(row.names), *cells(row.figures, keys)] for row in reply.rows]
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, keys)])
    draft.sections.append(table("Where", ["Account", *(metric_label(key) for key in keys)], rows))
    draft.next_steps.append(_NEXT["M53"])
    return finish(draft, reading, reply, metrics=["M53"])


def _no_savings(reading: Reading, reply: Metrics, who: str) -> Draft:
    draft = Draft(answer_type="ANSWER_THIN", headline=measured(f"No savings rule fires for {who} on what telemetry shows."))
    draft.next_steps.append("Savings need telemetry of idle, retried or refreshed work, or contracts: check whether it is loaded.")
    return finish(draft, reading, reply, metrics=["M53"])
