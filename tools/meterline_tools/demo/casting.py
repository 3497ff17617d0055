"""Deals the events of the taxonomy out to generated accounts: who, when, with which evidence regime.

Named accounts keep their own stories. An event stays clear of other events of its account, except for the share that
overlaps on purpose. Regimes go round in a fixed order from a random start, so that every cause meets several.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.population import ODD_NAME, Account, Workload
from meterline_tools.demo.recipes import make_story, suited
from meterline_tools.demo.streams import Streams
from meterline_tools.demo.taxonomy import Recipe, taxonomy, within

LEAD_DAYS, TAIL_DAYS = 45, 80
"""An event claims its account from so long before its onset until so long after (or after its end)."""
EARLIEST_DAYS = 110
TRIES = 60
FULL_SIZE = (117, 748)
"""Generated accounts and days for which the counts of the taxonomy are meant."""


@dataclass
class Stage:
    """An account while events are dealt out."""

    account: Account
    busy: list[tuple[date, date]] = field(default_factory=list)
    stories: list[spec.Story] = field(default_factory=list)
    over: date | None = None
    """From this day on the account is no more."""
    quiet: bool = False


def cast(accounts: list[Account], axis: Axis, streams: Streams) -> list[Account]:
    """The accounts with their share of events. Price events also change an account's paper, some causes its workloads."""
    stages = {a.id: Stage(a, _mass_windows(a)) for a in accounts if not (a.named or a.free or a.name == ODD_NAME)}
    _keep_some_quiet(stages, streams)
    rng = streams.of("casting")
    successors = [
        s.account.id
        for s in stages.values()
        if s.quiet and not s.account.stories and s.account.starts is not None and s.account.segment != "self_serve"
    ]
    heirs: dict[str, Account] = {}
    for cause, regime in _deal(accounts, axis, rng):
        recipe = taxonomy().causes[cause]
        heir = next((i for i in successors if i not in heirs), None) if recipe.successor else None
        if recipe.successor and heir is None:
            continue
        chosen = _place(stages, recipe, cause, regime, axis, rng)
        if chosen and heir:
            delay = timedelta(days=int(rng.integers(0, 36)))
            heirs[heir] = _heir(chosen.account, stages[heir].account, chosen.stories[-1], regime, delay)
    _confirm(stages, axis, rng)
    done = {i: replace(s.account, stories=(*s.account.stories, *sorted(s.stories, key=lambda x: x.onset))) for i, s in stages.items()}
    return [heirs.get(a.id) or done.get(a.id) or a for a in accounts]


def _mass_windows(account: Account) -> list[tuple[date, date]]:
    """What already happens to the account: seasonal peaks and the upstream event."""
    return [(s.onset - timedelta(days=20), (s.end or s.onset) + timedelta(days=25)) for s in account.stories]


def _keep_some_quiet(stages: dict[str, Stage], streams: Streams) -> None:
    """A part of the accounts, of each segment, to which nothing is dealt; those without any mass event first."""
    rng, share = streams.of("casting", "quiet"), taxonomy().quiet_share
    for segment in spec.products().segments:
        mine = [s for s in stages.values() if s.account.segment == segment]
        order = sorted(rng.permutation(len(mine)).tolist(), key=lambda i: bool(mine[i].busy))
        for i in order[: round(share * len(mine))]:
            mine[i].quiet = True


def _deal(accounts: list[Account], axis: Axis, rng: np.random.Generator) -> list[tuple[str, str]]:
    """(cause, regime) of every event still to be placed, those that are hard to place first."""
    tax = taxonomy()
    generated = sum(not a.named for a in accounts)
    scale = min(1.0, generated / FULL_SIZE[0]) * min(1.0, axis.n / FULL_SIZE[1])
    have = Counter(s.cause for a in accounts if a.named for s in a.stories if axis.holds(s.onset))
    at = int(rng.integers(len(tax.regimes)))
    out = []
    for cause, recipe in tax.causes.items():
        for _ in range(round(max(0, recipe.n - have[cause]) * scale)):
            regime = tax.regimes[at % len(tax.regimes)]
            at += 1
            out.append((cause, "E5" if cause == "unknown" else "E2" if regime in recipe.never else regime))
    order = rng.permutation(len(out))
    hard = {c: (not r.ends_account, r.paper is None, r.first_of is None and r.min_age < 50, c == "unknown") for c, r in tax.causes.items()}
    return sorted((out[int(i)] for i in order), key=lambda x: hard[x[0]])


