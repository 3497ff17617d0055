"""explain_change: is a change in usage real, where is it, why, will it last, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.records import figure_index, find_account
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.facts import Paper, Surroundings
    from meterline_tools.insight.locate import Located, Quiet, Thin
    from meterline_tools.insight.thresholds import Thresholds
    from meterline_tools.insight.verdict import Confirmed, DataQuality, Explanation
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.explain_data import Usage


MOST_FURTHER = 3
"""Further changes of the same days that an answer looks into."""


def explain_change(bench: Workbench, *, account: str, window: str = "") -> dict[str, Any]:
    """Explains a surge or a drop of one account: whether it is real, where, since when, why, and whether it lasts.

    Say the verdict as it is: UNKNOWN, NOISE and TOO_EARLY are answers. Use the reply's headline and sections.

    Args:
        account: Account id or name.
        window: Period in which the change began or was seen, such as "June" or "2026-03"; empty for the last quarter.
    """
    from meterline_tools.insight.locate import Located, Quiet
    from meterline_tools.kit.explain_parts import further_changes
    from meterline_tools.kit.explain_reply import empty_reply, explained_reply, quiet_reply
    from meterline_tools.kit.explain_statements import said_of_usage
    from meterline_tools.kit.own_causes import thresholds_of

    entity = find_account(bench, account)
    if not bench.warehouse.has("usage_daily", "effective_cost"):
        return empty_reply(entity, "no cost is loaded, and changes are explained in money.") | {"assumptions": [], "index": {}}
    rules = thresholds_of(bench)
    before = len(bench.book.figures)
    usage, found, assumptions = look_for_change(bench, entity, window, rules)
    arguments = {"account": entity.id, "window": window}
    if usage is None or found is None:
        return empty_reply(entity, "There is no usage of this account up to the last complete day.")
    if not isinstance(found, Located):
        first, last, _ = _days(bench, window, rules)
        said = said_of_usage(bench, entity, usage.account, first, last, rules) if isinstance(found, Quiet) else []
        reply = quiet_reply(bench, entity, usage, found, _gaps(bench, usage, found, rules), said, arguments)
    else:
        explanation = explain_located(bench, entity, usage, found, rules)
        reply = explained_reply(bench, entity, usage, explanation, arguments, rules)
        others = [explain_located(bench, entity, usage, other, rules) for other in found.further[:MOST_FURTHER]]
        reply |= further_changes(bench, entity, usage, others, arguments, reply["sections"])
    return reply | {"assumptions": assumptions, "index": figure_index(bench, before)}


def look_for_change(
    bench: Workbench, account: Entity, window: str, rules: Thresholds
) -> tuple[Usage | None, Located | Quiet | Thin | None, list[str]]:
    """The account's usage, the change that began in the window (or in the last quarter), and what was assumed; None without usage."""
    from meterline_tools.insight.locate import Located
    from meterline_tools.kit.explain_data import read_usage
    from meterline_tools.kit.explain_told import told_change

    earliest, latest, assumptions = _days(bench, window, rules)
    usage = read_usage(bench, account, earliest - timedelta(days=rules.detect.early_onset_days if window else 0), rules)
    if usage is None:
        return None, None, assumptions
    found = _locate(usage, earliest, latest, rules, bool(window))
    told = None if isinstance(found, Located) else told_change(bench, account, usage, (earliest, latest), rules)
    return usage, told or found, assumptions


def _days(bench: Workbench, window: str, rules: Thresholds) -> tuple[date, date, list[str]]:
    """Days in which the change may begin: those of the window, or the last quarter."""
    from meterline_tools.catalog.periods import resolve_period

    if window.strip():
        period = resolve_period(window, bench.asof, bench.calendar)
        return period.window.start, min(period.window.end, bench.asof.d1), list(period.assumptions)
    return bench.asof.d1 - timedelta(days=rules.detect.lookback_days), bench.asof.d1, []


def _locate(usage: Usage, earliest: date, latest: date, rules: Thresholds, asked: bool) -> Located | Quiet | Thin:
    """The change that begins in these days; asked about a window, also one that began shortly before and reached it, or hardly after."""
    from meterline_tools.insight.locate import Located, locate

    found = locate(usage.history, usage.frame, earliest, latest, rules)
    if not asked:
        return found
    if isinstance(found, Located):
        return _from_its_beginning(usage, found, earliest, latest, rules)
    earlier = earliest - timedelta(days=rules.detect.early_onset_days)
    wider = locate(usage.history, usage.frame, earlier, latest, rules)
    if isinstance(wider, Located) and wider.end >= earliest:
        return _from_its_beginning(usage, wider, earliest, latest, rules)
    later = min(latest + timedelta(days=rules.detect.late_onset_days), usage.frame.day(usage.frame.days - 1))
    slow = locate(usage.history, usage.frame, earliest, later, rules) if later > latest else found
    return slow if isinstance(slow, Located) else found


