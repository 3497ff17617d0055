"""I18: what comes up across notes, counted and quoted. Counts are of notes and accounts; what is quoted is somebody's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.groups import by_table
from meterline.models.offline.write.groups import lead as lead_of
from meterline.models.offline.write.parts import Metrics, finish, joined, mark, measured, plain_name, subject, table

_QUOTED = 3
"""Themes of which somebody is quoted; of the others the counts say enough."""
_LEADS = {
    "": "What comes up in the notes",
    "complaint": "Sentences that complain, by theme, in the notes",
    "request": "Sentences that ask for something, by theme, in the notes",
    "praise": "Sentences that speak well of something, by theme, in the notes",
}
_TONED = {"complaint": " in a complaint", "request": " in a request", "praise": " in praise"}
_COLUMNS = {
    "accounts": "Accounts", "accounts_before": "Before", "notes": "Notes", "speakers": "Their people", "usd": "Consumption",
}  # fmt: skip


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    reply = Metrics(turn.reply("themes"))
    who = subject(reading, context) if reading.named else ""
    draft = draft_themes(reply.data, who) if reply.ok else _none(who, "", {})
    draft = finish(draft, reading, reply, metrics=[])
    draft.state["topic"] = reading.talk.subject
    if draft.answer_type == "ANSWER_ASSUME" and not reply.data.get("themes"):
        draft.answer_type = "ANSWER_UNKNOWN"
    return draft


def draft_themes(reply: Mapping[str, Any], who: str = "") -> Draft:
    """The draft of one theme that was asked for, or of all that come up. `who` is whose notes, where not all in sight."""
    themes = [t for t in reply.get("themes") or [] if t.get("quotes")]
    if not themes:
        asked = joined([plain_name(str(t["label"])) for t in reply.get("themes") or []])
        return _none(who, asked, {"tone": reply.get("tone")} if asked else reply)
    draft = _one(reply, themes, who) if "accounts" in reply else _all(reply, themes, who)
    draft.assumptions.append(
        "A note that nearly repeats another one is counted once; consumption is that of the accounts, not of the theme."
    )
    draft.next_steps.append("Open the notes behind a quotation before you act on it.")
    return draft


def _none(who: str, asked: str, reply: Mapping[str, Any]) -> Draft:
    """No theme: because nothing was said of the one asked for, or because what was said has none."""
    about = f" about {asked}" if asked and not any(c.isdigit() for c in asked) and len(asked) <= 60 else ""
    of = f" of {who}" if who else ""
    toned = _TONED.get(str(reply.get("tone") or ""), "") if asked else ""
    draft = Draft(
        answer_type="ANSWER_UNKNOWN",
        headline=Sentence(text=f"No {'ticket' if reply.get('tickets_only') else 'note'}{of} says anything{about}{toned} in that period."),
    )
    notes = (reply.get("looked_at") or {}).get("notes")
    if notes and reply["figures"][notes]["value"]:
        seen = f"Notes{of} looked at: {mark(notes)} ({mark(notes, 'window')})"
        draft.headline = measured(f"{seen}; no theme comes up in them, neither a known one nor one that several accounts share.")
    draft.next_steps.append("Ask with other words, or for a longer period.")
    return draft


def _all(reply: Mapping[str, Any], themes: Sequence[Mapping[str, Any]], who: str) -> Draft:
    counted = [t for t in themes if reply["figures"][t["figures"]["accounts"]]["value"]] or themes  # others hold orders to a machine alone
    known = [t for t in counted if t["named_by"] != "notes"] or counted
    listed = [f"{_label(t)} ({mark(t['figures']['accounts'])})" for t in known[:3]]
    seen = reply["looked_at"]
    lead = f"{_LEADS.get(str(reply.get('tone') or ''), _LEADS[''])}{f' of {who}' if who else ''}, by accounts: {joined(listed)}"
    draft = Draft(headline=measured(f"{lead}. Accounts with notes: {mark(seen['accounts'])} ({mark(seen['accounts'], 'window')})."))
    if groups := reply.get("groups"):
        draft.sections += [Section(sentences=[draft.headline]), by_table(groups)]
        any_of = f"Accounts at which any theme comes up{_TONED.get(str(reply.get('tone') or ''), '')}"
        draft.headline = measured(f"{any_of} ({mark(seen['accounts'], 'window')}): {lead_of(groups)}.")
    for heading, found in (("Themes", False), ("Said again and again, under no theme of the list", True)):
        rows = [t for t in counted if (t["named_by"] == "notes") is found]
        if rows:
            draft.sections.append(_table(heading, rows))
    for theme in themes[:_QUOTED]:
        draft.sections.append(_quotes(theme, plain_name(str(theme["label"]))))
    return draft


def _one(reply: Mapping[str, Any], themes: Sequence[Mapping[str, Any]], who: str) -> Draft:
    first, seen = themes[0], reply["looked_at"]
    f = first["figures"]
    then = f.get("accounts_before")
    before = f", beside {mark(then)} ({mark(then, 'window')})" if then else ""
    toned = _TONED.get(str(reply.get("tone") or ""), "")
    whose = f" of {who}" if who else ""
    lead = f"{_label(first)} comes up{toned} at {mark(f['accounts'])} of {mark(seen['accounts'])} accounts with notes{whose}"
    draft = Draft(
        headline=measured(f"{lead} ({mark(f['accounts'], 'window')}){before}; they consumed {mark(f['usd'])} ({mark(f['usd'], 'window')}).")
    )
    if groups := reply.get("groups"):
        draft.headline = measured(f"{_label(first)} comes up{toned} ({mark(f['accounts'], 'window')}): {lead_of(groups)}.")
        draft.sections.append(by_table(groups))
    counts = f"Notes that mention it: {mark(f['notes'])}"
    counts += f"; customers' own people who speak of it: {mark(f['speakers'])}" if "speakers" in f else ""
    draft.sections.append(Section(sentences=[measured(f"{counts}.")]))
    rows = [
        [plain_name(str(row["account"]["name"])), *(_cell(row["figures"], key) for key in ("notes", "last", "usd"))]
        for row in reply.get("accounts") or []
    ]
    if rows:
        draft.sections.append(table("By account, dearest first", ["Account", "Notes", "Last mentioned", "Consumption"], rows))
    draft.sections.append(_quotes(first, "In their words"))
    if len(themes) > 1:
        draft.sections.append(_table("Near to it", themes[1:]))
    return draft


def _label(theme: Mapping[str, Any]) -> str:
    return mark(theme["theme"])


def _cell(figures: Mapping[str, str], key: str) -> str:
    return mark(figures[key]) if key in figures else "–"


def _table(heading: str, themes: Sequence[Mapping[str, Any]]) -> Section:
    rows = [[mark(t["theme"]), *(_cell(t["figures"], key) for key in _COLUMNS)] for t in themes]
    return table(heading, ["Theme", *_COLUMNS.values()], rows)


def _quotes(theme: Mapping[str, Any], heading: str) -> Section:
    said = [
        Sentence(
            text=f"{plain_name(q['account'])}: [[{q['citation']}]]" if q.get("account") else f"[[{q['citation']}]]",
            kind="stated",
            citations=[q["citation"]],
        )
        for q in theme["quotes"]
    ]
    return Section(heading=heading, sentences=said)
