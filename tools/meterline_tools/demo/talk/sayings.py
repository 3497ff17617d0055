"""Who says what about an event, where and when: the evidence of its regime, and what misleads.

E1 named by a customer or a rep · E2 a record only, no note · E3 a rep's wrong reason beside a customer's right one ·
E4 talk about something else, the truth in a ticket, another language or a second speaker · E5 nothing · E6 named late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from meterline_tools.demo.crm.people import Credit, hunter, owner
from meterline_tools.demo.crm.world import Record, World, workday
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.stories import Event
from meterline_tools.demo.talk.bank import Bank, bank_for, filled, pick
from meterline_tools.demo.talk.phrases import MONTHS, PLACES, alike, around, since, until, workload_name
from meterline_tools.demo.taxonomy import taxonomy

CUSTOMER_KINDS = {"transcript": 0.62, "email": 0.26, "chat": 0.12}
VENDOR_KINDS = {"call_note": 0.55, "voice_dump": 0.25, "internal_memo": 0.2}
RIVALS = {"up": "new_use_case", "down": "optimization_drop", "price_up": "new_use_case", "price_down": "optimization_drop"}
CONTRARY = {"new_use_case": "backfill", "optimization_drop": "use_case_churn"}
"""What a rep believes who is wrong about the flattering cause itself."""
HEDGES = ("I think ", "as far as I know ", "if I understood right, ")
ORDINARY_WORDS = frozenset(["The", "They", "Their", "Since", "From", "Two", "No", "It", "On", "A", "About", "Same", "Nothing", "Layoffs"])
LANGUAGES = {"DE": "de", "SE": "sv", "JP": "ja"}


@dataclass(frozen=True)
class Saying:
    """One planted sentence, marked with `<<…>>`, and where it stands. `carrier` is a note type or "ticket"."""

    key: str
    account_id: str
    carrier: str
    side: str
    day: date
    text: str
    rep: str
    language: str = "en"
    title: str | None = None
    event: str | None = None
    supports: str | None = None
    claims: str | None = None
    workload: str | None = None


@dataclass
class Talk:
    """All that is said on purpose about generated accounts."""

    sayings: list[Saying] = field(default_factory=list)
    hushed: dict[str, list[tuple[date, date]]] = field(default_factory=dict)
    """account id → days on which nobody may say or write anything"""
    noise: list[Record] = field(default_factory=list)

    def quiet(self, account_id: str, day: date) -> bool:
        return any(a <= day < b for a, b in self.hushed.get(account_id, ()))


def _hedged(hedge: str, text: str) -> str:
    """The sentence after a hedge; a name keeps its capital."""
    first = text.split(maxsplit=1)[0]
    return hedge[0].upper() + hedge[1:] + (text[0].lower() + text[1:] if first in ORDINARY_WORDS else text)


class Speaker:
    """Makes the sayings of one event."""

    def __init__(self, world: World, bank: Bank, held: list[Credit], person: str, sim: Simulated, event: Event) -> None:
        self.world, self.bank, self.held, self.person, self.sim, self.event = world, bank, held, person, sim, event
        self.rng = world.streams.of("sayings", sim.account.id, event.story.key, event.story.onset)
        self.cause = event.story.cause
        self.recipe = taxonomy().causes[self.cause]
        self.out: list[Saying] = []

    def day(self, after: tuple[int, int], before: tuple[int, int] = (3, 24)) -> date:
        """A working day within the given days after the onset, or before it if somebody knew."""
        gap = -int(self.rng.integers(*before)) if self.event.story.told_before else int(self.rng.integers(*after))
        return workday(min(self.event.story.onset + timedelta(days=gap), self.world.axis.today - timedelta(days=1)))

    def later(self, low: int, high: int) -> date:
        gap = timedelta(days=int(self.rng.integers(low, high)))
        return workday(min(self.event.story.onset + gap, self.world.axis.today - timedelta(days=1)))

    def slots(self, day: date, language: str) -> dict[str, str]:
        """What the templates' slots stand for on a day."""
        story, rng = self.event.story, self.rng
        tracks = {t.workload.key: t.workload for t in self.sim.full.tracks}
        added = [row[0] for e in story.effects for row in e.get("workloads", ())]
        key = story.slice.get("workload") or (added[0] if added else None)
        mine = tracks.get(str(key)) or self.sim.account.workloads[0]
        rest = [w for w in self.sim.account.workloads if w.id != mine.id] or [mine]
        end = story.end or story.onset + timedelta(days=60)
        names = [s.account.name for s in self.world.company]
        return {
            "work": workload_name(mine) if language == "en" else mine.name,
            "other": workload_name(rest[int(rng.integers(len(rest)))]),
            "team": mine.team or "Operations",
            "place": PLACES.get(str(story.slice.get("region")), "the other region"),
            "at": around(story.onset, day, rng, language),
            "from": since(story.onset, day, rng, language),
            "until": until(end, day, rng, language),
            "then": around(end, day, rng, language),
            "much": pick(rng, ["about a third more", "half as much again", "roughly double"]),
            "person": self.person,
            "other_when": MONTHS["en"][(story.onset.month + int(rng.integers(3, 7))) % 12],
            "alike": alike(self.sim.account.name, names, rng),
        }

    def rep(self, day: date) -> str:
        return owner(self.held, day) or hunter(self.sim.account.region, day, self.sim.account.id)

    def say(self, carrier: str, side: str, day: date, template: str, language: str = "en", **more: Any) -> None:
        text = filled(template, self.slots(day, language))
        if language == "en" and side == "vendor" and self.rng.random() < 0.25:
            text = _hedged(pick(self.rng, list(HEDGES)), text)
        key = f"say-{self.event.id}-{len(self.out)}"
        known = {"event": self.event.id, **more}
        self.out.append(Saying(key, self.sim.account.id, carrier, side, day, f"<<{text}>>", self.rep(day), language, **known))

    def truth(self, side: str, day: date, carrier: str | None = None, language: str = "en") -> None:
        """Somebody names the cause."""
        texts = self.bank.evidence[self.cause]
        kinds = CUSTOMER_KINDS if side == "customer" else VENDOR_KINDS
        kind = carrier or str(self.rng.choice(list(kinds), p=np.array(list(kinds.values()))))
        bank = texts[language if language != "en" else "c" if side == "customer" else "v"]
        self.say(kind, side, day, pick(self.rng, bank), language, supports=self.cause)

    def ticket(self, day: date) -> None:
        title, summary = pick(self.rng, self.bank.evidence[self.cause]["t"])
        slots = self.slots(day, "en")
        key = f"say-{self.event.id}-{len(self.out)}"
        where = self.event.story.slice.get("workload")
        self.out.append(
            Saying(
                key,
                self.sim.account.id,
                "ticket",
                "customer",
                day,
                filled(summary, slots),
                self.rep(day),
                title=filled(title, slots),
                event=self.event.id,
                supports=self.cause,
                workload=where,
            )
        )

    def claim(self, day: date) -> None:
        """A rep's wrong reason."""
        wrong = RIVALS.get(self.recipe.direction, "new_use_case")
        wrong = CONTRARY[wrong] if wrong == self.cause else wrong
        kind = str(self.rng.choice(list(VENDOR_KINDS), p=np.array(list(VENDOR_KINDS.values()))))
        self.say(kind, "vendor", day, pick(self.rng, self.bank.wrong["claims"][wrong]), claims=wrong)

    def beside(self, day: date) -> None:
        """True, and about something else."""
        family = "price" if self.recipe.direction.startswith("price") else "down" if self.recipe.direction == "down" else "up"
        side = "customer" if self.rng.random() < 0.3 else "vendor"
        kinds = CUSTOMER_KINDS if side == "customer" else VENDOR_KINDS
        kind = str(self.rng.choice(list(kinds), p=np.array(list(kinds.values()))))
        self.say(kind, side, day, pick(self.rng, self.bank.wrong["beside"][family]))


