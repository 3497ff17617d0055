"""Documents around a sentence that matters, or around none: transcripts, call notes, dictation, mails, chats, reviews, memos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.talk.bank import Bank, pick

SECONDS_PER_WORD = 0.4
PAIRS = (7, 29)
"""Exchanges of two turns in a transcript."""
Line = tuple[str, str | None, str]
"""side c or v, persona or rep key, text"""
Keep = Callable[[str, int | None, str], str]
"""Told each text, its turn (None for a body) and its side; returns the text without marks."""
CITIES = ["Leeds", "Lyon", "Austin", "Uppsala", "Bremen", "Pune", "Toronto", "Osaka", "Denver", "Nantes", "Cork", "Tampa"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


class Writer:
    """Writes documents of one account in the author's words."""

    def __init__(self, world: World, bank: Bank, people: dict[tuple[str, str], Record]) -> None:
        self.world, self.bank, self.people = world, bank, people
        self.rep_names = {p.key: p.name for p in spec.cast()}

    def note(self, account_id: str, rep: str, kind: str, at: datetime, title: str, rng: np.random.Generator) -> Record:
        """A note without its words."""
        return {
            "key": "",
            "note_id": "",
            "account_id": account_id,
            "author_rep_id": self.world.rep_ids[rep],
            "note_type": kind,
            "occurred_at": at,
            "created_at": min(at + timedelta(hours=int(rng.integers(1, 30))), self.world.axis.as_of),
            "title": title,
            "language": "en",
            "sensitivity": "internal" if kind in ("internal_memo", "voice_dump", "call_note") else "customer_shareable",
        }

    def slots(self, account_id: str, rng: np.random.Generator) -> dict[str, str]:
        """What small talk is about."""
        names = sorted({c["full_name"].split()[0] for (a, _), c in self.people.items() if a == account_id}) or ["Sam"]
        works = [w.name.replace("-", " ") for w in self.world.by_id[account_id].account.workloads] or ["the reports"]
        return {
            "name": pick(rng, names),
            "n": str(pick(rng, ["two", "three", "four", "five", "six"])),
            "day": pick(rng, DAYS),
            "city": pick(rng, CITIES),
            "team": str(pick(rng, spec.read("names")["teams"])),
            "work": "the " + pick(rng, works),
            "other": "the " + pick(rng, works),
        }

    def write(self, note: Record, rep: str, said: str, side: str, keep: Keep, rng: np.random.Generator, pairs: int | None = None) -> Record:
        """The note with its words; `said` stands somewhere in the middle and may be empty."""
        kind, account_id = note["note_type"], note["account_id"]
        if kind == "transcript":
            lines = self.conversation(account_id, said, side, rng, pairs)
            return note | {"turns": self.turns(account_id, rep, lines, keep)}
        if note["language"] != "en":
            return note | {"body": keep(self._foreign(account_id, note["language"], said, rng), None, side)}
        return note | {"body": keep(self._body(kind, account_id, rep, said, rng), None, side)}

    def conversation(self, account_id: str, said: str, side: str, rng: np.random.Generator, pairs: int | None = None) -> list[Line]:
        count = pairs or int(np.clip(rng.lognormal(np.log(7.6), 0.38), *PAIRS))
        order = rng.permutation(len(self.bank.filler["exchanges"]))
        chosen = [self.bank.filler["exchanges"][int(order[i % len(order)])] for i in range(count)]
        slots = [self.slots(account_id, rng) for _ in range(count + 1)]
        lines = [
            (who, self._speaker(rng, who), text.format(**slots[i]))
            for i, pair in enumerate(chosen)
            for who, text in zip("cv", pair, strict=True)
        ]
        if said:
            middle: list[Line] = [("c", self._speaker(rng, "c"), said), ("v", None, pick(rng, self.bank.filler["replies"]))]
            if side == "vendor":
                middle = [("v", None, said), ("c", None, "Hm.")]
            prompt: Line = ("v", None, pick(rng, self.bank.filler["prompts"]))
            at = 2 * int(rng.integers(count // 3, max(count // 3 + 1, 2 * count // 3 + 1)))
            lines = [*lines[:at], prompt, *middle, *lines[at:]]
        closer = pick(rng, self.bank.filler["closers"])
        return [*lines, *((who, None, text.format(**slots[-1])) for who, text in zip("cv", closer, strict=True))]

    def _speaker(self, rng: np.random.Generator, who: str) -> str | None:
        return str(rng.choice(["champion", "technical_owner", "economic_buyer"], p=[0.5, 0.3, 0.2])) if who == "c" else None

    def exchanges(self, account_id: str, count: int, rng: np.random.Generator, closing: bool = False) -> list[Line]:
        """Small talk before or after planted turns."""
        bank, slots = self.bank.filler, self.slots(account_id, rng)
        pairs = [bank["exchanges"][int(i)] for i in rng.permutation(len(bank["exchanges"]))[:count]]
        pairs += [pick(rng, bank["closers"])] if closing else []
        return [(side, None, text.format(**slots)) for pair in pairs for side, text in zip("cv", pair, strict=True)]

    def turns(self, account_id: str, rep: str, lines: list[Line], keep: Keep) -> list[Record]:
        """Speaker turns with side, person and start second. A line without a person is spoken by the main contact or the rep."""
        out, clock = [], 0.0
        for n, (side, who, text) in enumerate(lines):
            turn: Record = {"n": n, "side": "customer" if side == "c" else "vendor"}
            if side == "c":
                person = self.people.get((account_id, who or "champion")) or self.people[(account_id, "champion")]
                turn |= {"speaker": person["full_name"], "contact_id": person["contact_id"]}
            else:
                turn |= {"speaker": self.rep_names[who or rep], "rep_id": self.world.rep_ids[who or rep]}
            turn |= {"start_s": round(clock, 1), "text": keep(text, n, turn["side"])}
            clock += max(2.0, len(text.split()) * SECONDS_PER_WORD)
            out.append(turn)
        return out

    def colours(self, account_id: str, rng: np.random.Generator, count: int) -> list[str]:
        bank = self.bank.filler["colour"]
        return [bank[int(i)].format(**self.slots(account_id, rng)) for i in rng.permutation(len(bank))[:count]]

    def _body(self, kind: str, account_id: str, rep: str, said: str, rng: np.random.Generator) -> str:
        if kind == "call_note":
            return self._call_note(account_id, rep, said, rng)
        slots = self.slots(account_id, rng)
        signed = slots["name"] if kind in ("email", "chat") else self.rep_names[rep].split()[0]
        colour, colour2 = (" ".join(self.colours(account_id, rng, int(rng.integers(1, 3)))) for _ in range(2))
        form = pick(rng, self.bank.filler[kind])
        text = (
            form.format(**slots | {"colour": colour, "colour2": colour2, "said": said, "signed": signed})
            .replace("  ", " ")
            .replace(" \n", "\n")
        )
        return _dictated(text) if kind == "voice_dump" else text.replace("\n\n\n\n", "\n\n").strip()

    def _call_note(self, account_id: str, rep: str, said: str, rng: np.random.Generator) -> str:
        voice, slots = self.bank.voice(rep), self.slots(account_id, rng)
        colours = self.colours(account_id, rng, int(rng.integers(2, 6)))
        middle = [*colours[:2], said, *colours[2:]] if said else colours
        parts = [pick(rng, voice["open"]).format(**slots), *middle, pick(rng, voice["close"]).format(**slots)]
        return str(voice["join"].join(parts))

    def _foreign(self, account_id: str, language: str, said: str, rng: np.random.Generator) -> str:
        bank, slots = self.bank.filler["languages"][language], self.slots(account_id, rng)
        numbers = {"n": str(int(rng.integers(2, 9)))}
        order = rng.permutation(len(bank["sentences"]))[: int(rng.integers(3, 6))]
        small = [bank["sentences"][int(i)].format(**slots | numbers) for i in order]
        return ("" if language == "ja" else " ").join([*small[:2], said, *small[2:]] if said else small)

    def title(self, kind: str, language: str, rng: np.random.Generator) -> str:
        filler = self.bank.filler
        return str(pick(rng, filler["languages"][language]["titles"] if language != "en" else filler["titles"][kind]))


def _dictated(text: str) -> str:
    """As speech recognition leaves it: small letters, no punctuation. Marks of planted sentences stay."""
    return "".join(c for c in text.lower() if c not in '.,;:!?"()').replace("  ", " ").strip()
