"""The answer's sentences in the order of the change contract 7.1. Numbers stand as marks; names come from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meterline_tools.insight.calendar import LAST_YEAR, NEXT_YEAR
from meterline_tools.insight.contact import ContactCheck
from meterline_tools.insight.evidence import Item
from meterline_tools.insight.fact_names import FACTS
from meterline_tools.insight.verdict import PROOFS, Explanation
from meterline_tools.kit.explain_figures import WHOLE, Sheet, _is_flag

Sentence = dict[str, Any]
DURABILITY = {
    "durable": "It is durable: the level is expected to stay",
    "one_time": "It is one-time",
    "seasonal": "It is seasonal: it ends, and comes back at the same time of year",
    "external": "It is external: something outside this account decides how long it lasts",
    "neutral": "It is neutral: the money only changed place",
    "unknown": "Whether it lasts cannot be told from what is known",
    "too_early": "It is too early to tell whether it lasts",
}
_NO_SEASON = 0.005
"""A part of the effect that would be printed as nothing."""
_SEASON_DENIED = {year: f"{year} show no such move" for year in (LAST_YEAR, NEXT_YEAR)}
MEANWHILE = "Until then the forecast keeps the present level with a wider range, and none of it goes into ARR."


@dataclass(frozen=True)
class Draft:
    """What the sentences are made from."""

    sheet: Sheet
    explanation: Explanation
    cited: Mapping[Item, str]
    check: ContactCheck | None
    question: str | None
    coverage: list[str]


def sentence(text: str, kind: str = "measured", citations: list[str] | None = None) -> Sentence:
    return {"text": " ".join(text.split()), "kind": kind, "citations": citations or []}


def section(heading: str, sentences: list[Sentence], table: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"heading": heading, "sentences": [s for s in sentences if s["text"]], "table": table}


def slice_name(explanation: Explanation) -> str:
    """What people call the slice, e.g. "orders sync"; the account as a whole when it is broad."""
    located = explanation.findings.located
    if located.part is None:
        return "the whole account" if located.beside is None else "the rest of the account"
    names = [located.frame.name(v) for v in located.part.values]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_NAMED_IN_HEADLINE = 2
"""A headline names so many parts; the table names them all."""


def headline(draft: Draft) -> Sentence:
    e, s = draft.explanation, draft.sheet
    located = e.findings.located
    side = "above" if located.delta > 0 else "below"
    when = f"since {s.mark('onset')}" if located.change.ongoing else f"from {s.mark('delta_per_day', 'window')}"
    several = located.part is not None and len(located.part.values) > _NAMED_IN_HEADLINE
    name = f"several {located.part.attribute.replace('_', ' ')}s" if several and located.part is not None else slice_name(e)
    where = "" if located.part is None else f" on {name}"
    size = f"{draft.sheet.account.name} ran {s.mark('delta_per_day', 'abs')} {side} baseline {when}{where}"
    citations = list(dict.fromkeys(draft.cited[i] for i in e.evidence if i in draft.cited))
    if e.verdict == "EXPLAINED" and e.cause is not None:
        word = "" if e.confirmed else f", {e.confidence.level} confidence"
        return sentence(f"{size}: {e.cause.label} ({lasting(e)}{word}).", "inferred", citations)
    tail = {
        "UNKNOWN": "the cause is unknown",
        "TOO_EARLY": f"too early to tell why before {s.mark('earliest')}",
        "DATA_ISSUE": "the data of these days are not sound enough to explain it",
    }[e.verdict]
    return sentence(f"{size}; {tail}.")


def lasting(e: Explanation) -> str:
    """How long it lasts, in a word or two."""
    return {"one_time": "one-time", "too_early": "too early"}.get(e.durability, e.durability)


def sections(draft: Draft) -> list[dict[str, Any]]:
    built = [
        _real(draft),
        _where(draft),
        _what(draft),
        _why(draft),
        _how_long(draft),
        _known(draft),
        _confidence(draft),
        _else(draft),
        _do(draft),
    ]
    return [part for part in built if part["sentences"] or part["table"]]


def _real(draft: Draft) -> dict[str, Any]:
    s, quality = draft.sheet, draft.explanation.findings.quality
    data = "The data of these days are complete."
    if quality.correction_usd:
        data = f"Corrections of {s.mark('corrections')} fall into these days."
    if quality.missing_usd:
        data = f"Days without any rows are worth {s.mark('missing')} at their usual level."
    return section("Is it real", [sentence(data), sentence(farthest_week(draft))])


def farthest_week(draft: Draft) -> str:
    """The noise test in money: how far off the farthest week was, and how far off weeks usually are."""
    s, up = draft.sheet, draft.explanation.findings.located.z > 0
    whose = f"The farthest week of {slice_name(draft.explanation)}" if WHOLE in s.entries else "Its farthest week"
    return (
        f"{whose} ran {s.mark('peak_week', 'abs')} {'above' if up else 'below'} a baseline of {s.mark('baseline_per_day')}; "
        f"a usual week strays by {s.mark('band_per_day')}."
    )


def _where(draft: Draft) -> dict[str, Any]:
    e, s = draft.explanation, draft.sheet
    located = e.findings.located
    rows = [[s.mark(f"driver{at}", "entity"), s.mark(f"driver{at}"), s.mark(f"share{at}")] for at in range(len(located.drivers))]
    rows.append(["Rest", s.mark("rest"), ""])
    rows.append(["Total", s.mark("delta_total"), ""])
    attribute = located.drivers[0].attribute.replace("_", " ").title() if located.drivers else "Part"
    lead = "No single slice carries it: the movement is broad."
    if located.part is not None:
        lead = f"The smallest slice that carries it is {slice_name(e)}, with {s.mark('slice')}."
    said = [sentence(lead)]
    if WHOLE in s.entries:
        side = "above" if float(s.entries[WHOLE][1]) > 0 else "below"
        said.append(
            sentence(f"The account as a whole ran {s.mark(WHOLE, 'abs')} {side} its baseline in these days: the rest moved the other way.")
        )
    return section("Where", said, {"columns": [attribute, "Against baseline", "Share"], "rows": rows})


def _what(draft: Draft) -> dict[str, Any]:
    e, s = draft.explanation, draft.sheet
    if not e.findings.located.price.measurable:
        return section("What", [sentence("Price and volume cannot be told apart: quantities or earlier prices are missing.")])
    price = e.findings.located.price
    if not price.price and not price.mix:
        return section("What", [sentence("All of it is volume: neither prices nor the mix of products changed.")])
    parts = f"Volume makes {s.mark('volume_part')} of it, price {s.mark('price_part')} and mix {s.mark('mix_part')}."
    return section("What", [sentence(parts)])


def _why(draft: Draft) -> dict[str, Any]:
    e, s = draft.explanation, draft.sheet
    out: list[Sentence] = []
    if e.cause is not None:
        ids = [draft.cited[i] for i in e.evidence if i in draft.cited]
        basis = f"proven by {e.proven}" if e.proven else "as telemetry and the words below agree" if ids else "from telemetry alone"
        more = "more" if e.findings.located.delta > 0 else "less"
        lead = f"Most likely {e.cause.label}, {basis}"
        if e.confirmed is not None:
            lead = f"It is {e.cause.label}, as the cause ledger has it confirmed"
        out.append(sentence(f"{lead}; it concerns {s.mark('delta_total', 'abs')} {more}.", "inferred", ids))
    out += [sentence(f"For it: [[{draft.cited[i]}]]", "stated", [draft.cited[i]]) for i in e.evidence[:3] if i in draft.cited]
    out += [sentence(f"Against it: [[{draft.cited[i]}]]", "stated", [draft.cited[i]]) for i in e.against[:2] if i in draft.cited]
    out += [contradiction(s, e, i, draft.cited[i]) for i in e.contradictions[:3] if i in draft.cited]
    shown = {*e.evidence, *e.against, *e.contradictions}
    out += [said(e, i, draft.cited[i]) for i in e.said if i in draft.cited and i not in shown]
    out += _ruled_out(draft)
    if e.cause is None:
        out += [sentence(f"Open: {c.label}. What would settle it: {c.settle}.", "inferred") for c in e.candidates]
    return section("Why", out)


def said(explanation: Explanation, item: Item, cited: str) -> Sentence:
    """What was said of the slice in its days: where no cause is stated for it, or beside the words that one rests on."""
    if explanation.evidence:
        return sentence(f"Also said: [[{cited}]] The cause above does not rest on it.", "stated", [cited])
    points = f" That points to {explanation.findings.prints[item.supports].cause.label}." if item.supports else ""
    return sentence(f"Said of it: [[{cited}]]{points}", "stated", [cited])


def told_evidence(item: Item, cited: Mapping[Item, str]) -> dict[str, Any]:
    """A citation with what it says and who said it when."""
    said = item.statement
    against = item.denies or (item.contradicts.cause.id if item.contradicts else None)
    return {
        "citation": cited[item],
        "supports": item.supports,
        "against": against,
        "kind": said.source,
        "side": said.side,
        "date": said.day.isoformat(),
    }


def contradiction(sheet: Sheet, explanation: Explanation, item: Item, cited: str) -> Sentence:
    """A claim that telemetry denies, with the measurement that denies it; or one that weighs less than what is followed."""
    if item.contradicts is None and item.supports:
        other = explanation.findings.prints[item.supports].cause.label
        return sentence(f"[[{cited}]] That would be {other}; what speaks for the cause above weighs more.", "stated", [cited])
    by = item.contradicts.by if item.contradicts else None
    label = item.contradicts.cause.label if item.contradicts else ""
    facts = [
        FACTS.get(name, name) + ("" if _is_flag(name) else f" is {sheet.mark('fact:' + name)}")
        for name in (by.facts() if by else ())
        if sheet.mark("fact:" + name)
    ]
    if explanation.proven == PROOFS["others"] and sheet.mark("others_n"):
        facts = [f"{sheet.mark('others_moved')} of {sheet.mark('others_n')} other accounts moved alike in the same days", *facts]
    denied = f"telemetry denies it: {' and '.join(facts)}" if facts else "telemetry denies it"
    return sentence(f"[[{cited}]] That claims {label}; {denied}.", "stated", [cited])


def _ruled_out(draft: Draft) -> list[Sentence]:
    around, s = draft.explanation.findings.around, draft.sheet
    out = []
    if around.others_share is not None and around.others_slice is not None:
        kind = around.others_slice[0]
        on = f"{'SKU' if kind == 'sku' else kind} {s.mark('others_n', 'entity')}"
        moved = s.mark("others_moved") if around.others_rising else "none"
        out.append(sentence(f"Of {s.mark('others_n')} other accounts on {on}, {moved} moved alike in the same days."))
    else:
        out.append(sentence("Other accounts could not be compared: too few share this slice, or the days are too few."))
    if around.season_share is not None and around.season_share < _NO_SEASON:
        out.append(sentence(f"The calendar explains none of it: {_SEASON_DENIED.get(around.season_source, around.season_source)}."))
    elif around.season_share is not None:
        out.append(sentence(f"The calendar shows {s.mark('season_share')} of the effect ({around.season_source})."))
    else:
        out.append(sentence("The calendar could not be tested: the history does not reach back a year, and peers are too few."))
    return out


def _how_long(draft: Draft) -> dict[str, Any]:
    e, s = draft.explanation, draft.sheet
    located = e.findings.located
    text = DURABILITY[e.durability]
    if not located.change.ongoing:
        text += f"; it ended on {s.mark('end')}"
    out = [sentence(text + ".", "inferred")]
    if e.earliest is not None:
        out.append(sentence(f"Time alone will tell by {s.mark('earliest')}."))
    if e.cause is not None:
        money = (
            f" That is {s.mark('excess_total', 'abs')} in all."
            if not located.change.ongoing
            else f" At the last week's level that is {s.mark('excess_month', 'abs')}."
        )
        out.append(sentence(f"{e.cause.treatment}{money}", "inferred"))
    elif located.change.ongoing:
        out.append(sentence(MEANWHILE, "inferred"))
    else:
        out.append(sentence("It is over, so the level before it is what the forecast keeps.", "inferred"))
    return section("How long", out)


def _known(draft: Draft) -> dict[str, Any]:
    e, s = draft.explanation, draft.sheet
    if e.known_in_advance is None:
        return section("Known before", [])
    known = "was known before it began" if e.known_in_advance else "was not known before it began"
    return section("Known before", [sentence(f"It {known}: the first word of it is of {s.mark('first_word')}.")])


def _confidence(draft: Draft) -> dict[str, Any]:
    e = draft.explanation
    reasons = "; ".join(reason for reason, _ in e.confidence.reasons)
    if e.cause is None:
        weak = f"what there is, is too weak ({reasons})" if reasons else "nothing said or recorded names one that telemetry allows"
        return section("Confidence", [sentence(f"No cause is stated: {weak}."), *(sentence(text) for text in draft.coverage)])
    if e.confirmed is not None:
        return section("Confidence", [sentence("A person confirmed the cause: it is not asked again.")])
    out = [sentence(f"Confidence is {e.confidence.level}{': ' + reasons if reasons else ''}.")]
    if e.confidence.capped_by:
        out.append(sentence(f"It is capped: {e.confidence.capped_by}."))
    if e.cause is not None and e.confidence.level != "high":
        out.append(sentence(f"What would raise it: {e.cause.settle}."))
    out += [sentence(text) for text in draft.coverage]
    return section("Confidence", out)


def _else(draft: Draft) -> dict[str, Any]:
    around, s = draft.explanation.findings.around, draft.sheet
    if not around.others_rising or (around.others_share or 0) < 0.2:
        return section("Who else", [])
    return section("Who else", [sentence(f"{s.mark('others_moved')} other accounts moved alike in the same days.")])


def _do(draft: Draft) -> dict[str, Any]:
    e = draft.explanation
    out: list[Sentence] = []
    if e.cause is not None:
        out.append(sentence(e.cause.act, "inferred"))
    if draft.check is not None and not draft.check.passed:
        out.append(sentence(f"No question to the customer is drafted: {draft.check.in_words}."))
    return section("Do", out)
