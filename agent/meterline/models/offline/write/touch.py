"""The last touch of customers, whether they may be asked, what they were asked for, and business reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan.touch import topic_asked, types
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    nothing,
    plain_name,
    subject,
    table,
)

_SPOKEN = frozenset(
    (
        "speak",
        "spoke",
        "spoken",
        "talk",
        "talked",
        "meet",
        "met",
        "meeting",
        "call",
        "called",
        "visit",
        "visited",
        "conversation",
        "saw",
        "seen",
        "sat",
        "sit",
    )
)
"""Words that ask for a conversation; a message is not one."""


def _rows(reply: Metrics) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = reply.data.get("rows") or []
    return found


def _sums(reply: Metrics) -> Figures:
    return dict((reply.data.get("total") or {}).get("figures") or {})


def _lacks(reply: Metrics) -> bool:
    return not reply.ok or bool(reply.data.get("not_available"))


def log(reply: Metrics) -> list[Section]:
    """The newest touches of an account, each with its record."""
    rows = _rows(reply)[:_SHOWN]
    if not rows:
        return []
    body = [[_figure(r, "date"), _word(r["type"]), _word(r.get("purpose")), plain_name(str(r.get("who") or "–")), _level(r)] for r in rows]
    cited = [citation for row in rows for citation in row["citations"]]
    source = Sentence(text="Each is on record as an activity; see the notes below.", citations=cited)
    rule = any((row.get("substance") or {}).get("by") == "rule" for row in rows)
    more = [Sentence(text="A score in brackets was told by rule from the note of that day; nobody had scored it.")] if rule else []
    return [table("Latest touches", ["Date", "Type", "Purpose", "Who", "Substance"], body), Section(sentences=[source, *more])]


_SHOWN = 5


def _of_type(reading: Reading, reply: Metrics, who: str) -> Sentence | None:
    """The newest touch of the type that is asked about, where that is not a conversation of any kind."""
    kinds = [kind for kind in types(reading) if kind != "meeting"]
    if len(kinds) != 1:
        return None
    kind, rows = kinds[0], _rows(reply)
    found = next((row for row in rows if row["type"] == kind), None)
    if found is None:
        return Sentence(text=f"No {_word(kind)} with {who} is among the latest touches on record.")
    return Sentence(text=f"The last {_word(kind)} with {who} was on {_told(found)}.", citations=found["citations"])


def _level(row: Mapping[str, Any]) -> str:
    """The substance on record, or in brackets the one by rule."""
    worth = row.get("substance") or {}
    return f"({mark(worth['level'])})" if worth.get("by") == "rule" and worth.get("level") else _figure(row, "substance")


def _figure(row: Mapping[str, Any], name: str) -> str:
    figures = row.get("figures") or {}
    return mark(figures[name]) if name in figures else "–"


def _word(text: object) -> str:
    return str(text).replace("_", " ") if text else "–"


def last_touch(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I17: the newest touch of an account or person, and the newest conversation where that was another one."""
    reply = Metrics(turn.reply("log"))
    who = subject(reading, context)
    if _lacks(reply):
        return not_held(reading, "That cannot be told", reply)
    last = reply.data.get("last") or {}
    if "touch" not in last:
        return nothing(reading, f"No touch of {who} is on record in the last year.", reply)
    touch, spoken = last["touch"], last.get("conversation")
    if (spoken is None or spoken["activity_id"] == touch["activity_id"]) and not _asks_for_the_real_one(reading):
        draft = Draft(headline=Sentence(text=f"The last contact with {who} was on {_told(touch)}.", citations=touch["citations"]))
    elif (real := last.get("substantive")) and _asks_for_the_real_one(reading):
        draft = Draft(
            headline=Sentence(text=f"The last substantive conversation with {who} was on {_told(real)}.", citations=real["citations"])
        )
        also = Sentence(text=f"The last contact of any kind was on {_told(touch)}.", citations=touch["citations"])
        draft.sections.append(Section(sentences=[also]))
    elif spoken is None:
        draft = Draft(headline=Sentence(text=f"The last contact with {who} was on {_told(touch)}.", citations=touch["citations"]))
    else:
        both = [("contact", touch), ("conversation", spoken)]
        (first, row), (second, other) = reversed(both) if _SPOKEN & reading.tokens.present else both
        draft = Draft(headline=Sentence(text=f"The last {first} with {who} was on {_told(row)}.", citations=row["citations"]))
        also = Sentence(text=f"The last {second} was on {_told(other)}.", citations=other["citations"])
        draft.sections.append(Section(sentences=[also]))
    worth = _REAL & reading.tokens.present
    if worth and (substantive := last.get("substantive")):
        draft.sections.insert(0, Section(sentences=_worth("The last substantive one", substantive)))
    elif worth:
        draft.sections.insert(0, Section(sentences=[Sentence(text="No conversation of substance is on record in the last year.")]))
    shown = spoken if spoken is not None and _SPOKEN & reading.tokens.present else touch
    if not worth or last.get("substantive", {}).get("activity_id") != shown["activity_id"]:
        draft.sections.insert(0, Section(sentences=_worth("", shown)))
    if asked := _of_type(reading, reply, who):
        draft.sections.insert(0, Section(sentences=[draft.headline]))
        draft.headline = asked
    draft.sections += log(reply)
    draft.next_steps.append("Look into the notes of that day, or at what they have been asked for lately.")
    return finish(draft, reading, reply, metrics=["M44"])