def _from_its_beginning(usage: Usage, found: Located, earliest: date, latest: date, rules: Thresholds) -> Located:
    """What began before the days asked about may have begun before all that was looked at: the same change, seen from further back."""
    from meterline_tools.insight.locate import Located, locate

    if found.onset >= earliest:
        return found
    seen = locate(usage.history, usage.frame, found.onset - timedelta(days=rules.detect.early_onset_days), latest, rules)
    if not isinstance(seen, Located) or seen.onset >= found.onset or seen.end < earliest or seen.direction != found.direction:
        return found
    same = seen.part is None or found.part is None or bool((seen.part.mask & found.part.mask).any())
    return seen if same else found


def explain_located(bench: Workbench, account: Entity, usage: Usage, located: Located, rules: Thresholds) -> Explanation:
    """The verdict on a change, from what surrounds it and what people and systems say. Causes rejected here are left out."""
    from meterline_tools.insight.causes import load_causes
    from meterline_tools.insight.cues import cue_book
    from meterline_tools.insight.slice_words import slice_words
    from meterline_tools.insight.verdict import conclude
    from meterline_tools.kit.explain_data import contracts_of
    from meterline_tools.kit.explain_meaning import meaning_of
    from meterline_tools.kit.explain_statements import namesakes, read_statements
    from meterline_tools.kit.own_causes import causes_of
    from meterline_tools.kit.rivals import names_of_rivals

    contracts = contracts_of(bench, account)
    around = _surroundings(bench, account, usage, located, contracts, rules)
    words = slice_words(located.frame, located.part, namesakes=namesakes(bench, account), rivals=names_of_rivals(bench))
    rejected, causes = rejected_causes(bench, account, located), causes_of(bench)
    statements = read_statements(bench, account, usage, located, words, contracts, rules)
    return conclude(
        located,
        around,
        statements,
        words,
        _quality(bench, account, located),
        {name: cause for name, cause in causes.items() if name not in rejected},
        rules,
        confirmed=_confirmed(bench, account, located),
        has_contracts=bench.warehouse.has("contract"),
        book=None if causes is load_causes() else cue_book(causes),
        meaning=meaning_of(bench, causes),
    )


def _surroundings(
    bench: Workbench, account: Entity, usage: Usage, located: Located, contracts: Sequence[Mapping[str, Any]], rules: Thresholds
) -> Surroundings:
    from meterline_tools.insight.calendar import HALF_A_YEAR, LAST_YEAR, season_of
    from meterline_tools.insight.facts import Surroundings
    from meterline_tools.kit.explain_data import crowd_statement, peer_statement

    crowd = crowd_statement(bench, account, located, rules)
    rows = bench.warehouse.run(crowd, limit=10).dicts() if crowd is not None else []
    fit = [r for r in rows if r["accounts"] >= rules.others.min_accounts]
    best = max(fit, key=lambda r: r["moved"] / r["accounts"], default=None)
    # A slice that the total hides has no season of its own, nor has what goes on for longer than any.
    whole = located.source == "total" and located.change.days <= HALF_A_YEAR
    share, source = season_of(usage.history, located, rules) if whole else (None, LAST_YEAR)
    industry, peers = usage.account.get("industry"), 0
    lift = abs(located.pct or 0.0)
    if whole and industry and (share or 0.0) < rules.calendar.share and rules.calendar.share * lift >= rules.calendar.min_peers_lift:
        counts = bench.warehouse.run(peer_statement(bench, account, industry, located, rules), limit=1).dicts()[0]
        peers = counts["accounts"]
        if peers >= rules.calendar.min_peers and counts["moved"] / peers > rules.calendar.share:
            share, source = rules.calendar.share, "most peers of the industry moved alike"
        elif peers >= rules.calendar.min_peers and share is None:
            share, source = 0.0, "the peers of the industry did not move alike"
    return Surroundings(
        others_share=best["moved"] / best["accounts"] if best else None,
        others_n=best["accounts"] if best else 0,
        others_rising=best["moved"] if best else 0,
        others_slice=(best["dimension"], best["value"]) if best else None,
        season_share=share,
        season_source=source,
        peers_n=peers,
        paper=_paper(bench, account, usage, located, contracts, rules),
    )


