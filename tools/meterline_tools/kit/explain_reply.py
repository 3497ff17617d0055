"""The reply of explain_change: receipts, figures, citations and ready sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.by_itself import by_itself
from meterline_tools.insight.contact import ContactCheck, ContactLog, check_contact
from meterline_tools.insight.evidence import Item
from meterline_tools.insight.locate import Quiet, Thin
from meterline_tools.insight.thresholds import Thresholds
from meterline_tools.insight.verdict import Explanation
from meterline_tools.kit.explain_data import Usage, records
from meterline_tools.kit.explain_days import change_days
from meterline_tools.kit.explain_figures import Sheet, cite, fill_change, fill_quiet, fill_verdict, fill_whole
from meterline_tools.kit.explain_words import (
    DURABILITY,
    Draft,
    farthest_week,
    headline,
    section,
    sections,
    sentence,
    slice_name,
    told_evidence,
)
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench


def _blank(account: Entity, verdict: str) -> dict[str, Any]:
    return {
        "account": account.model_dump(),
        "verdict": verdict,
        "direction": "flat",
        "onset": None,
        "end": None,
        "ongoing": False,
        "shape": "none",
        "figures": {},
        "tests": [],
        "drivers": [],
        "rest": None,
        "slice": None,
        "cause": None,
        "confirmed": False,
        "candidates": [],
        "durability": "unknown",
        "durability_text": "",
        "forecast_treatment": "",
        "evidence": [],
        "contradictions": [],
        "said": [],
        "known_in_advance": None,
        "others": None,
        "question": None,
        "receipts": [],
        "sections": [],
    }


def empty_reply(account: Entity, reason: str) -> dict[str, Any]:
    return _blank(account, "THIN") | {"headline": sentence(f"{account.name}: {reason}"), "sections": []}


MOST_SAID = 2
"""Where nothing happened, so many words about usage are quoted all the same."""


def quiet_reply(
    bench: Workbench,
    account: Entity,
    usage: Usage,
    found: Quiet | Thin,
    gaps: Sequence[tuple[date, str]],
    said: Sequence[Item],
    arguments: dict[str, Any],
) -> dict[str, Any]:
    """Within normal variation, too short a history, or a dip that is missing data; with what was said of usage all the same."""
    sheet = Sheet(account, bench.warehouse.company.currency)
    if isinstance(found, Thin):
        sheet.add("days", "days of history", found.days, "days")
        sheet.add("needed", "days needed", found.needed, "days")
        sheet.add("possible_on", "first day with enough history", found.possible_on, "date")
        if found.begins is not None:
            sheet.add("begins", "first day with usage", found.begins, "date")
    else:
        fill_quiet(sheet, found)
        for at, (day, region) in enumerate(gaps):
            sheet.add(f"gap{at}", "day with missing rows", day, "date", entity=Entity(type="region", id=region, name=region))
    receipt = sheet.write(bench, arguments, usage)
    verdict = "THIN" if isinstance(found, Thin) else "DATA_ISSUE" if gaps else "NOISE"
    head, body = _thin_words(sheet) if isinstance(found, Thin) else _gap_words(sheet, gaps) if gaps else _noise_words(sheet, found)
    tests = [] if isinstance(found, Thin) else [{"name": "noise", "passed": False, "text": body[-1]["text"]}]
    cited = cite(bench, account, said[:MOST_SAID])
    quoted = [sentence(f"Said in these weeks: [[{c}]] {_NOT_SEEN[verdict]}", "stated", [c]) for c in cited.values()]
    return _blank(account, verdict) | {
        "figures": dict(sheet.ids),
        "tests": tests,
        "said": [told_evidence(item, cited) for item in cited],
        "receipts": [receipt.id],
        "headline": head,
        "sections": [section("Is it real", body), *([section("What was said", quoted)] if quoted else []), *_nothing_to_do(verdict)],
    }


_NOT_SEEN = {
    "NOISE": "The figures show no change that it could explain.",
    "DATA_ISSUE": "The data do not show whether that is so.",
}


def _nothing_to_do(verdict: str) -> list[dict[str, Any]]:
    return [section("Do", [sentence("Nothing: leave it alone, and leave the forecast as it is.")])] if verdict == "NOISE" else []


def _thin_words(sheet: Sheet) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    head = f"{sheet.account.name} has {sheet.mark('days')} of history by then, too little to tell a change from a beginning."
    if "begins" in sheet.ids:
        head = f"{sheet.account.name} used nothing in these days: its usage begins on {sheet.mark('begins')}."
    return sentence(head), [sentence(f"A baseline needs {sheet.mark('needed')}; that is possible from {sheet.mark('possible_on')}.")]


def _gap_words(sheet: Sheet, gaps: Sequence[tuple[date, str]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    name = sheet.account.name
    lines = [
        sentence(f"On {sheet.mark(f'gap{at}')} most accounts in region {sheet.mark(f'gap{at}', 'entity')} have no rows.")
        for at in range(len(gaps))
    ]
    return sentence(f"The dip of {name} is missing data, not less usage: see {sheet.mark('gap0')}."), lines


def _noise_words(sheet: Sheet, quiet: Quiet) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    side = "above" if quiet.actual_per_day >= quiet.expected_per_day else "below"
    head = f"{sheet.account.name} is within its normal variation, {sheet.mark('delta_per_day', 'abs')} {side} baseline: nothing to explain."
    band = (
        f"The week at {sheet.mark('actual_per_day')} compares with a baseline of {sheet.mark('baseline_per_day')}; "
        f"a usual week strays by {sheet.mark('band_per_day')}."
    )
    return sentence(head), [sentence(band)]


def explained_reply(
    bench: Workbench, account: Entity, usage: Usage, explanation: Explanation, arguments: dict[str, Any], rules: Thresholds
) -> dict[str, Any]:
    """The whole answer for a located change."""
    found = explanation.findings.located
    located = by_itself(usage.history, found, rules)
    explanation = replace(explanation, findings=replace(explanation.findings, located=located))
    sheet = Sheet(account, bench.warehouse.company.currency)
    fill_change(sheet, located)
    if located is not found:
        fill_whole(sheet, found)
    fill_verdict(sheet, explanation)
    receipt = sheet.write(bench, arguments, usage)
    cited = cite(bench, account, (*explanation.evidence, *explanation.against, *explanation.contradictions, *explanation.said))
    check = _contact(bench, account, explanation, rules)
    question = _question(sheet, explanation) if check is not None and check.passed else None
    draft = Draft(sheet, explanation, cited, check, question, _coverage(bench))
    ids = {key: figure for key, figure in sheet.ids.items() if not key.startswith(("driver", "share", "fact:"))}
    part = located.part
    cause = explanation.cause
    return _blank(account, explanation.verdict) | {
        "direction": located.direction,
        "onset": located.onset.isoformat(),
        "end": None if located.change.ongoing else located.end.isoformat(),
        "ongoing": located.change.ongoing,
        "shape": located.change.shape,
        "figures": ids,
        "tests": _tests(draft, rules),
        "drivers": [
            {
                "slice": {line.attribute: line.value},
                "name": located.frame.name(line.value),
                "contribution": sheet.ids[f"driver{at}"],
                "share": sheet.ids[f"share{at}"],
            }
            for at, line in enumerate(located.drivers)
        ],
        "rest": sheet.ids["rest"],
        "slice": {part.attribute: list(part.values), "name": slice_name(explanation)} if part is not None else None,
        "cause": _cause(explanation) if cause is not None else None,
        "confirmed": explanation.confirmed is not None,
        "candidates": [{"id": c.id, "label": c.label, "would_settle": c.settle} for c in explanation.candidates],
        "durability": explanation.durability,
        "durability_text": DURABILITY[explanation.durability],
        "forecast_treatment": cause.treatment if cause is not None else "",
        "evidence": [told_evidence(item, cited) for item in (*explanation.evidence, *explanation.against)],
        "contradictions": [told_evidence(item, cited) for item in explanation.contradictions],
        "said": [told_evidence(item, cited) for item in explanation.said if item in cited],
        "known_in_advance": explanation.known_in_advance,
        "earliest": explanation.earliest.isoformat() if explanation.earliest else None,
        "others": _others(explanation, sheet),
        "question": _question_reply(explanation, check, question),
        "receipts": [receipt.id],
        "days": change_days(bench, account, located, (*explanation.evidence, *explanation.contradictions)),
        "headline": headline(draft),
        "sections": sections(draft),
    }


def _cause(explanation: Explanation) -> dict[str, Any]:
    cause = explanation.cause
    assert cause is not None
    return {"id": cause.id, "label": cause.label, "confidence": explanation.confidence.level, "points": explanation.confidence.points}


def _others(explanation: Explanation, sheet: Sheet) -> dict[str, Any] | None:
    around = explanation.findings.around
    if around.others_share is None:
        return None
    return {
        "count": sheet.ids["others_moved"],
        "compared": sheet.ids["others_n"],
        "share": sheet.ids["others_share"],
        "slice": around.others_slice,
    }


def _tests(draft: Draft, rules: Thresholds) -> list[dict[str, Any]]:
    """The tests of the decision logic in their order; `passed` means that the change survived the test."""
    e, s = draft.explanation, draft.sheet
    around, price = e.findings.around, e.findings.located.price
    sound = e.verdict != "DATA_ISSUE"
    tests: list[tuple[str, bool, str]] = [
        ("data", sound, "The data of these days are sound." if sound else "The data of these days are not sound."),
        ("noise", True, farthest_week(draft)),
        ("price", price.price_share < rules.price.branch_share, f"Price makes {s.mark('price_part')} of {s.mark('delta_total')}."),
    ]
    if around.others_share is not None:
        passed = around.others_share < rules.others.share
        tests.append(("others", passed, f"{s.mark('others_moved')} of {s.mark('others_n')} other accounts moved alike."))
    if around.season_share is not None:
        tests.append(("calendar", around.season_share < rules.calendar.share, f"The calendar shows {s.mark('season_share')} of it."))
    return [{"name": name, "passed": passed, "text": text} for name, passed, text in tests]


def _coverage(bench: Workbench) -> list[str]:
    """What could not be checked because the company did not bring it."""
    missing = {
        "note": "No notes were loaded: what people said is not in this.",
        "contract": "No contracts were loaded: price causes cannot be excluded.",
        "workload": "The table `workload` was not loaded: what workloads are for and whose they are is not known.",
    }
    return [text for table, text in missing.items() if not bench.warehouse.has(table)]


def _contact(bench: Workbench, account: Entity, explanation: Explanation, rules: Thresholds) -> ContactCheck | None:
    """The contact check, where a question would help: no cause, or a weak one."""
    if explanation.verdict == "DATA_ISSUE" or explanation.confidence.level in ("high", "medium"):
        return None
    asks = [a for a in records(bench, "activity", account) if a["ask_type"]] if bench.warehouse.has("activity") else None
    qbr_dates = [
        q["scheduled_at"].date() if q["scheduled_at"] else q["due_date"] for q in records(bench, "qbr", account) if not q["held_at"]
    ]
    log = ContactLog(
        asks=asks,
        contacts=records(bench, "contact", account),
        tickets=records(bench, "support_ticket", account),
        qbr_dates=qbr_dates,
        insiders=_insiders(bench, account),
    )
    price = explanation.findings.located.price
    return check_contact(log, bench.asof.today, rules, "price" if price.price_share >= rules.price.branch_share else "slice")


def _insiders(bench: Workbench, account: Entity) -> list[str]:
    """Our other people on the account: sales engineers first; the owner where nobody is assigned."""
    from sqlalchemy import select

    r = bench.views.table("rep")
    if not bench.warehouse.has("account_assignment"):
        owned = bench.views.accounts()
        found = select(r.c.full_name).join(owned, owned.c.owner_rep_id == r.c.rep_id).where(owned.c.account_id == account.id)
        return [row[0] for row in bench.warehouse.run(found.where(r.c.rep_id != (bench.principal.rep_id or "")), limit=1).rows]
    a = bench.views.table("account_assignment")
    statement = (
        select(r.c.full_name, a.c.assignment_role)
        .join(a, a.c.rep_id == r.c.rep_id)
        .where(a.c.account_id == account.id, a.c.valid_from <= bench.asof.d1, r.c.rep_id != (bench.principal.rep_id or ""))
        .where((a.c.valid_to.is_(None)) | (a.c.valid_to > bench.asof.d1))
    )
    rows = bench.warehouse.run(statement, limit=20).rows
    return [name for name, role in sorted(rows, key=lambda row: row[1] != "se")]


def _question(sheet: Sheet, explanation: Explanation) -> str:
    """A give first is not always possible in one breath: the observation, the give, one open question."""
    located = explanation.findings.located
    what = "Your usage" if located.part is None else f"Your usage of {slice_name(explanation)}"
    side = "above" if located.delta > 0 else "below"
    when = f"since {sheet.mark('onset')}" if located.change.ongoing else f"from {sheet.mark('onset')} to {sheet.mark('end')}"
    verb = "has run" if located.change.ongoing else "ran"
    return (
        f"{_give(explanation)} {what} {verb} about {sheet.mark('delta_per_day', 'abs')} {side} its usual level {when}. {_ask(explanation)}"
    )


def _give(explanation: Explanation) -> str:
    facts = explanation.findings.facts
    if (facts.get("waste_share") or 0.0) >= 0.1:
        return "We can help to stop the failed attempts, which you pay for."
    if (facts.get("refresh_share_change") or 0.0) >= 0.1:
        return "We can switch this job to changed rows only for you."
    if explanation.findings.located.price.price_share >= 0.6:
        return "We can go through the new rate with you line by line."
    if explanation.findings.located.delta < 0:
        return "Should anything have stopped by mistake, we can help to start it again."
    return "We can set an alert on this, so that it never surprises you on a bill."


def _ask(explanation: Explanation) -> str:
    located = explanation.findings.located
    if not located.change.ongoing:
        return "Should we plan for it to come back?"
    return "Should we expect this level to continue?"


def _question_reply(explanation: Explanation, check: ContactCheck | None, question: str | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "text": question,
        "to_role": check.to_role,
        "give": _give(explanation),
        "check": "pass" if check.passed else "blocked",
        "blocked_by": list(check.blocked_by),
        "alternative": check.alternative,
    }
