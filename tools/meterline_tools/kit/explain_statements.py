"""What was said and recorded about an account around a change, as statements for the weighing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from meterline_tools.insight.cues import speaks_of_usage
from meterline_tools.insight.evidence import Item
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.locate import Located
from meterline_tools.insight.records import (
    action_statements,
    change_statements,
    contact_statements,
    contract_statements,
    ticket_statements,
    use_case_statements,
)
from meterline_tools.insight.slice_words import SliceWords
from meterline_tools.insight.thresholds import Thresholds
from meterline_tools.kit.explain_data import Usage, records
from meterline_tools.kit.texts import notes_with_names
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.notes.passages import Note


def read_statements(
    bench: Workbench,
    account: Entity,
    usage: Usage,
    located: Located,
    words: SliceWords,
    contracts: Sequence[Mapping[str, Any]],
    rules: Thresholds,
) -> list[Statement]:
    """Sentences of notes and records from 90 days before the onset up to the time of knowledge."""
    since = located.onset - timedelta(days=rules.evidence.before_days)
    out = note_statements(bench, account, usage.account, since, rules)
    tickets = [t for t in records(bench, "support_ticket", account) if t["opened_at"].date() >= since]
    out += ticket_statements(tickets) + action_statements(_actions(bench, account, since, located))
    out += _use_cases(bench, account, usage, words, located.onset)
    out += change_statements(_changes(bench, located), words, account.id, usage.account.get("industry"))
    gone = [c for c in records(bench, "contact", account) if c["status_since"] and since <= c["status_since"] <= located.end]
    out += contact_statements(gone) + contract_statements(contracts, located.onset)
    return [_wary(statement) for statement in out]


def namesakes(bench: Workbench, account: Entity) -> list[str]:
    """Other accounts whose name begins alike; not a successor, which bears the whole name and more."""
    first = account.name.split()[0] if account.name else ""
    if len(first) < LEAST_LIKE:
        return []
    accounts = bench.views.table("account")
    like = select(accounts.c.account_name).where(accounts.c.account_name.startswith(first), accounts.c.account_id != account.id)
    names = (str(row[0]) for row in bench.warehouse.run(like, limit=200).rows)
    return [name for name in names if account.name.lower() not in name.lower()]


LEAST_LIKE = 4
"""Letters of a first word that two names have in common."""


def _wary(statement: Statement) -> Statement:
    """Records are written by people too: one that speaks to a machine is marked like a note, and supports nothing."""
    from meterline_tools.notes.flags import instruction_like

    return replace(statement, flagged=True) if not statement.flagged and instruction_like(statement.text) else statement


def _use_cases(bench: Workbench, account: Entity, usage: Usage, words: SliceWords, onset: date) -> list[Statement]:
    cases = {row["use_case_id"]: row for row in records(bench, "use_case", account)}
    if not cases or not bench.warehouse.has("use_case_event"):
        return []
    events = bench.views.table("use_case_event")
    rows = bench.warehouse.run(select(events).where(events.c.use_case_id.in_(sorted(cases))), limit=10_000).dicts()
    linked: dict[str, set[str]] = {}
    for workload in usage.workloads:
        if workload["use_case_id"]:
            linked.setdefault(workload["use_case_id"], set()).add(workload["workload_id"])
    return use_case_statements(rows, cases, linked, words, onset)


def _actions(bench: Workbench, account: Entity, since: date, located: Located) -> list[dict[str, Any]]:
    found = records(bench, "action_item", account)
    return [a for a in found if since <= a["created_at"].date() <= located.end]


def _changes(bench: Workbench, located: Located) -> list[dict[str, Any]]:
    if not bench.warehouse.has("change_event"):
        return []
    changes = bench.views.table("change_event")
    near = timedelta(days=10)
    statement = select(changes).where(changes.c.starts_on >= located.onset - near, changes.c.starts_on <= located.onset + near)
    return bench.warehouse.run(statement, limit=1_000).dicts()


def note_statements(
    bench: Workbench, account: Entity, record: Mapping[str, Any], since: date, rules: Thresholds, until: date = date.max
) -> list[Statement]:
    """Every sentence of the account's readable notes of these days, newest notes first; restricted ones never."""
    if not bench.views.holds_notes:
        return []
    from meterline_tools.notes.passages import readable

    note = bench.views.table("note")
    statement = (
        notes_with_names(note)
        .where(
            note.c.account_id == account.id,
            note.c.occurred_at >= datetime.combine(since, datetime.min.time()),
            note.c.occurred_at <= datetime.combine(until, datetime.max.time()),
        )
        .order_by(note.c.occurred_at.desc())
    )
    notes = readable(bench.warehouse.run(statement, limit=rules.evidence.max_notes).dicts(), bench.asof.known_at)
    return [statement for note in notes for statement in _sentences(note)]


