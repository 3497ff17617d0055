"""I14: where consumption lands: actual, model and overlays told apart, the range, what is committed, what does not last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    finish,
    joined,
    mark,
    measured,
    missing_text,
    nothing,
    plain_name,
    subject,
    table,
    told_error,
)

_METRICS = ["M48", "M35", "M49"]
_COLUMNS = {"actual": "So far", "model": "Model", "overlay": "Overlays", "landing": "Lands at", "low": "Low", "high": "High"}
_HEADS = {"month": "Month", "account": "Account", "rep": "Rep", "sku_family": "Product"}
_BARE = frozenset({"caveats", "one", "single", "just"})
_SMALL = 0.005
"""Differences below this share of the landing are not worth a sentence."""


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The landing, with its parts; one number when that is what is asked for."""
    raw = turn.reply("forecast")
    reply = Metrics(raw)
    if not reply.ok:
        return nothing(reading, told_error(raw) if raw is not None and raw.error else "There is no forecast for that.")
    f, who = reply.whole, subject(reading, context)
    if (reply.number(f.get("landing")) or 0.0) <= 0:
        return nothing(reading, f"Nothing is forecast for {who} in that period: nothing is consumed and no overlay adds any.", reply)
    head = _headline(reply, who)
    if "number" in reading.tokens.present and _BARE & reading.tokens.present:
        draft = Draft(headline=measured(head), next_steps=["Ask where the year lands to see what the number is made of."])
        done = finish(draft, reading, reply, metrics=["M48"])
        done.assumptions = list(reading.assumptions)
        return done
    committed = {
        "committed",
        "commitment",
        "uncommitted",
        "contract",
        "contracted",
        "contracts",
        "signed",
    } & reading.tokens.present and bool(reply.data.get("committed_share"))
    draft = _landing(reply, who, committed=bool(committed))
    alone = turn.reply("bare")
    if alone is not None and alone.ok:
        lead = f"{capital(who)}: without overlays {_label(reply)} lands at {mark(str(alone.data['figure']))}."
        draft.sections[0].sentences.insert(0, measured(f"With them it lands at {mark(f['landing'])}, {_range(f)}."))
        draft.headline = measured(lead)
    return finish(draft, reading, reply, metrics=_METRICS)


def draft_forecast(found: dict[str, Any]) -> Draft:
    """The landing as a report of its own, from the tool's reply."""
    reply = Metrics(Reply("forecast", "forecast", found))
    scope = found["scope"]
    draft = _landing(reply, plain_name(str(scope["name"])) if scope else "All accounts in sight", committed=False)
    draft.assumptions = [capital(text) for text in reply.notes()]
    draft.not_available = missing_text([reply])
    return draft


def _landing(reply: Metrics, who: str, *, committed: bool) -> Draft:
    f = reply.whole
    share = reply.data.get("committed_share")
    if committed:
        head, parts = _committed(reply, who), [measured(_headline(reply, who)), *_parts(reply, f)]
    else:
        head, parts = _headline(reply, who), _parts(reply, f)
        if share:
            drawn = f"Of what was consumed lately {mark(share)} was drawn from commitments ({mark(share, 'window')})"
            parts.append(measured(f"{drawn}; the rest can change any day."))
    draft = Draft(headline=measured(head), sections=[Section(sentences=parts), *_table(reply)])
    draft.sections.append(Section(heading="How far to trust it", sentences=_caution(reply, f)))
    draft.next_steps.append(_next(reply))
    return draft


def _label(reply: Metrics) -> str:
    return plain_name(str(reply.data["horizon"]["label"]))


def _range(f: Figures) -> str:
    return f"likely between {mark(f['low'])} and {mark(f['high'])}"


def _headline(reply: Metrics, who: str) -> str:
    f = reply.whole
    return f"{capital(who)}: {_label(reply)} lands at {mark(f['landing'])}, {_range(f)}."


def _committed(reply: Metrics, who: str) -> str:
    share = str(reply.data["committed_share"])
    return (
        f"{mark(share)} of what {who} consumed lately was drawn from commitments ({mark(share, 'window')}); "
        "a forecast is taken to be committed to the same extent."
    )


def _parts(reply: Metrics, f: Figures) -> list[Sentence]:
    """What the landing is made of."""
    overlays = reply.data.get("overlays") or {}
    there = bool(overlays.get("count")) and (reply.number(f["overlay"]) or 0.0) != 0
    adds = "take off" if (reply.number(f["overlay"]) or 0.0) < 0 else "add"
    count = (overlays.get("figures") or {}).get("count")
    laid = f"; {mark(count)} overlays of people {adds} {mark(f['overlay'], 'abs')}" if there and count else "; there are no overlays"
    model = {"company": "the company's own model", "meterline": "Meterline's own model"}.get(str(reply.data.get("source")), "the model")
    said = f"{capital(model)} gives {mark(f['model'])} for {mark(f['model'], 'window')}{laid}."
    if "actual" in f:
        return [measured(f"{mark(f['actual'])} is consumed already ({mark(f['actual'], 'window')})."), measured(said)]
    return [measured(said)]


