"""From a located change and what surrounds it to a verdict (7.2 steps 0 and 2 to 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from meterline_tools.insight.causes import Cause, Durability, Facts
from meterline_tools.insight.choice import Choice, differs, evidence_against, first_word, names, outranked, still_open
from meterline_tools.insight.confidence import Confidence, evidence_points, score
from meterline_tools.insight.cues import CueBook, shipped_cues
from meterline_tools.insight.evidence import Item, Weighed, rank, weigh
from meterline_tools.insight.facts import Surroundings, measure
from meterline_tools.insight.fingerprints import Fingerprint, candidates, fingerprints
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.locate import Located
from meterline_tools.insight.meaning import Meaning
from meterline_tools.insight.quoting import beside, once_a_source, said_of
from meterline_tools.insight.slice_words import SliceWords
from meterline_tools.insight.thresholds import Thresholds

Verdict = Literal["EXPLAINED", "UNKNOWN", "NOISE", "TOO_EARLY", "DATA_ISSUE", "THIN"]


NO_CONFIDENCE = Confidence("unknown", 0, ())


@dataclass(frozen=True)
class DataQuality:
    """What may be wrong with the data of the days in question, in money over the change and as days."""

    correction_usd: float = 0.0
    missing_usd: float = 0.0
    missing_days: tuple[date, ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Confirmed:
    """A cause that a person confirmed in the ledger for overlapping days and slice."""

    cause: str
    durability: str
    annotation_id: str
    confirmed_by: str | None
    confirmed_on: date | None


@dataclass(frozen=True)
class Findings:
    """What was measured and read, before any verdict."""

    located: Located
    around: Surroundings
    quality: DataQuality
    facts: Facts
    prints: Mapping[str, Fingerprint]
    weighed: Weighed

    @property
    def days(self) -> float:
        return self.facts.get("on_days") or 0.0

    @property
    def ongoing(self) -> bool:
        return self.facts.get("ended") == 0.0


@dataclass(frozen=True)
class Explanation:
    """The verdict on one located change, with everything it stands on.

    `candidates` are the causes that stay open when none is stated; `earliest` is the first day on which time
    alone will have told open twins apart.
    """

    verdict: Verdict
    findings: Findings
    cause: Cause | None = None
    confidence: Confidence = NO_CONFIDENCE
    durability: Durability = "unknown"
    candidates: tuple[Cause, ...] = ()
    evidence: tuple[Item, ...] = ()
    against: tuple[Item, ...] = ()
    contradictions: tuple[Item, ...] = ()
    said: tuple[Item, ...] = ()
    """What was said of the slice in its days without a cause that is read: where nobody's words name one, and beside those that do."""
    first_word: date | None = None
    """Day on which somebody first named the cause for this slice or these days."""
    known_in_advance: bool | None = None
    earliest: date | None = None
    confirmed: Confirmed | None = None
    proven: str | None = None


def conclude(
    located: Located,
    around: Surroundings,
    statements: Sequence[Statement],
    words: SliceWords,
    quality: DataQuality,
    causes: Mapping[str, Cause],
    rules: Thresholds,
    *,
    confirmed: Confirmed | None = None,
    has_contracts: bool = True,
    book: CueBook | None = None,
    meaning: Meaning | None = None,
) -> Explanation:
    """The whole decision for a change that is real and material. `book` holds the cues of `causes` (default: the shipped),
    `meaning` their sayings (default: cues alone)."""
    facts = measure(
        located.frame,
        located.watched,
        located.expected,
        located.part,
        located.watched_price,
        around,
        rules,
        days=located.change.days,
        apart=located.source == "slice" and located.part is not None,
    )
    prints = fingerprints(causes, facts)
    slack = rules.evidence.drift_slack_days if located.source == "drift" else 0
    weighed = weigh(statements, book or shipped_cues(), prints, words, located.onset, located.end, rules, meaning, slack)
    findings = Findings(located, around, quality, facts, prints, weighed)
    left = _candidates(prints, weighed)
    contradictions = once_a_source(weighed.contradictions)[: rules.evidence.max_cited]
    if _bad_data(located, quality, rules):
        return Explanation("DATA_ISSUE", findings, contradictions=contradictions)
    choice = (
        _ledger(confirmed, causes, weighed)
        or _proven(prints, weighed)
        or _by_evidence(left, weighed, rules, compared=meaning is not None)
        or _by_telemetry(left, prints, facts)
    )
    if choice is None:
        return replace(_unsettled(findings, left, rules), contradictions=contradictions)
    choice, weighed = _plainly(choice, weighed)
    findings = replace(findings, weighed=weighed)
    against = evidence_against(choice, left, weighed, rules)
    confidence = _confidence(choice, left, findings, against, rules, in_ledger=confirmed is not None, has_contracts=has_contracts)
    if confidence.level == "unknown":
        return replace(_unsettled(findings, left, rules), against=against, confidence=confidence, contradictions=contradictions)
    return _explained(findings, choice, confidence, against, confirmed, rules)