def _paper(
    bench: Workbench, account: Entity, usage: Usage, located: Located, contracts: Sequence[Mapping[str, Any]], rules: Thresholds
) -> Paper:
    from meterline_tools.insight.facts import Paper
    from meterline_tools.insight.paper import boundaries, commitment_on, is_event_domain, is_self_serve, tiers_crossed
    from meterline_tools.kit.explain_data import drawn_by, drawn_quantities, prices_of, related_change

    price_moves = located.watched_price.price_share >= rules.price.branch_share / 2
    skus = sorted({leaf["sku"] or "" for leaf in located.frame.leaves} - {""})
    prices = prices_of(bench, [c["contract_id"] for c in contracts], skus) if price_moves else []
    commitment = commitment_on(contracts, located.onset) if price_moves else None
    drawn = drawn_by(bench, commitment, located.onset) / commitment["total"] if commitment else None
    tiered = {p["contract_id"] for p in prices if p["tier_period"] == "contract_term"}
    drawing = [c for c in contracts if c["contract_id"] in tiered or (commitment and c["contract_id"] == commitment["contract_id"])]
    quantities: dict[str, tuple[float, float]] = {}
    for contract in drawing:
        for sku, (before, after) in drawn_quantities(bench, contract, located.onset).items():
            known = quantities.get(sku, (0.0, 0.0))
            quantities[sku] = (known[0] + before, known[1] + after)
    related = related_change(bench, account, usage.account, located) if located.direction == "down" else None
    return Paper(
        boundaries=boundaries(contracts, prices),
        contract_starts=[c["start_date"] for c in contracts],
        drawdown=drawn,
        tiers_crossed=tiers_crossed(located, prices, quantities),
        has_commit_status=bench.warehouse.has("usage_daily", "commit_status"),
        self_serve=is_self_serve(usage.account),
        event_domain=is_event_domain(usage.account),
        related_rise=related,
        in_group=bool(usage.account.get("parent_account_id")),
    )


def _quality(bench: Workbench, account: Entity, located: Located) -> DataQuality:
    from meterline_tools.insight.verdict import DataQuality
    from meterline_tools.kit.explain_data import correction_usd

    corrections = correction_usd(bench, account, located.onset, located.end)
    frame = located.frame
    seen = frame.rows[:, located.change.onset : located.change.end + 1].sum(axis=0) > 0
    expected = located.expected[:, : located.change.days].sum(axis=0)
    later = bool(seen.size and seen[-1])
    missing = float(expected[~seen].sum()) if later else 0.0
    days = tuple(frame.day(located.change.onset + i) for i, s in enumerate(seen) if not s) if later else ()
    return DataQuality(correction_usd=corrections, missing_usd=missing, missing_days=days)


def _gaps(bench: Workbench, usage: Usage, found: Quiet | Thin, rules: Thresholds) -> list[tuple[date, str]]:
    """Days and regions without rows in the whole company, in the week that was looked at."""
    from meterline_tools.insight.locate import Quiet
    from meterline_tools.insight.paper import outages
    from meterline_tools.kit.explain_data import region_rows

    if not isinstance(found, Quiet) or found.actual_per_day >= found.expected_per_day:
        return []
    regions = {leaf["region"] for leaf in usage.frame.leaves}
    gone = outages(region_rows(bench, found.start, found.end), found.start, found.end)
    return [(day, region or "") for day, region in gone if region in regions]


def _confirmed(bench: Workbench, account: Entity, located: Located) -> Confirmed | None:
    """The confirmed cause that the ledger has of the change."""
    from meterline_tools.insight.on_file import confirmed_cause

    return confirmed_cause(_on_file(bench, account), located)


def rejected_causes(bench: Workbench, account: Entity, located: Located) -> set[str]:
    """Causes that a person ruled out for the days and the slice of the change."""
    from meterline_tools.insight.on_file import ruled_out

    return ruled_out(_on_file(bench, account), located)


def _on_file(bench: Workbench, account: Entity) -> list[dict[str, Any]]:
    from meterline_tools.kit.explain_data import records

    return records(bench, "usage_annotation", account)