def _caution(reply: Metrics, f: Figures) -> list[Sentence]:
    said = [f"{mark(f['level'])} of outcomes should fall into the range.", _durable(reply, f)]
    overlays = reply.data.get("overlays") or {}
    figures = overlays.get("figures") or {}
    if overlays.get("unbacked"):
        bare = f"{mark(figures['unbacked_count'])} overlays have no use case and no note behind them"
        said.append(f"{bare}: {mark(figures['unbacked'])} at their full amount.")
    if overlays.get("left_out"):
        said.append(f"{mark(figures['in_actuals_count'])} overlays are left out, as their use cases are live and in consumption already.")
    track = reply.data.get("track") or {}
    if "M49" in track:
        bias = reply.number(track.get("M49.bias_30")) or 0.0
        side = f" and in sum {mark(track['M49.bias_30'], 'abs')} too {'high' if bias > 0 else 'low'}" if bias else ""
        said.append(
            f"Forecasts made a month ahead were off by {mark(track['M49'])}, account by account{side} ({mark(track['M49'], 'window')})."
        )
    made = reply.data.get("model_made")
    if made:
        said.append(f"The company's model was last made on {mark(made)}.")
    return [measured(text) for text in said if text]


def _durable(reply: Metrics, f: Figures) -> str:
    """The forecast of Meterline's own model without and with what does not last."""
    own, with_excess = reply.number(f.get("own")), reply.number(f.get("with_excess"))
    if own is None or with_excess is None or "own" not in f:
        return ""
    if abs(with_excess - own) < _SMALL * max(own, 1.0):
        return f"One-time, seasonal and external amounts hardly matter here: without them Meterline's own model lands at {mark(f['own'])}."
    return (
        f"Without one-time, seasonal and external amounts Meterline's own model lands at {mark(f['own'])}; "
        f"with them left in, at {mark(f['with_excess'])}."
    )


def _table(reply: Metrics) -> list[Section]:
    by = str(reply.data.get("by"))
    rows = reply.data.get("rows") or []
    if by == "month":
        rows = [row for row in rows if row["source"] != "none"]  # months that are over are told in one sentence
        if len(rows) < 2:
            return []
    keys = [key for key in _COLUMNS if any(reply.number(row["figures"].get(key)) for row in rows)]
    body = [[plain_name(str(row["label"])), *cells(_told(reply, row["figures"]), keys)] for row in rows]
    if reply.rest:
        body.append(["All others", *cells(_told(reply, reply.rest), keys)])
    head = _HEADS.get(by, capital(by.replace("_", " ")))
    return [table(f"By {head.lower()}", [head, *(_COLUMNS[key] for key in keys)], body)]


def _told(reply: Metrics, figures: Figures) -> Figures:
    """Zeros stand as dashes: a month that is over has no model, one to come nothing consumed."""
    return {key: figure for key, figure in figures.items() if reply.number(figure)}


def _next(reply: Metrics) -> str:
    overlays = reply.data.get("overlays") or {}
    if overlays.get("unbacked"):
        return "Ask which overlays have nothing behind them before the number is passed on."
    return "Ask for the forecast by account to see which accounts make the range wide."