def _plainly(choice: Choice, weighed: Weighed) -> tuple[Choice, Weighed]:
    """Where somebody tells the cause itself, words that tell a denied one more plainly are claims, and no support."""
    told = tuple(item for item in choice.items if item.claim is None)
    if not any(not item.hint for item in told) or len(told) == len(choice.items):
        return choice, weighed
    claims = [replace(item, supports=None, contradicts=item.claim, claim=None) for item in choice.items if item.claim is not None]
    return replace(choice, items=told), replace(weighed, contradictions=[*claims, *weighed.contradictions])


def _explained(
    findings: Findings, choice: Choice, confidence: Confidence, against: tuple[Item, ...], confirmed: Confirmed | None, rules: Thresholds
) -> Explanation:
    most, first = rules.evidence.max_cited, first_word(choice.items)
    others = (*findings.weighed.contradictions, *outranked(choice, against, findings.weighed))
    contradictions = once_a_source(i for i in others if differs(i, choice))[:most]
    said = said_of(findings.weighed)
    if choice.items:  # what a person confirmed has been weighed against everything else already
        shown = (*choice.items[:most], *against, *contradictions)
        said = beside(shown, findings.weighed, rules) if confirmed is None else ()
    return Explanation(
        verdict="EXPLAINED",
        findings=findings,
        cause=choice.cause,
        confidence=confidence,
        durability=_lasts(choice, confirmed),
        evidence=choice.items[:most],
        against=against,
        contradictions=contradictions,
        said=said,
        first_word=first,
        known_in_advance=None if first is None else first < findings.located.onset,
        confirmed=confirmed,
        proven=choice.proven,
    )


PROOFS = {"price": "the prices paid", "others": "other accounts", "calendar": "the calendar"}
"""Branches that prove themselves, in the order of the decision logic."""


def _candidates(prints: Mapping[str, Fingerprint], weighed: Weighed) -> list[Fingerprint]:
    """What telemetry allows, without causes that people denied and nobody named; named ones first."""
    left = candidates(prints)
    said = {c for c, items in weighed.supporting.items() if not all(i.hint for i in items)}
    allowed = [p for p in prints.values() if p.state == "open" and p.cause.id in said and p not in left]
    kept = [p for p in (*left, *allowed) if p.cause.id not in weighed.denying or p.cause.id in weighed.supporting]
    return [p for p in kept if p.cause.id != "organic_growth" or p.cause.id in weighed.supporting]


def _bad_data(located: Located, quality: DataQuality, rules: Thresholds) -> bool:
    size = abs(located.delta)
    corrected = abs(quality.correction_usd) >= rules.data.correction_share * size
    missing = located.delta < 0 and quality.missing_usd >= rules.data.missing_share * size
    return corrected or missing


def _ledger(confirmed: Confirmed | None, causes: Mapping[str, Cause], weighed: Weighed) -> Choice | None:
    if confirmed is None or confirmed.cause not in causes:
        return None
    return Choice(causes[confirmed.cause], tuple(weighed.supporting.get(confirmed.cause, ())), "the cause ledger")


def _lasts(choice: Choice, confirmed: Confirmed | None) -> Durability:
    """How long it lasts, by the person who confirmed it, else by its kind."""
    told: Durability | None = next((d for d in get_args(Durability) if confirmed is not None and d == confirmed.durability), None)
    return told if told and told != "unknown" and confirmed and confirmed.cause == choice.cause.id else choice.cause.durability


def _proven(prints: Mapping[str, Fingerprint], weighed: Weighed) -> Choice | None:
    """Branches that prove themselves, in the order of the decision logic."""
    for proof, told in PROOFS.items():
        held = [p for p in prints.values() if p.cause.proof == proof and p.state == "confirmed"]
        if held:
            best = max(held, key=lambda p: len(weighed.supporting.get(p.cause.id, ())))
            return Choice(best.cause, tuple(weighed.supporting.get(best.cause.id, ())), told)
    return None