_REAL = frozenset(("substantive", "substance", "real", "meaningful", "good", "worthwhile", "useful", "proper", "serious", "actual"))
"""Words that ask what a conversation was worth."""
_BY = {"rule": "by rule from its note", "rep": "by the rep", "model": "by the model that was used"}


def _asks_for_the_real_one(reading: Reading) -> bool:
    """ "Our last real conversation" asks for another one than "was the last conversation any good"."""
    words = [token.norm for token in reading.tokens]
    return any(one in _REAL and (other in _SPOKEN or other in ("touch", "contact")) for one, other in pairwise(words))


def _worth(lead: str, row: Mapping[str, Any]) -> list[Sentence]:
    """What a touch was worth: its score, who scored it and why; by rule only with the sentence that decides it."""
    worth = row.get("substance") or {}
    if not worth:
        return []
    which = f"{lead} was on {_told(row)}: it" if lead else "It"
    if not worth.get("level"):
        return [Sentence(text=f"{which} is not scored, and {worth['reason']}.", citations=row["citations"])]
    text = f"{which} is scored {mark(worth['level'])} on the scale of substance, {_BY.get(worth['by'], 'on record')}: {worth['reason']}."
    said = [Sentence(text=text, citations=row["citations"])]
    if cited := worth.get("citation"):
        said.append(Sentence(text=f"[[{cited}]]", kind="stated", citations=[cited]))
    return said


def contact(reading: Reading, context: Context, turn: Turn) -> Draft:
    """7.6: whether an account may be asked something now, or who was asked too often."""
    reply = Metrics(turn.reply("contact"))
    if _lacks(reply):
        return not_held(reading, "Whether customers were asked too often cannot be told", reply)
    check = reply.data.get("check")
    draft = _check(check) if check else _over(reply, subject(reading, context), people_first=bool(_CLOSED & reading.tokens.present))
    draft.next_steps.append("Whatever you ask, bring something with it: a fact, a saving, an answer.")
    return finish(draft, reading, reply, metrics=["M46"])


def _check(check: Mapping[str, Any]) -> Draft:
    name, figures = plain_name(str(check["account"]["name"])), check["figures"]
    asks = f"asked {mark(figures['asks'])} questions ({mark(figures['asks'], 'window')}), of {mark(figures['limit'])} at most"
    if check["passed"]:
        draft = Draft(headline=measured(f"{name} may be asked something now: {asks}, and nothing else stands against it."))
    else:
        draft = Draft(headline=measured(f"{name} is better not asked anything now: {asks}."))
        draft.sections.append(
            Section(heading="What stands against it", sentences=[Sentence(text=f"{capital(b)}.") for b in check["blocked_by"]])
        )
        draft.sections.append(Section(heading="Instead", sentences=[Sentence(text=str(check["alternative"]))]))
    if check["closed"]:
        rows = [[mark(person["name"]), mark(person["until"])] for person in check["closed"] if person["name"] and person["until"]]
        draft.sections.append(table("Not to be contacted", ["Contact", "Until"], rows))
    return draft


