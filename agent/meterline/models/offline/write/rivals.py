"""I20: both sides of a comparison. Nothing is claimed about a competitor: only what was said, what the CRM holds, what use shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.groups import by_table
from meterline.models.offline.write.groups import lead as lead_of
from meterline.models.offline.write.parts import Metrics, finish, mark, measured, plain_name, subject, table

ANY = "a competitor"


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    reply = Metrics(turn.reply("rivals"))
    who = plain_name(reading.accounts[0].name) if len(reading.accounts) == 1 else ""
    draft = draft_rivals(reply.data, who, subject(reading, context)) if reply.ok else _untold()
    if reply.ok and (asked := _cases_asked(reading)):
        draft = _on_cases(draft, reply.data, asked, who or subject(reading, context))
    elif reply.ok and not who and reading.measure.ranked:
        draft.not_available.append("Notes are not counted by competitor here: those that speak of any are counted by account.")
    kept = draft.answer_type
    draft = finish(draft, reading, reply, metrics=[])
    draft.state["topic"] = reading.talk.subject
    draft.answer_type = kept if kept != "ANSWER" else draft.answer_type
    return draft


_LOST = frozenset({"lost", "lose", "loses", "losing"})
_PIPELINE = frozenset({"case", "cases", "usecase", "usecases", "pipeline", "pipe", "project", "projects", "deals", "stake"})


def _cases_asked(reading: Reading) -> str:
    """Whether the use cases are asked about of which the CRM names a competitor: those "lost", or those still "open"."""
    words = reading.tokens.present
    return "lost" if words & _LOST and not reading.accounts else "open" if words & _PIPELINE else ""


def _on_cases(draft: Draft, reply: Mapping[str, Any], asked: str, who: str) -> Draft:
    """Leads with the use cases, and keeps what the notes say below."""
    rows = [c for c in reply.get("use_cases") or [] if (c["stage"] == "lost") == (asked == "lost") and c["stage"] != "live"]
    told = [
        f"{mark(case['figures']['name'])} at {plain_name(str(case['account']['name']))}"
        + (f" ({mark(case['figures']['est'])} a month)" if "est" in case["figures"] else "")
        + (f"; the reason on record: {mark(case['figures']['reason'])}" if asked == "lost" and "reason" in case["figures"] else "")
        for case in rows
        if "name" in case["figures"]
    ]
    said = "lost" if asked == "lost" else "open"
    lead = f"Use cases of {who} that are {said} and name a competitor in the CRM: "
    headline = measured(f"{lead}{'; '.join(told[:_CASES])}.") if told else Sentence(text=f"{lead}none.")
    draft.sections.insert(0, Section(heading="In the notes", sentences=[draft.headline]))
    if len(told) > _CASES:
        draft.sections.insert(0, Section(sentences=[measured(f"Further ones: {'; '.join(told[_CASES:])}.")]))
    draft.headline, draft.answer_type = headline, "ANSWER"
    if reply.get("window"):
        draft.assumptions.append("Use cases are of any time; the period holds for the notes.")
    return draft


_CASES = 4
"""So many use cases stand in the headline."""


def _untold() -> Draft:
    return Draft(headline=Sentence(text="That cannot be told."), next_steps=["Ask what was said in the notes of one account."])


def draft_rivals(reply: Mapping[str, Any], account: str = "", who: str = "the accounts in your sight") -> Draft:
    """The draft of a preparation at one account, or of who speaks of a competitor."""
    name = plain_name(str(reply.get("competitor") or "")) or ANY
    found = bool(reply.get("accounts"))
    if not found and not reply.get("use_cases"):
        return _nothing(reply, name, account)
    draft = _at_account(reply, name, account) if account else _who(reply, name, who)
    draft.assumptions.append(
        "Everything here is somebody's word, a CRM entry or our own telemetry; nothing else is known of the competitor."
    )
    return draft


def _nothing(reply: Mapping[str, Any], name: str, account: str) -> Draft:
    where = f" of {account}" if account else ""
    draft = Draft(
        answer_type="ANSWER_UNKNOWN",
        headline=Sentence(text=f"No note{where} and no use case speaks of {name}, so I can prepare nothing against it."),
    )
    draft.sections += [section for section in (_use(reply, account), _other_side(reply), _open(reply)) if section]
    draft.next_steps.append("Ask for competitor mentions without a name, or ask the account's owner what they have heard.")
    return draft


def _at_account(reply: Mapping[str, Any], name: str, account: str) -> Draft:
    customer, vendor = reply.get("customer") or [], reply.get("vendor") or []
    clear = [q for q in customer if not q["flagged"]] or [q for q in vendor if not q["flagged"]]
    if reply.get("accounts"):
        notes = mark(reply["total"]["notes"])
        draft = Draft(
            headline=measured(
                f"{account} and {name}: notes that speak of it {notes} ({mark(reply['total']['notes'], 'window')}){_agrees(reply)}."
            )
        )
    else:
        draft = Draft(headline=Sentence(text=f"{account}: the CRM names {name} on a use case, but no note speaks of it."))
    draft.sections += [
        section
        for section in (
            _quotes("From the customer's side", customer),
            _quotes("From our own side", vendor),
            _quotes("From support tickets", reply.get("told_support") or []),
            _use(reply, account),
            _cases(reply),
            _quotes("Speaks for the other side, in the notes' words", reply.get("lose") or []),
            _quotes("Speaks for us, in the notes' words", reply.get("win") or []),
            _other_side(reply),
            _open(reply),
        )
        if section
    ]
    draft.next_steps.append("Find out the first open question before you position anything.")
    if not clear:
        draft.next_steps = ["Ask the account's owner what they have heard."]
    return draft


def _agrees(reply: Mapping[str, Any]) -> str:
    return "; what use shows stands below" if (reply.get("use") or {}).get("interactive") else ""


def _use(reply: Mapping[str, Any], account: str) -> Section | None:
    """Queries against ingestion: who tries something else queries it there first, and keeps loading here."""
    use = reply.get("use") or {}
    said = []
    for kind, words in (("interactive", "Interactive and SQL workloads"), ("ingestion", "Ingestion")):
        figures = use.get(kind) or {}
        if "M01" in figures and "M01.prior" in figures:
            change = f", {mark(figures['M01.pct'], 'change')}" if "M01.pct" in figures else ""
            now, before = figures["M01"], figures["M01.prior"]
            said.append(
                measured(
                    f"{words} of {account}: {mark(now)} ({mark(now, 'window')}) after {mark(before)} ({mark(before, 'window')}){change}."
                )
            )
    return Section(heading="What use shows", sentences=said) if said else None


def _cases(reply: Mapping[str, Any]) -> Section | None:
    rows = [
        [
            plain_name(str(case["account"]["name"])),
            mark(case["figures"]["name"]) if "name" in case["figures"] else "–",
            plain_name(str(case["stage"] or "–")),
            mark(case["figures"]["competitor"]) if "competitor" in case["figures"] else "–",
            mark(case["figures"]["est"]) if "est" in case["figures"] else "–",
        ]
        for case in reply.get("use_cases") or []
    ]
    return (
        table("Use cases with a competitor in the CRM", ["Account", "Use case", "Stage", "Competitor", "Estimate a month"], rows)
        if rows
        else None
    )


def _other_side(reply: Mapping[str, Any]) -> Section | None:
    """What somebody who sells against us could point at: our own weak points on record."""
    quotes = [*(reply.get("weak_points") or []), *(reply.get("tickets") or [])]
    return _quotes("What the other side could point at", quotes)


def _open(reply: Mapping[str, Any]) -> Section | None:
    questions = [Sentence(text=question) for question in reply.get("open_questions") or []]
    return Section(heading="No note tells", sentences=questions) if questions else None


def _who(reply: Mapping[str, Any], name: str, who: str) -> Draft:
    total = reply["total"]
    counted = f"{mark(total['accounts'])}, notes: {mark(total['notes'])} ({mark(total['accounts'], 'window')})"
    lead = f"Accounts whose notes speak of {name}: {counted}"
    if then := reply.get("before"):
        lead += f", beside {mark(then['accounts'])} and {mark(then['notes'])} ({mark(then['accounts'], 'window')})"
    more = (
        f"; these accounts consumed {mark(total['usd'])} ({mark(total['usd'], 'window')})"
        if total.get("usd") and reply.get("accounts")
        else ""
    )
    draft = Draft(headline=measured(f"{lead}{more}."))
    if groups := reply.get("groups"):
        draft.sections += [Section(sentences=[draft.headline]), by_table(groups)]
        draft.headline = measured(f"Accounts that speak of {name} ({mark(total['accounts'], 'window')}): {lead_of(groups)}.")
    rows = [
        [
            plain_name(str(row["account"]["name"])),
            *(mark(row["figures"][key]) if key in row["figures"] else "–" for key in ("notes", "last", "usd")),
        ]
        for row in reply.get("accounts") or []
    ]
    if rows:
        draft.sections.append(table("Who speaks of it, dearest first", ["Account", "Notes", "Last mentioned", "Consumption"], rows))
    draft.sections += [
        section
        for section in (
            _quotes("From the customers' side", reply.get("customer") or [], named=True),
            _quotes("From our own side", reply.get("vendor") or [], named=True),
            _quotes("From support tickets", reply.get("told_support") or [], named=True),
            _quotes("Speaks for the other side, in the notes' words", reply.get("lose") or [], named=True),
            _quotes("Speaks for us, in the notes' words", reply.get("win") or [], named=True),
            _cases(reply),
        )
        if section
    ]
    draft.next_steps.append("Ask to be prepared against it at the first of these accounts.")
    return draft


def _quotes(heading: str, quotes: Sequence[Mapping[str, Any]], *, named: bool = False) -> Section | None:
    said = [
        Sentence(
            text=f"{plain_name(q['account'])}: [[{q['citation']}]]" if named and q.get("account") else f"[[{q['citation']}]]",
            kind="stated",
            citations=[q["citation"]],
        )
        for q in quotes
    ]
    return Section(heading=heading, sentences=said) if said else None