def _match(s: Speaker) -> None:
    country = LANGUAGES.get(s.sim.account.country, "en")
    if s.rng.random() < 0.72:
        s.truth("customer", s.day((2, 14)), "email" if country == "ja" else None, country if country == "ja" else "en")
    else:
        s.truth("vendor", s.day((3, 14)))
    if s.rng.random() < 0.35:
        s.truth("vendor", s.later(4, 20), "call_note")
    if s.rng.random() < 0.25:
        s.ticket(s.later(1, 9))


def _record_only(s: Speaker) -> None:
    if s.recipe.proof == "ticket":
        s.ticket(s.later(1, 8))


def _contradiction(s: Speaker) -> None:
    s.claim(s.later(3, 12))
    if s.rng.random() < 0.2:
        s.truth("customer", s.later(6, 20), "transcript")
    else:
        s.ticket(s.later(2, 10))


def _distractor(s: Speaker) -> None:
    s.beside(s.later(-14, 18))
    if s.rng.random() < 0.5:
        s.beside(s.later(-20, 25))
    language = LANGUAGES.get(s.sim.account.country) or ("de" if s.sim.account.region == "EMEA" else "en")
    choice = s.rng.random()
    if choice < 0.7:
        s.ticket(s.later(1, 10))
    elif choice < 0.85 and language != "en":
        s.truth("customer", s.day((2, 14)), "email", language)
    else:
        s.truth("customer", s.day((2, 14)), "transcript")