def _place(stages: dict[str, Stage], recipe: Recipe, cause: str, regime: str, axis: Axis, rng: np.random.Generator) -> Stage | None:
    """Finds an account and an onset, adds the story there, and says where; None when it fits nowhere."""
    able = [s for s in stages.values() if not s.quiet and s.over is None and _fits(s.account, s.stories, recipe)]
    shared = rng.random() < taxonomy().overlapping and not recipe.ends_account
    order = sorted(rng.permutation(len(able)).tolist(), key=lambda i: (shared != bool(able[i].stories), len(able[i].stories)))
    for i in order:
        stage: Stage = able[i]
        for _ in range(TRIES):
            onset = _onset(stage.account, stage.stories, recipe, regime, axis, rng, shared)
            if onset is None:
                break
            story, account = make_story(stage.account, recipe, cause, regime, onset, len(stage.stories), axis, rng)
            if story.end and regime in ("E6",) and story.end > axis.today:
                continue
            claims = (onset - timedelta(days=LEAD_DAYS), (story.end or onset) + timedelta(days=TAIL_DAYS))
            if recipe.ends_account:
                claims = (claims[0], date.max)
            overlaps = within((onset, story.end or onset + timedelta(days=28)), stage.busy)
            if within(claims, stage.busy) and not (shared and overlaps and not _same_slice(story, stage.stories)):
                continue
            stage.account = account
            stage.stories.append(story.model_copy(update={"overlap": overlaps}))
            stage.busy.append(claims)
            stage.over = onset if recipe.ends_account else None
            return stage
    return None


def _same_slice(story: spec.Story, others: list[spec.Story]) -> bool:
    """Two events on one workload cannot be told apart; a whole account takes all of its workloads."""
    return any(not o.slice or not story.slice or o.slice == story.slice for o in others)


def _fits(account: Account, stories: list[spec.Story], recipe: Recipe) -> bool:
    types = Counter(w.type for w in account.workloads)
    if account.segment not in recipe.segments or any(t not in types for t in recipe.needs):
        return False
    if recipe.first_of and (recipe.first_of in types or any("sku_family" in s.slice for s in stories)):
        return False
    if recipe.on and not any(_large(account, w) for w in suited(account, recipe)):
        return False
    priced = any(e["kind"] in ("exhaust", "end_promo", "term_tier", "renegotiate") for s in stories for e in s.effects)
    if recipe.paper == "commit":
        return account.commit is not None and account.starts is None and not priced
    if recipe.paper:
        return account.commit is None and not priced
    return True


def _large(account: Account, workload: Workload) -> bool:
    return workload.share >= 0.8 / len(account.workloads)


def _onset(
    account: Account, stories: list[spec.Story], recipe: Recipe, regime: str, axis: Axis, rng: np.random.Generator, near: bool
) -> date | None:
    """A day on which it may begin, or None when the account is too young or too far in its term for it."""
    first = max(axis.first, account.starts or date.min) + timedelta(days=EARLIEST_DAYS)
    last = axis.today - timedelta(days=max(recipe.min_age, 70 if regime == "E6" or recipe.ends_account else 0))
    if recipe.ends_account:
        first = max([first, axis.today - timedelta(days=330), *(s.onset + timedelta(days=LEAD_DAYS + TAIL_DAYS) for s in stories)])
    if recipe.first_of:
        launched = spec.products().skus["AI_SERVE"].launched
        first = max(first, (launched or axis.first) + timedelta(days=20))
    if recipe.paper == "commit":
        first = max(first, axis.today - timedelta(days=170))
    if first >= last:
        return None
    if near and stories:
        day = stories[-1].onset + timedelta(days=int(rng.integers(-12, 13)))
        return day if first <= day < last else None
    return first + timedelta(days=int(rng.integers((last - first).days)))


def _heir(old: Account, other: Account, story: spec.Story, regime: str, delay: timedelta) -> Account:
    """The account under whose id the old one goes on: same people, same domain, same work, at once or after the next bill."""
    suffix = {"financial_services": "Holding", "public_sector": "Shared Services"}.get(old.industry, "Operations")
    tau = next(e["tau"] for e in story.effects if e.get("shape") == "decay")
    hit = spec.company_events().upstream_api.connector
    here = {"account_id": other.id, "workspace": f"{other.id.lower()}-main", "ramp_days": 2.2 * tau}
    workloads = tuple(
        replace(w, id=f"{other.id}-W{i + 1}", connector="s3_like_files" if w.connector == hit else w.connector, **here)
        for i, w in enumerate(old.workloads)
    )
    return replace(
        old,
        id=other.id,
        name=f"{old.name} {suffix}",
        starts=story.onset + delay,
        workloads=workloads,
        commit=None,
        promo=None,
        stories=(),
        parent=spec.Parent(name=old.name, since=story.onset) if regime in ("E1", "E2") else None,
        follows=old.id,
    )


def _confirm(stages: dict[str, Stage], axis: Axis, rng: np.random.Generator) -> None:
    """Managers have confirmed some events, so that the ledger holds as many single ones as the taxonomy says."""
    named = sum(s.confirmed_by is not None for a in spec.named_accounts() for s in a.stories if axis.holds(s.onset))
    able = [(s, i) for s in stages.values() for i, x in enumerate(s.stories) if x.regime in ("E1", "E2") and x.cause != "unknown"]
    for k in rng.permutation(len(able))[: max(0, taxonomy().confirmed - named)]:
        stage, i = able[int(k)]
        story = stage.stories[i]
        day = min((story.end or story.onset) + timedelta(days=int(rng.integers(18, 30))), axis.today - timedelta(days=2))
        by = "byrne" if stage.account.region == "EMEA" else "zielinski"
        stage.stories[i] = story.model_copy(update={"confirmed_by": by, "confirmed_on": day})