def _by_evidence(left: Sequence[Fingerprint], weighed: Weighed, rules: Thresholds, *, compared: bool) -> Choice | None:
    """The allowed cause with the strongest words behind it; that they are of this very slice and these days counts as well, and that
    telemetry alone would name it."""

    def weight(p: Fingerprint) -> tuple[int, tuple[int, ...], float]:
        items = weighed.supporting.get(p.cause.id, ())
        worth = sum(points for _, points in evidence_points(items, rules))
        told = rules.confidence.points.unique_fingerprint if p.telling else 0
        fits = any(item.slice_match and item.dated and not item.hint for item in items)
        return worth + told + fits, rank(items[0])[:3] if items else (), max((i.sure for i in items), default=0.0)

    shown = any(p.telling and p.cause.unspoken for p in left)  # what telemetry shows outdoes words for what it could not test
    open_to = [p for p in left if not (shown and p.unmeasured)]
    confirmed = [p for p in left if p.state == "confirmed"]

    def named_by(p: Fingerprint, item: Item) -> bool:
        return names(item, rules, compared=compared, sole=confirmed == [p])

    named = [p for p in open_to if any(named_by(p, item) for item in weighed.supporting.get(p.cause.id, ()))]
    if not named:
        return None
    best = max(named, key=weight)
    return Choice(best.cause, tuple(weighed.supporting[best.cause.id]))


def _by_telemetry(left: Sequence[Fingerprint], prints: Mapping[str, Fingerprint], facts: Facts) -> Choice | None:
    """A cause that its fingerprint or elapsed time proves while no twin is open."""
    days = facts.get("on_days") or 0.0
    for p in left:
        cause = p.cause
        if not cause.unspoken:
            continue
        elapsed = cause.proven_after_days is not None and days >= cause.proven_after_days and not facts.get("ended")
        twins_out = all(prints[twin].state == "denied" for twin in cause.twins if twin in prints)
        alone = not [q for q in left if q is not p and q.telling]
        if alone and ((p.state == "confirmed" and p.telling and twins_out) or (elapsed and _only_twins_left(p, left))):
            return Choice(cause, ())
    return None


def _only_twins_left(p: Fingerprint, left: Sequence[Fingerprint]) -> bool:
    """After enough time a lasting change is the lasting twin."""
    return not p.cause.evidence and all(q is p or q.cause.id in p.cause.twins or q.cause.evidence for q in left)


def _confidence(
    choice: Choice,
    left: Sequence[Fingerprint],
    findings: Findings,
    against: Sequence[Item],
    rules: Thresholds,
    *,
    in_ledger: bool,
    has_contracts: bool,
) -> Confidence:
    rivals = [p for p in left if p.cause.id != choice.cause.id and still_open(p, choice, findings.weighed, rules)]
    twins_open = any(p.cause.id in choice.cause.twins for p in rivals)
    young = findings.ongoing and findings.days < rules.shape.early_days
    return score(
        choice.items,
        rules,
        rivals=len(rivals),
        unique=_unique(choice, left),
        contradicted=bool(against) and not in_ledger,
        coverage=findings.facts.get("coverage") if choice.proven is None and _reads_work(choice.cause) else None,
        proven=choice.proven,
        pricing_unknown=not has_contracts and choice.proven is None,
        young_twin=twins_open and young and choice.proven is None,
    )


WORK = frozenset({"refresh_share_change", "rows_changed_change", "retry_or_failed_ratio", "waste_share", "idle_share_change"})
"""Facts whose telemetry may cover too little."""


def _reads_work(cause: Cause) -> bool:
    """Whether what retries and re-reads show decides about the cause."""
    return any(name in WORK for predicate in (*cause.must, *cause.must_not, *cause.telling) for name in predicate.facts())


def _unique(choice: Choice, left: Sequence[Fingerprint]) -> bool:
    """Whether telemetry (or, with no word at all, elapsed time) leaves this cause alone; a proven branch needs a record too."""
    if choice.proven in PROOFS.values():
        return bool(choice.items)
    return not choice.items or all(p.cause.id == choice.cause.id for p in left if p.state == "confirmed")


def _unsettled(findings: Findings, left: Sequence[Fingerprint], rules: Thresholds) -> Explanation:
    """No cause can be stated: too early while time will tell twins apart, else unknown."""
    listed = tuple(p.cause for p in left[:3])
    young = findings.ongoing and findings.days < rules.shape.early_days
    early = young and (not listed or len({cause.durability for cause in listed}) > 1)
    return Explanation(
        verdict="TOO_EARLY" if early else "UNKNOWN",
        findings=findings,
        said=said_of(findings.weighed, listed),
        candidates=listed,
        durability="too_early" if early else "unknown",
        earliest=_earliest(findings, listed, rules) if findings.ongoing else None,
    )


def _earliest(findings: Findings, listed: Sequence[Cause], rules: Thresholds) -> date | None:
    """When time alone tells: after the first month, or when a candidate's own proof by time is due."""
    onset = findings.located.onset
    if findings.days < rules.shape.early_days:
        return onset + timedelta(days=rules.shape.early_days)
    due = [c.proven_after_days for c in listed if c.proven_after_days and c.proven_after_days > findings.days]
    return onset + timedelta(days=min(due)) if due else None