def _late(s: Speaker) -> None:
    kind = "transcript" if s.rng.random() < 0.6 else "email"
    s.truth("customer", workday(s.event.story.onset + timedelta(days=int(s.rng.integers(22, 46)))), kind)


def _unknowable(s: Speaker) -> None:
    """Half of them among unrelated talk, half in silence; some nulls with words that tempt."""
    if s.cause == "unknown" and s.rng.random() < 0.25:
        s.beside(s.later(-10, 20))


REGIMES = {"E1": _match, "E2": _record_only, "E3": _contradiction, "E4": _distractor, "E5": _unknowable, "E6": _late}
HUSH_BEFORE, HUSH_AFTER = 95, 95
WITHIN_ONE_DEVIATION = 0.07


def talk_about(world: World, held: dict[str, list[Credit]], contacts: list[Record]) -> Talk:
    """What is said about all generated events, about some seasons, and about some months in which nothing happened."""
    bank, talk = bank_for(world.streams.seed), Talk()
    champions = {c["account_id"]: c["full_name"] for c in reversed(contacts) if c["persona"] == "champion"}
    for sim in world.company:
        person = champions.get(sim.account.id, "the lead")
        for event in sim.events:
            if event.story.regime == "E5" and (not event.story.generated or event.id[-1] in "02468"):
                last = date.max if not event.story.generated else event.story.onset + timedelta(days=HUSH_AFTER)
                talk.hushed.setdefault(sim.account.id, []).append((event.story.onset - timedelta(days=HUSH_BEFORE), last))
            if event.story.generated:
                speaker = Speaker(world, bank, held[sim.account.id], person, sim, event)
                REGIMES[event.story.regime](speaker)
                talk.sayings += speaker.out
    _noise(world, bank, held, talk)
    return talk


def _noise(world: World, bank: Bank, held: dict[str, list[Credit]], talk: Talk) -> None:
    """Months of quiet accounts that stayed within one deviation, with words that make it sound otherwise."""
    rng, wanted = world.streams.of("noise"), taxonomy().noise_queries
    quiet = [s for s in world.company if not s.events and not s.account.free and s.account.starts is None]
    for sim in [quiet[int(i)] for _ in range(3) for i in rng.permutation(len(quiet))]:
        if len(talk.noise) >= wanted:
            return
        at = int(rng.integers(112, world.axis.n - 20))
        now, before = (sim.net_by_day[a:b].mean() for a, b in ((at - 28, at), (at - 56, at - 28)))
        if before > 0 and abs(float(np.log(now / before))) < WITHIN_ONE_DEVIATION:
            window = {"from": world.axis.day(at - 28).isoformat(), "to": world.axis.day(at - 1).isoformat()}
            talk.noise.append({"account_id": sim.account.id, "account_name": sim.account.name, **window})
            _tempt(world, bank, held[sim.account.id], sim, workday(world.axis.day(at - int(rng.integers(2, 20)))), talk)


def _tempt(world: World, bank: Bank, held: list[Credit], sim: Simulated, day: date, talk: Talk) -> None:
    rng = world.streams.of("noise", sim.account.id, day)
    rep = owner(held, day)
    if rep is None:
        return
    text = pick(rng, bank.wrong["claims"]["new_use_case"])
    kind = str(rng.choice(list(VENDOR_KINDS), p=np.array(list(VENDOR_KINDS.values()))))
    talk.sayings.append(Saying(f"noise-{len(talk.noise)}", sim.account.id, kind, "vendor", day, f"<<{text}>>", rep, claims="new_use_case"))
