"""I19: a pasted or dictated text in its own words. Whatever it says is printed as a cell of the receipt; no word is added to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Clarification, Draft, Option, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import kept_state, mark, measured, plain_name, table, told_error

_KINDS = {"decision": "Decided", "risk": "Risk", "ask": "Asked for", "open": "Open", "said": "Said"}
_SIDES = {"ours": " (ours)", "customer's": " (customer's)"}
NOT_STATED = "not stated"
INTENT = "digest"


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    reply = turn.reply("digest")
    if reply is None or not reply.ok:
        draft = Draft(answer_type="ANSWER_UNKNOWN", headline=Sentence(text=told_error(reply) if reply else "There is no text to sum up."))
        if reply is not None and reply.error_kind == "refused":
            draft.answer_type = "REFUSE_DATA"
        draft.next_steps.append("Paste the text behind the words summarize this, or name the account as it is in the data.")
        draft.state = kept_state(context.thread)
        return draft
    draft = draft_digest(reply.data)
    draft.state = kept_state(context.thread) | {"intent": INTENT}
    if reply.data.get("last"):
        draft.state["intent"] = "last_talk"
    if account := reply.data.get("account"):
        draft.state["entities"] = [account]
    if draft.clarification is not None:
        draft.state["topic"] = "keep"
        draft.state["listed"] = [{"type": "account", "id": c["id"], "name": c["name"]} for c in reply.data.get("candidates") or []]
    return draft


def draft_digest(reply: Mapping[str, Any]) -> Draft:
    """The draft of a summary: what is kept where, the extracts, who is to do what by when, and what speaks to a machine."""
    account, kept = reply.get("account"), reply.get("kept")
    counts = reply["counts"]
    held = f"action items {mark(counts['actions'])}, decisions {mark(counts['decisions'])}, risks {mark(counts['risks'])}"
    last = reply.get("last")
    draft = Draft(headline=measured(f"{_last(account, last) if last else _lead(account, kept)}: {held}."))
    draft.sections += _quotes(last)
    draft.sections += [section for section in (_summary(reply), _actions(reply), _details(reply), _orders(reply)) if section]
    if not draft.sections:
        draft.headline = Sentence(text="Nothing in the text can be told apart as a decision, an action item, a risk or a request.")
        draft.answer_type = "ANSWER_THIN"
    _assumed(draft, reply)
    if last:
        draft.next_steps.append("Open the note before you rely on it: a later talk may not have been written down.")
    elif reply.get("wanted") and account is None:
        _ask(draft, reply.get("candidates") or [])
    elif kept is None:
        where = plain_name(str(account["name"])) if account else "the account"
        draft.next_steps.append(f"Say: save that to {where}. Then it is kept as a note that later questions find.")
    else:
        draft.next_steps.append("Check owners and dates against your memory of the talk, then enter them where your team keeps its tasks.")
    return draft


def _lead(account: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> str:
    name = plain_name(str(account["name"])) if account else ""
    if kept is None:
        return f"Summary of the text on {name}, not kept" if name else "Summary of the text, not kept"
    ident = plain_name(str(kept["note_id"]))
    if kept.get("again"):
        return f"The note on {name} is there already as {ident}, nothing was changed"
    return f"The note on {name} is kept as {ident}"


def _last(account: Mapping[str, Any] | None, last: Mapping[str, Any]) -> str:
    """Which note of ours it is."""
    name = plain_name(str(account["name"])) if account else "them"
    return f"The newest {plain_name(str(last['kind']))} with {name} on record is of {mark(last['date'])}"


def _quotes(last: Mapping[str, Any] | None) -> list[Section]:
    said = [Sentence(text=f"[[{c}]]", kind="stated", citations=[c]) for c in (last or {}).get("quotes") or []]
    return [Section(heading="What they said, word for word", sentences=said)] if said else []


def _summary(reply: Mapping[str, Any]) -> Section | None:
    rows = [[_KINDS.get(str(item["kind"]), "Said"), mark(item["words"])] for item in reply.get("summary") or [] if item.get("words")]
    return table("Summary, in the text's own words", ["", "As said"], rows) if rows else None


def _actions(reply: Mapping[str, Any]) -> Section | None:
    rows = [
        [
            mark(action["what"]),
            f"{mark(action['owner'])}{_SIDES.get(action['side'], '')}" if action.get("owner") else NOT_STATED,
            mark(action["due"]) if action.get("due") else mark(action["due_said"]) if action.get("due_said") else NOT_STATED,
        ]
        for action in reply.get("actions") or []
        if action.get("what")
    ]
    return table("Action items", ["What", "Owner", "Due"], rows) if rows else None


def _details(reply: Mapping[str, Any]) -> Section | None:
    lines = [("Numbers, as said", reply.get("numbers")), ("People named", reply.get("people"))]
    said = [Sentence(text=f"{label}: {', '.join(mark(figure) for figure in figures)}.") for label, figures in lines if figures]
    return Section(sentences=said) if said else None


def _orders(reply: Mapping[str, Any]) -> Section | None:
    cited = [item["citation"] for item in reply.get("flagged") or []]
    quoted = [Sentence(text=f"[[{c}]]", kind="stated", citations=[c]) for c in cited]
    return Section(heading="Speaks to a machine: quoted, not followed", sentences=quoted) if quoted else None


def _assumed(draft: Draft, reply: Mapping[str, Any]) -> None:
    if any(action.get("due") and action.get("due_said") for action in reply.get("actions") or []):
        draft.assumptions.append("Days named by weekday, week or month are counted from the day of the note.")
    if any(action.get("side") == "customer's" for action in reply.get("actions") or []):
        draft.assumptions.append("Those the text calls they, he or she were read as the customer's people.")
    if reply.get("left_out"):
        draft.assumptions.append("Small talk, and what had no room in a short summary, is left out.")


def _ask(draft: Draft, candidates: Sequence[Mapping[str, str]]) -> None:
    question = "Which account is this note about? It is not kept until I know."
    options = [Option(label=plain_name(c["name"]), value=c["id"], hint=c.get("hint", "")) for c in candidates]
    draft.answer_type = "CLARIFY"
    draft.sections.insert(0, Section(sentences=[draft.headline]))
    draft.headline = Sentence(text=question)
    draft.clarification = Clarification(question=question, options=options)