def _over(reply: Metrics, who: str, *, people_first: bool = False) -> Draft:
    """Who was asked too often and who is not to be contacted; the people first where they are asked about."""
    rows, sums, closed = _rows(reply), _sums(reply), reply.data.get("closed") or []
    limit, count = mark(sums["limit"]), mark(sums["count"])
    when = mark(sums["count"], "window")
    asked = f"No account of {who} reached {limit} questions ({when})."
    if rows:
        asked = f"Accounts that were asked {limit} questions or more: {count} ({when})."
    draft = Draft(headline=measured(asked))
    if people_first and closed:
        named = joined(list(dict.fromkeys(plain_name(str(person["account"]["name"])) for person in closed)))
        draft.headline = measured(f"Not to be contacted for now: people at {named}; each with the day until when below.")
        draft.sections.append(Section(sentences=[measured(asked)]))
    elif people_first:
        draft.sections.append(Section(sentences=[Sentence(text="Nobody has asked not to be contacted, as far as it is on record.")]))
    if closed:
        people = [[plain_name(str(p["account"]["name"])), mark(p["name"]), mark(p["until"])] for p in closed if p["name"] and p["until"]]
        draft.sections.append(table("Not to be contacted", ["Account", "Contact", "Until"], people))
    if rows:
        body = [[plain_name(str(row["account"]["name"])), _figure(row, "asks"), _figure(row, "last")] for row in rows]
        draft.sections.append(table("Most asked first", ["Account", "Questions", "Last asked"], body))
        draft.assumptions.append("A prompt inside the product counts less than a question by a person.")
    return draft


_CLOSED = frozenset(
    ("not", "shouldnt", "mustnt", "cant", "dont", "no", "disturb", "until", "till", "alone", "peace", "limits", "avoid", "leave")
)
"""Words that ask who is not to be contacted rather than who was asked too often."""


def _told(row: Mapping[str, Any]) -> str:
    person = f" by {plain_name(str(row['who']))}" if row.get("who") else ""
    purpose = f", {_word(row['purpose'])}" if row.get("purpose") else ""
    return f"{_figure(row, 'date')} ({_word(row['type'])}{purpose}{person})"