def _sentences(note: Note) -> Iterator[Statement]:
    from meterline_tools.notes.flags import instruction_like

    language = str(note.row.get("language") or "en")[:2].lower()
    for turn, speaker, side, source, whole, neighbours in _pieces(note):
        flagged = bool(whole) and bool(instruction_like(source[whole[0][0] : whole[-1][1]]))  # all of it, not one sentence
        spans = [piece for span in whole for piece in _short(source, span, language)]
        for at, (start, end) in enumerate(spans):
            around = [source[a:b] for a, b in (*spans[max(0, at - 1) : at], *spans[at + 1 : at + 2])]
            text = source[start:end]
            yield Statement(
                "note",
                note.note_id,
                side,
                note.date,
                text,
                around=" ".join((*around, *neighbours, note.title)),
                kind=note.note_type,
                speaker=speaker,
                turn=turn,
                start=start,
                end=end,
                title=note.title or None,
                beside=" ".join(around),
                flagged=flagged,
            )


def said_of_usage(bench: Workbench, account: Entity, record: Mapping[str, Any], first: date, last: date, rules: Thresholds) -> list[Item]:
    """What notes say of the usage of these days, from the week before them to a month after: a sentence a note, those with a
    reason in them first. What is said of other days is left out."""
    from meterline_tools.insight.causes import load_causes
    from meterline_tools.insight.cues import cue_book, read_sentence, shipped_cues
    from meterline_tools.insight.said_days import dates_in
    from meterline_tools.insight.said_when import other_days
    from meterline_tools.kit.own_causes import causes_of

    causes = causes_of(bench)
    book = shipped_cues() if causes is load_causes() else cue_book(causes)
    since, until = first - timedelta(days=rules.evidence.dated_within_days), last + timedelta(days=rules.evidence.recent_days)
    found: dict[str, tuple[int, Item]] = {}
    for statement in note_statements(bench, account, record, since, rules, until):
        if statement.flagged or not speaks_of_usage(statement.text):
            continue
        reading = read_sentence(statement.text, book)
        if reading.asking or reading.undecided or other_days(dates_in(statement.text, statement.day), statement.day, first, last, rules):
            continue
        known = found.get(statement.source_id)
        if known is None or len(reading.names) > known[0]:
            found[statement.source_id] = len(reading.names), Item(statement, pointed=True)
    return [item for _, item in sorted(found.values(), key=lambda each: -each[0])]


LONG, REACH = 36, 18
"""A sentence of more words than LONG is dictation without full stops; it is read thought by thought, or in overlapping pieces of
REACH words."""
LEAST = 4
"""Words of a thought: shorter ones belong to the one before."""


def _short(source: str, span: tuple[int, int], language: str) -> list[tuple[int, int]]:
    """The span itself, or the thoughts and pieces of a very long one."""
    if len(_words(source, span)) <= LONG:
        return [span]
    return [piece for thought in _thoughts(source, span, language) for piece in _reaches(_words(source, thought))]


def _words(source: str, span: tuple[int, int]) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for m in re.compile(r"\S+").finditer(source, *span)]


def _thoughts(source: str, span: tuple[int, int], language: str) -> list[tuple[int, int]]:
    """What stands between the fillers of somebody who thinks aloud; "I do not think um it was the migration" is one thought."""
    filler = _filler(language)
    cuts = [(m.start(), m.end()) for m in filler.finditer(source, *span)] if filler else []
    out: list[tuple[int, int]] = []
    for start, end in zip([span[0], *(end for _, end in cuts)], [*(start for start, _ in cuts), span[1]], strict=True):
        if out and (len(_words(source, (start, end))) < LEAST or _denies(source[out[-1][0] : out[-1][1]])):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _denies(thought: str) -> bool:
    """Whether a thought breaks off in a denial or a doubt."""
    from meterline_tools.insight.causes import load_words

    said = load_words()
    tail = " ".join(thought.split()[-_TAIL:])
    return bool(_any_of((*said.negation["before"], *said.hedges)).search(tail))


_TAIL = 5
"""Words at the end of a thought in which a denial reaches over to the next."""


def _reaches(words: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(words) <= LONG:
        return [(words[0][0], words[-1][1])] if words else []
    starts = range(0, len(words) - REACH // 2, REACH // 2)
    return [(words[at][0], words[min(at + REACH, len(words)) - 1][1]) for at in starts]


@lru_cache(maxsize=8)
def _filler(language: str) -> re.Pattern[str] | None:
    from meterline_tools.insight.causes import load_words

    fillers = tuple(load_words().fillers.get(language, ()))
    if not fillers:
        return None
    one = _any_of(fillers).pattern
    return re.compile(rf"{one}(?:\s+{one})*", re.IGNORECASE)


@lru_cache(maxsize=8)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted((re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE)


def _pieces(note: Note) -> Iterator[tuple[int | None, str | None, Any, str, list[tuple[int, int]], tuple[str, ...]]]:
    """Turns, or paragraphs of the body: (turn, speaker, side, source text, sentence spans, texts of the neighbours)."""
    from meterline_tools.notes.sides import body_segments
    from meterline_tools.notes.text import sentences

    for at, turn in enumerate(note.turns):
        near = tuple(t.text for t in (*note.turns[max(0, at - 1) : at], *note.turns[at + 1 : at + 2]))
        yield turn.n, turn.speaker, turn.side, turn.text, sentences(turn.text), near
    if not note.turns:
        for segment in body_segments(note.row, note.body):
            yield None, segment.speaker, segment.side, note.body, sentences(note.body, *segment.span), ()
