"""What of the findings is news to somebody: told once, told again when it changed, and held to a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from meterline_tools.insight.attention import Worry, attend
from meterline_tools.insight.looks import Look, Noticed, Viewer
from meterline_tools.insight.watch_rules import watch_rules
from meterline_tools.kit.watching.findings import Finding

MOVE = "move"


@dataclass(frozen=True)
class Wave:
    """Findings told as one: a single one, or many accounts that moved the same way in the same days."""

    findings: list[Finding]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def id(self) -> str:
        return self.first.id if len(self.findings) == 1 else f"together:{self.first.direction}:{self.first.onset.isoformat()}"

    def worry(self) -> Worry:
        money = sum(each.at_stake for each in self.findings)
        surprise = max(each.surprise for each in self.findings)
        return Worry(self.id, MOVE, self.first.entity.id, self.first.entity.name, money, surprise, "")


@dataclass(frozen=True)
class News:
    """What is told, in order of money and surprise; and how many are not, for which reason."""

    told: list[Wave] = field(default_factory=list)
    left_out: int = 0
    before: int = 0
    muted: int = 0


def noticed(finding: Finding) -> Noticed:
    return Noticed(raised=finding.raised, size=finding.size, on=finding.on, cause=finding.cause.cause if finding.cause else None)


def known_before(viewer: Viewer, look: Look) -> dict[str, Noticed]:
    """What this person was told at earlier data; nothing of a look at the same data, which may be shown again."""
    last = viewer.last_look(look)
    return {} if last is None or last.same_data(look) else dict(last.noticed)


def told_now(viewer: Viewer, look: Look) -> dict[str, Noticed]:
    """What a watch told this person at these very data: a second one of the same day says only what is new since."""
    same = viewer.told_now(look)
    return dict(same.watched) if same else {}


def is_news(finding: Finding, known: Mapping[str, Noticed]) -> bool:
    rules = watch_rules().alerts
    before = known.get(finding.id)
    return before is None or noticed(finding).changed(before, share=rules.changed, within=timedelta(days=rules.quiet))


def waves(findings: Sequence[Finding]) -> list[Wave]:
    """Accounts that moved the same way with onsets close together, as one when they are many; everything else by itself."""
    rules = watch_rules().alerts
    rest = sorted((each for each in findings if each.entity.type == "account"), key=lambda each: (each.direction, each.onset, each.id))
    made = [Wave([each]) for each in findings if each.entity.type != "account"]
    while rest:
        near = [
            [other for other in rest if other.direction == each.direction and abs((other.onset - each.onset).days) <= rules.within]
            for each in rest
        ]
        largest = max(near, key=len)
        if len(largest) < rules.together:
            return [*made, *(Wave([each]) for each in rest)]
        made.append(Wave(sorted(largest, key=lambda each: -each.at_stake)))
        rest = [each for each in rest if each not in largest]
    return made


def news_of(
    findings: Sequence[Finding],
    known: Mapping[str, Noticed],
    *,
    budget: int,
    muted: frozenset[str],
    told: Mapping[str, Noticed] | None = None,
    again: bool = False,
    everything: bool = False,
) -> News:
    """What to tell. `again` tells also of what is known and unchanged, `everything` beyond the budget.

    `told` is what an earlier watch told at the same data: it has used up its part of the budget. What changed since is told
    beyond it.
    """
    earlier = {} if again else dict(told or {})
    all_known = {**known, **earlier}
    fresh = [each for each in findings if again or is_news(each, all_known)]
    changed = [each for each in fresh if each.id in earlier]
    made = {wave.id: wave for wave in waves([each for each in fresh if each.id not in earlier])}
    room = budget - len(waves([each for each in findings if each.id in earlier and earlier[each.id] != known.get(each.id)]))
    attention = attend([wave.worry() for wave in made.values()], budget=len(made) if everything else max(0, room), muted=muted)
    waved = [Wave([each]) for each in changed] + [made[worry.id] for worry in attention.told]
    return News(waved, sum(attention.left_out.values()), len(findings) - len(fresh), attention.muted)


def remember(known: Mapping[str, Noticed], findings: Sequence[Finding], told: Sequence[Finding]) -> dict[str, Noticed]:
    """What is known after this look: what was told now, and what was told before and is still there."""
    there = {each.id for each in findings}
    return {ident: seen for ident, seen in known.items() if ident in there} | {each.id: noticed(each) for each in told}
