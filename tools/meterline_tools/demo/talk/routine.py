"""Notes in which nothing happens: they fill each kind up to its number, and carry the dirt that notes have in real life."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np

from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.world import Record, World, workday
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.talk.bank import pick
from meterline_tools.demo.talk.documents import Writer
from meterline_tools.demo.talk.sayings import LANGUAGES, Talk

COUNTS = {"transcript": 220, "call_note": 380, "voice_dump": 120, "email": 130, "chat": 70, "qbr_note": 80, "internal_memo": 100}
"""Documents of a company of full size (150 accounts, 748 days), the planted ones included."""
FULL_SIZE = (150, 748)
LANGUAGE_SHARES = {"de": 0.06, "sv": 0.04, "ja": 0.02}
WRITTEN = ("call_note", "email", "voice_dump", "internal_memo")
DOUBLES = 0.04
MISLABELLED = 0.03
TRAPS, SARCASM, RESTRICTED = 0.05, 0.03, 0.02
INJECTIONS = 4
TRIES = 12
"""An account may have nobody on a day, or a day on which nothing may be written."""
RICH_TRANSCRIPTS = "brandt"
"""This rep logs no activity but records everything."""


class Routine:
    """Fills the company's note table."""

    def __init__(self, writer: Writer, held: dict[str, list[Credit]], talk: Talk, qbrs: list[Record]) -> None:
        self.writer, self.held, self.talk, self.qbrs = writer, held, talk, qbrs
        self.world: World = writer.world
        self.rng = self.world.streams.of("notes", "routine")
        today = self.world.axis.today
        self.able = [s for s in self.world.company if owner(held[s.account.id], today) and s.account.segment != "self_serve"]

    def fill(self, planted: list[Record]) -> list[Record]:
        """As many routine notes as are missing."""
        size = min(1.5, len(self.world.company) / FULL_SIZE[0]) * min(1.0, self.world.axis.n / FULL_SIZE[1])
        have = Counter(n["note_type"] for n in planted)
        total = round(sum(COUNTS.values()) * size)
        doubles = round(total * DOUBLES)
        out: list[Record] = []
        foreign = self._foreign(planted, total)
        for kind, count in COUNTS.items():
            for _ in range(max(0, round(count * size * (1 if kind == "transcript" else 1 - DOUBLES)) - have[kind])):
                language = foreign.pop() if kind in WRITTEN and foreign and self.rng.random() < 0.45 else "en"
                tries = (self._one(kind, language) for _ in range(TRIES))
                note = next((n for n in tries if n), None)
                out += [note] if note else []
        self._inject(out)
        out += self._doubled(out, doubles)
        _mislabel([n for n in [*planted, *out] if "turns" in n], self.rng)
        return out

    def _foreign(self, planted: list[Record], total: int) -> list[str]:
        """The languages still to be written in, shuffled."""
        have = Counter(n["language"] for n in planted)
        todo = [lang for lang, share in LANGUAGE_SHARES.items() for _ in range(max(0, round(share * total) - have[lang]))]
        return [todo[int(i)] for i in self.rng.permutation(len(todo))]

    def _one(self, kind: str, language: str) -> Record | None:
        rng, world = self.rng, self.world
        if kind == "qbr_note" and (review := self._review()):
            account_id, day, key = review
        else:
            account_id, day, key = self._account(kind, language).account.id, self._day(), ""
        rep = owner(self.held[account_id], day)
        sim = world.by_id[account_id]
        if not rep or day <= world.born(sim) or self.talk.quiet(account_id, day):
            return None
        note = self.writer.note(account_id, rep, kind, world.at(day, rng), self.writer.title(kind, language, rng), rng)
        note |= {"key": key, "language": language}
        said = self._aside(account_id, note) if language == "en" else ""
        return self.writer.write(note, rep, said, "vendor", lambda text, turn, side: text, rng)

    def _account(self, kind: str, language: str) -> Simulated:
        able = [s for s in self.able if LANGUAGES.get(s.account.country) == language] if language != "en" else self.able
        able = able or self.able
        weights = np.array([s.account.daily**0.3 for s in able])
        if kind == "transcript":
            weights *= [3.0 if owner(self.held[s.account.id], self.world.axis.today) == RICH_TRANSCRIPTS else 1.0 for s in able]
        return able[int(self.rng.choice(len(able), p=weights / weights.sum()))]

    def _day(self) -> date:
        age = int(self.rng.exponential(210)) + 2
        return workday(self.world.axis.today - timedelta(days=age if age < self.world.axis.n - 5 else int(self.rng.integers(2, 300))))

    def _review(self) -> tuple[str, date, str] | None:
        """A review that was held and has no note yet."""
        able = [q for q in self.qbrs if q["status"] == "held" and not q.get("notes_note_id")]
        if not able:
            return None
        qbr = able[int(self.rng.integers(len(able)))]
        qbr["notes_note_id"] = f"review-{qbr['qbr_id']}"
        return str(qbr["account_id"]), qbr["due_date"], str(qbr["notes_note_id"])

    def _aside(self, account_id: str, note: Record) -> str:
        """Now and then a negation, some sarcasm, or what nobody may repeat."""
        filler, slots, draw = self.writer.bank.filler, self.writer.slots(account_id, self.rng), self.rng.random()
        if draw < TRAPS:
            return str(pick(self.rng, self.writer.bank.wrong["traps"]))
        if draw < TRAPS + SARCASM:
            return str(pick(self.rng, filler["sarcasm"]).format(**slots))
        if draw < TRAPS + SARCASM + RESTRICTED:
            note["sensitivity"] = "restricted"
            return str(pick(self.rng, filler["restricted"]).format(**slots))
        return ""

    def _inject(self, notes: list[Record]) -> None:
        """A few notes carry instructions to whatever reads them."""
        able = [n for n in notes if "body" in n and n["language"] == "en" and n["sensitivity"] != "restricted"]
        for i, at in enumerate(self.rng.permutation(len(able))[:INJECTIONS].tolist()):
            able[at]["body"] += "\n" + self.writer.bank.filler["injections"][i]

    def _doubled(self, notes: list[Record], count: int) -> list[Record]:
        """Near-duplicates: forwarded, or entered twice with a small change."""
        able = [n for n in notes if "body" in n and not n["key"] and len(n["body"]) > 60]
        out = []
        for at in self.rng.permutation(len(able))[:count].tolist():
            note, forwarded = able[at], self.rng.random() < 0.5
            later = min(note["occurred_at"] + timedelta(minutes=int(self.rng.integers(7, 900))), self.world.axis.as_of - timedelta(hours=1))
            body = note["body"].replace(", ", " ", 1) if forwarded else note["body"].rstrip(".") + " (entered twice)"
            title = f"Fwd: {note['title']}" if forwarded else f"{note['title']} (2)"
            out.append({**note, "occurred_at": later, "created_at": max(later, note["created_at"]), "title": title, "body": body})
        return out


def _mislabel(transcripts: list[Record], rng: np.random.Generator) -> None:
    """In a few transcripts the speakers of two neighbouring turns are mixed up, as meeting tools do."""
    for at in rng.permutation(len(transcripts))[: round(MISLABELLED * len(transcripts))].tolist():
        turns = transcripts[at]["turns"]
        n = int(rng.integers(0, len(turns) - 1))
        a, b = turns[n], turns[n + 1]
        who = ("side", "speaker", "contact_id", "rep_id")
        mine, theirs = ({k: t[k] for k in who if k in t} for t in (a, b))
        for turn, label in ((a, theirs), (b, mine)):
            text = {k: v for k, v in turn.items() if k not in who}
            turn.clear()
            turn.update({"n": text.pop("n")} | label | text)