def overlays(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Overlays in force; only those with nothing behind them when that is asked for."""
    reply = Metrics(turn.reply("overlays"))
    found = reply.data.get("overlays") or {}
    who = subject(reading, context)
    if not reply.ok or not found.get("count"):
        return nothing(reading, f"No overlay is on record for {who}.", reply)
    bare = bool(_WITHOUT & reading.tokens.present)
    rows = [row for row in found["rows"] if row["behind"] == "nothing"] if bare else found["rows"]
    figures = found["figures"]
    if bare and not rows:
        lead = f"Each of the {mark(figures['count'])} overlays of {who} has a use case or a note behind it."
        return finish(Draft(headline=measured(lead)), reading, reply, metrics=["M48"])
    few = (
        f"{mark(figures['unbacked_count'])} of {mark(figures['count'])} overlays have no use case and no note behind them, "
        f"{mark(figures['unbacked'])} in all."
    )
    added = ((reply.data.get("total") or {}).get("figures") or {}).get("overlay")
    total = f", {mark(added)} in all" if added else ""
    lead = few if bare else f"{mark(figures['count'])} overlays stand on the model of {who}{total}."
    draft = Draft(headline=measured(lead))
    columns = ["Account", "Month", "Overlay", "Reason given", *([] if bare else ["Behind it"])]
    draft.sections = [table("", columns, [_overlay(row, bare) for row in rows[:_LISTED]])]
    if len(rows) > _LISTED:
        draft.sections[0].sentences.append(measured("The largest are listed."))
    if bare:
        draft.sections[0].sentences.append(measured("A note counts when the reason names it."))
    draft.next_steps.append("Ask whoever submitted them for the use case, or take them out of the number you pass on.")
    return finish(draft, reading, reply, metrics=["M48"])


_LISTED = 20
_WITHOUT = frozenset(
    {
        "no",
        "without",
        "nothing",
        "unbacked",
        "unsupported",
        "lack",
        "lacking",
        "missing",
        "not",
        "unexplained",
        "bare",
        "wishful",
        "hope",
        "hopeful",
        "guess",
        "guesses",
        "guesswork",
        "air",
        "unfounded",
    }
)


def _overlay(row: Mapping[str, Any], bare: bool) -> list[str]:
    reason = mark(row["reason"]) if row["reason"] else "–"
    behind = {"use_case": row["use_case"] or row["use_case_id"], "note": "a note", "nothing": "nothing"}[row["behind"]]
    if not row["added"]:
        behind = f"{behind} (live: not added)"
    told = [] if bare else [plain_name(str(behind))]
    return [plain_name(str(row["account"]["name"])), str(row["month"]), mark(row["amount"]), reason, *told]


def accuracy(reading: Reading, context: Context, turn: Turn) -> Draft:
    """How far earlier forecasts were from what came (M49)."""
    reply, called, came = (Metrics(turn.reply(key)) for key in ("accuracy", "called", "came"))
    if reading.measure.group_by or len(reply.rows) > 1:
        return _by_person(reading, reply)
    f, who = reply.told(reply.whole), subject(reading, context)
    if "M49" not in f:
        return nothing(reading, f"No earlier forecast of {who} can be held against what came.", reply)
    lead = f"Forecasts for {who} made a month ahead were off by {mark(f['M49'])}, account by account ({mark(f['M49'], 'window')})."
    said = []
    if "M48" in called.whole and "M01" in came.whole and called.number(called.whole["M48"]):
        said.append(f"The last forecast for that time read {mark(called.whole['M48'])}; {mark(came.whole['M01'])} was consumed.")
    if "M49.bias_30" in f:
        bias = reply.number(f["M49.bias_30"]) or 0.0
        said.append(f"In sum they were {mark(f['M49.bias_30'], 'abs')} too {'high' if bias > 0 else 'low'}.")
    said += [_added(reply, f)]
    if "M49.d60" in f and "M49.d90" in f:
        said.append(f"Made a month earlier they were off by {mark(f['M49.d60'])}, and yet a month earlier by {mark(f['M49.d90'])}.")
    draft = Draft(headline=measured(lead), sections=[Section(sentences=[measured(text) for text in said])])
    draft.next_steps.append("Ask where the running fiscal year lands.")
    return finish(draft, reading, *(r for r in (reply, called, came) if r.reply is not None), metrics=["M49"])


def _added(reply: Metrics, f: Figures) -> str:
    added = reply.number(f.get("M49.added_30"))
    if not added:
        return "No overlay of people was in force before those months, so it is the model's record alone."
    word = "closer" if added > 0 else "further off"
    return f"People's overlays made it {word} by {mark(f['M49.added_30'], 'abs')}."


_NO_VERDICT = (
    "A forecast below what came may be caution, a cautious model, or news that came later: it is a figure, no verdict on a person."
)


def _by_person(reading: Reading, reply: Metrics) -> Draft:
    """Bias side by side, the most cautious first."""
    rows = [row for row in reply.rows if reply.number(row.figures.get("M49.bias_30")) is not None]
    if not rows:
        return nothing(reading, "No earlier forecast can be held against what came.", reply)
    rows.sort(key=lambda row: reply.number(row.figures["M49.bias_30"]) or 0.0)
    low, high = rows[0], rows[-1]
    lead = (
        f"Furthest below what came were the forecasts of {joined(low.names)}'s accounts: {mark(low.figures['M49.bias_30'], 'abs')} too low"
    )
    if (reply.number(low.figures["M49.bias_30"]) or 0.0) >= 0:
        lead = (
            f"Nobody's accounts were forecast below what came; lowest is {joined(low.names)} at {mark(low.figures['M49.bias_30'])} too high"
        )
    elif (reply.number(high.figures["M49.bias_30"]) or 0.0) > 0:
        lead += f"; furthest above, {joined(high.names)}'s: {mark(high.figures['M49.bias_30'], 'abs')} too high"
    laid = any(reply.number(row.figures.get("M49.added_30")) for row in rows)
    columns = {"M49.bias_30": "Too high or low", "M49": "Off by", **({"M49.added_30": "Overlays made it better by"} if laid else {})}
    body = [[joined(row.names), *cells(reply.told(row.figures), list(columns))] for row in rows[:_LISTED]]
    head = "Who" if reading.measure.group_by in ([], ["rep"]) else capital(reading.measure.group_by[0].replace("_", " "))
    told = [measured(_NO_VERDICT)]
    if not laid:
        told.append(measured("No overlay of people was in force before those months: this is how the model fared on their accounts."))
    draft = Draft(headline=measured(f"{lead} ({mark(low.figures['M49.bias_30'], 'window')})."))
    draft.sections = [table("Made a month ahead", [head, *columns.values()], body, told)]
    draft.next_steps.append("Ask for the overlays of one person, with what is behind them.")
    return finish(draft, reading, reply, metrics=["M49"])