def asks(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I17: how often customers were asked for something, by topic, and when last on the same one."""
    who = subject(reading, context)
    if turn.reply("asked") is not None:
        return _asked(reading, Metrics(turn.reply("asked")), who)
    reply = Metrics(turn.reply("asks"))
    if _lacks(reply):
        return not_held(reading, "How often customers were asked cannot be told", reply)
    load = Metrics(Reply("load", "query_metrics", reply.data.get("load") or {}))
    figures = load.told(load.whole)
    if "M46" not in figures:
        draft = Draft(headline=measured(f"Nobody asked {who} for anything in the last quarter of a year, as far as it is on record."))
        draft.next_steps.append("Ask when they were last in touch with us before asking them anything.")
        return finish(draft, reading, load, metrics=["M46"])
    asked = _rows(reply)
    topic = topic_asked(reading)
    draft = Draft(headline=_load(capital(who), figures))
    if topic and reading.accounts:
        own = next((load.told(row.figures) for row in load.rows if topic in (row.id, *row.names)), {})
        draft.headline = _on_topic(capital(who), topic, own, [row for row in asked if row.get("ask") == topic])
        draft.sections.append(Section(sentences=[_load("On all topics together", figures)]))
    elif check := Metrics(turn.reply("contact")).data.get("check") if turn.reply("contact") else None:
        draft = _before(_check(check), draft.headline)
    again = f"Asked again on the same topic: {mark(figures['M46.again'])}; without an answer: {mark(figures['M46.unanswered'])}."
    draft.sections.append(Section(sentences=[measured(again)]))
    rows = [
        [_word(row.get("label")), *cells(row["figures"], ["M46", "M46.d90", "M46.again", "M46.unanswered"])]
        for row in load.data.get("rows") or []
    ]
    by = "Topic" if asked else "Account"
    if rows:
        draft.sections.append(table(f"By {by.lower()}", [by, "In the period", "In the longer one", "Again", "Unanswered"], rows))
    if asked:
        latest: dict[str, Mapping[str, Any]] = {}
        for row in asked:
            latest.setdefault(str(row.get("ask")), row)
        body = [
            [_word(kind), _figure(r, "date"), plain_name(str(r.get("who") or "–")), _word(r.get("topic")), _word(r.get("outcome"))]
            for kind, r in latest.items()
        ]
        draft.sections.append(table("Last ask on each topic", ["Topic", "Date", "Who asked", "About", "Outcome"], body))
        cited = [citation for row in latest.values() for citation in row["citations"]]
        draft.sections.append(Section(sentences=[Sentence(text="Each is on record as an activity; see the notes below.", citations=cited)]))
    draft.next_steps.append("Ask inside first where the same topic came up lately; the answer may be on record.")
    return finish(draft, reading, load, metrics=["M46"])


def _before(verdict: Draft, counts: Sentence) -> Draft:
    """Whether they may be asked now leads; how often they were stands below it."""
    verdict.sections.append(Section(heading="How often they were asked", sentences=[counts]))
    return verdict


def _asked(reading: Reading, reply: Metrics, who: str) -> Draft:
    """Which accounts were asked, on a topic or on all, as often as the question says."""
    topic = _word(topic_asked(reading)).removesuffix(" why") if topic_asked(reading) else ""
    about = f" about {topic}" if topic else ""
    if not reply.ok or "M46" in reply.lacking():
        return not_held(reading, "How often customers were asked cannot be told", reply)
    thresholds = [str(f) for f in (reply.data.get("thresholds") or {}).values()]
    often = f" {mark(thresholds[0])} times or more" if thresholds else ""
    count = str((reply.data.get("matched") or {}).get("count") or "")
    if not count:
        return nothing(reading, f"No account of {who} was asked{about} that often, as far as it is on record.", reply)
    lead = f"Accounts of {who} that were asked{about}{often}: {mark(count)} ({mark(count, 'window')})."
    draft = Draft(headline=measured(lead))
    if not reply.rows:
        draft.next_steps.append("Ask who was asked most, or over a longer time.")
        return finish(draft, reading, reply, metrics=["M46"])
    rows = [[joined(row.names), *cells(reply.told(row.figures), ["M46", "M46.unanswered"])] for row in reply.rows]
    draft.sections.append(table("Most asked first", ["Account", "Times asked", "Unanswered"], rows))
    draft.next_steps.append("Ask inside first where the same topic came up lately; the answer may be on record.")
    return finish(draft, reading, reply, metrics=["M46"])


def _load(who: str, figures: Figures) -> Sentence:
    recent, long = figures["M46"], figures["M46.d90"]
    text = f"{who}: times asked for something are {mark(recent)} ({mark(recent, 'window')})"
    return measured(f"{text} and {mark(long)} in all ({mark(long, 'window')}).")


def _on_topic(who: str, topic: str, figures: Figures, rows: Sequence[Mapping[str, Any]]) -> Sentence:
    """How often the one topic came up, and when it did last."""
    about = _word(topic).removesuffix(" why")
    if not rows:
        return measured(f"{who} was never asked about {about}, as far as activities are on record.")
    last = f"the last time was on {_figure(rows[0], 'date')}"
    if "M46.d90" not in figures:
        return Sentence(text=f"{who} was not asked about {about} lately; {last}.", citations=rows[0]["citations"])
    long = figures["M46.d90"]
    text = f"Times {who} was asked about {about}: {mark(long)} ({mark(long, 'window')}); {last}."
    return Sentence(text=text, citations=rows[0]["citations"])


def cadence(reading: Reading, context: Context, turn: Turn) -> Draft:
    """M45: how many eligible accounts had their review, with and without an executive, and which had none."""
    reply, missing = Metrics(turn.reply("cadence")), Metrics(turn.reply("missing"))
    told, who = reply.told(reply.whole), subject(reading, context)
    if "M45" in reply.lacking():
        return not_held(reading, "Who had a business review cannot be told", reply)
    if "M45" not in told:
        return nothing(reading, f"No account of {who} is due a business review, or none can be judged.", reply)
    due = f"{mark(told['M45.held'])} of {mark(told['M45.eligible'])} accounts due a review"
    text = f"{due} had one with a customer executive, {mark(told['M45'])}"
    more = f"{mark(told['M45.without_executive'])} had one without an executive and {mark(told['M45.missing'])} had none"
    draft = Draft(headline=measured(f"{capital(who)}: {text} ({mark(told['M45'], 'window')}); {more}."))
    if len(reply.rows) > 1:
        keys = ["M45", "M45.held", "M45.without_executive", "M45.missing", "M45.eligible"]
        rows = [[joined(row.names), *cells(reply.told(row.figures), keys)] for row in reply.rows]
        by = dimension_label((reading.measure.group_by or ["rep"])[0])
        draft.sections.append(table(f"By {in_sentence(by)}", [by, "Kept", "Held", "No executive", "None", "Eligible"], rows))
    names = [joined(row.names) for row in missing.rows]
    if names:
        rest = missing.rest.get("M45.missing") if missing.number(missing.rest.get("M45.missing")) else None
        also = f", and {mark(rest)} more" if rest else ""
        draft.sections.append(Section(heading="Without a review", sentences=[measured(f"{joined(names)}{also}.")]))
    draft.next_steps.append("Ask for a brief of the first of them and set the date.")
    return finish(draft, reading, reply, metrics=["M45"])
