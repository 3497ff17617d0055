"""From a change and what was said to a verdict: causes need evidence, twins stay open, contradictions are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from meterline_tools.insight.causes import Predicate, load_causes, load_words, read_causes
from meterline_tools.insight.choice import Choice, names, still_open
from meterline_tools.insight.evidence import Item, Weighed
from meterline_tools.insight.fact_names import FACTS
from meterline_tools.insight.facts import Surroundings
from meterline_tools.insight.fingerprints import Fingerprint, evaluate
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.meaning import Meaning, Nearness
from meterline_tools.insight.paper import outages, tiers_crossed
from meterline_tools.insight.quoting import beside, once_a_source, said_of
from meterline_tools.insight.records import contract_statements
from meterline_tools.insight.slice_words import slice_words
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.insight.verdict import Confirmed, DataQuality, Explanation, _plainly, conclude
from tests.tools.insight.made import DAYS, Made, day, pulse, step, with_effect

RULES = load_thresholds()
RELOADED = "Yes, we reloaded three years of orders from scratch for the new tables."


def with_work(made: Made, refresh_share: float, rows_changed: float, onset: int, retry_share: float = 0.0) -> Made:
    """Telemetry of the orders sync: a share of what is new is re-reading or retrying, rows that change are given."""
    qty = made.usd / made.unit_price
    active = np.arange(DAYS) >= onset
    made.extras = {
        "refresh": np.where(active, refresh_share, 0.01) * qty,
        "retry": np.where(active, retry_share, 0.01) * qty,
        "jobs_ok": np.full(qty.shape, 100.0),
        "jobs_failed": np.full(qty.shape, 1.0),
        "rows_changed": np.where(active, rows_changed, 1.0) * np.full(qty.shape, 1000.0),
    }
    return made


def said(text: str, on: date, side: Any = "customer") -> Statement:
    return Statement("note", "N1", side, on, text)


def judge(made: Made, *statements: Statement, around: Surroundings | None = None, **more: Any) -> Explanation:
    found = locate(made.history(), made.frame(), made.last - timedelta(days=92), made.last, RULES)
    assert isinstance(found, Located)
    words = slice_words(found.frame, found.part)
    quality = more.pop("quality", DataQuality())
    return conclude(found, around or Surroundings(), statements, words, quality, load_causes(), RULES, **more)


def reload() -> Made:
    return with_work(with_effect(pulse(350, 372, 3.0)), refresh_share=0.7, rows_changed=1.0, onset=350)


def test_a_reload_with_the_customers_words_is_explained_and_one_time() -> None:
    found = judge(reload(), said("From today we reload the orders from scratch.", day(349)))
    assert (found.verdict, found.cause and found.cause.id, found.durability) == ("EXPLAINED", "backfill", "one_time")
    assert found.confidence.level == "high"
    assert found.known_in_advance is True


def test_without_words_a_lasting_rise_of_one_workload_is_unknown_and_names_what_is_open() -> None:
    found = judge(with_work(with_effect(step(370, 2.2)), 0.01, 2.2, 370))
    assert (found.verdict, found.cause) == ("UNKNOWN", None)
    assert "frequency_change" in [c.id for c in found.candidates]


def test_a_young_rise_with_open_twins_is_too_early_and_says_when_it_can_be_told() -> None:
    made = with_effect(step(DAYS - 14, 2.2))
    found = judge(made)
    assert found.verdict == "TOO_EARLY" and found.durability == "too_early"
    assert found.earliest == found.findings.located.onset + timedelta(days=28)


def test_the_schedule_named_by_the_customer_settles_the_twin() -> None:
    made = with_work(with_effect(step(370, 2.2)), 0.01, 2.2, 370)
    found = judge(made, said("The orders run every hour now and it will stay like that.", day(368)))
    assert (found.cause and found.cause.id, found.durability) == ("frequency_change", "durable")


def test_many_other_accounts_make_it_external_and_a_flattering_note_is_contradicted() -> None:
    around = Surroundings(others_share=0.9, others_n=20, others_rising=18, others_slice=("connector", "shopware"))
    made = with_work(with_effect(pulse(350, 364, 3.0)), 0.7, 1.0, 350)
    found = judge(made, said("Orders usage is up because their campaign is taking off.", day(355), "vendor"), around=around)
    assert (found.cause and found.cause.id, found.durability) == ("upstream_api_change", "external")
    assert [c.contradicts.cause.id for c in found.contradictions if c.contradicts] == ["organic_growth"]


def test_two_voices_that_differ_leave_it_unknown() -> None:
    """The customer names both twins equally firmly: a contradiction costs three points."""
    made = with_effect(step(DAYS - 40, 2.2))
    found = judge(
        made,
        said("The orders run every hour now.", day(DAYS - 41)),
        said("We reloaded the orders from scratch.", day(DAYS - 41)),
    )
    assert found.verdict == "UNKNOWN" and found.against


def test_a_customers_denial_rules_a_cause_out() -> None:
    found = judge(reload(), said("It is not a re-load of the orders.", day(351)))
    assert found.verdict == "UNKNOWN"
    assert "backfill" not in [c.id for c in found.candidates]


def test_failed_and_retried_work_names_itself() -> None:
    found = judge(with_work(with_effect(pulse(380, 395, 2.5)), 0.01, 1.0, 380, retry_share=0.5))
    assert (found.cause and found.cause.id, found.confidence.level) == ("runaway_retry", "low")


def test_what_telemetry_names_by_itself_is_not_outdone_by_a_word_for_what_could_not_be_tested() -> None:
    """Half of the work is attempts that failed; a course is possible only because nobody knows whether the account serves itself."""
    made = with_work(with_effect(step(DAYS - 40, 2.2)), 0.01, 1.0, DAYS - 40, retry_share=0.5)
    found = judge(made, said("The number of lectures in the orders course is the same as ever.", day(DAYS - 39)))
    assert found.cause is not None and found.cause.id == "runaway_retry"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"direction": -1.0, "in_group": 0.0}, "denied"),
        ({"direction": -1.0, "in_group": 1.0, "falling_share": 0.9, "volume_or_mix": 1.0}, "confirmed"),
        ({"direction": 1.0, "in_group": 0.0, "new_workload_share": 0.0}, "denied"),
        ({"direction": 1.0, "in_group": 0.0, "new_workload_share": 1.0}, "open"),
    ],
    ids=["a fall outside a group", "a fall inside a group", "what was there before rises", "new things, their spaces not known"],
)
def test_a_company_that_was_bought_brings_something_new_or_falls_inside_a_group(facts: dict[str, float | None], state: str) -> None:
    assert evaluate(load_causes()["ma_consolidation"], facts).state == state


@pytest.mark.parametrize("cause", ["champion_change", "headcount_cut"])
@pytest.mark.parametrize(("users", "state"), [(-0.06, "confirmed"), (0.0, "denied"), (None, "open")])
def test_a_few_users_less_are_fewer_people(cause: str, users: float | None, state: str) -> None:
    """Two or three of forty who left took their work with them: a fall of a twentieth is enough where somebody tells of it."""
    facts = {"direction": -1.0, "users_change": users, "gradual": 1.0, "abrupt": 0.0, "account_residual": 0.8}
    assert evaluate(load_causes()[cause], facts).state == state


def test_corrections_of_the_size_of_the_change_are_a_data_issue() -> None:
    found = judge(reload(), quality=DataQuality(correction_usd=1e6))
    assert (found.verdict, found.cause) == ("DATA_ISSUE", None)


def test_a_confirmed_cause_of_the_ledger_is_taken_over() -> None:
    found = judge(reload(), confirmed=Confirmed("backfill", "one_time", "AN-1", "Ada", day(380)))
    assert (found.verdict, found.cause and found.cause.id) == ("EXPLAINED", "backfill")


def test_what_a_person_confirmed_is_not_doubted_with_words_that_name_no_cause() -> None:
    class Given(Meaning):
        """Each sentence tells what is set here, whatever was learnt."""

        def __init__(self) -> None:
            pass

        def nearness(self, texts: Sequence[str]) -> list[Nearness]:
            return [dict.fromkeys(load_causes(), -0.2) | ({"backfill": 0.5} if "reload" in text else {}) for text in texts]

    other = Statement("note", "N2", "customer", day(351), "Orders usage was the talk of the morning round.")
    words, meaning = (said("From today we reload the orders from scratch.", day(349)), other), Given()
    assert [i.statement.source_id for i in judge(reload(), *words, meaning=meaning).said] == ["N2"]
    confirmed = Confirmed("backfill", "one_time", "AN-1", "Ada", day(380))
    assert judge(reload(), *words, meaning=meaning, confirmed=confirmed).said == ()


@pytest.mark.parametrize(
    ("facts", "holds"),
    [({"a": 1.0, "b": 0.0}, True), ({"a": 0.0, "b": 0.0}, False), ({"a": None, "b": 0.0}, None), ({"a": None, "b": 1.0}, True)],
)
def test_a_condition_on_what_was_not_measured_is_open(facts: dict[str, float | None], holds: bool | None) -> None:
    either = Predicate(any=[Predicate(fact="a", at_least=1), Predicate(fact="b", at_least=1)])
    assert either.test(facts) is holds


def test_every_condition_reads_a_fact_that_has_a_name() -> None:
    for cause in load_causes().values():
        for predicate in (*cause.must, *cause.must_not, *cause.telling):
            assert set(predicate.facts()) <= set(FACTS), cause.id


def test_twins_know_each_other_and_every_cause_has_cues() -> None:
    causes = load_causes()
    for cause in causes.values():
        assert cause.cues["en"]
        assert all(cause.id in causes[twin].twins for twin in cause.twins)
    assert load_words().hedges


def test_an_unknown_twin_in_the_data_is_refused() -> None:
    text = "odd: {label: x, direction: up, durability: durable, twins: [none], must: [], must_not: [], treatment: t, settle: s, act: a, "
    text += "cues: {}}"
    with pytest.raises(ValueError, match="unknown twin none"):
        read_causes(text)


def test_a_region_where_most_accounts_are_silent_had_an_outage() -> None:
    rows = [(day(n), region, 10) for n in range(28) for region in ("eu", "us")] + [(day(28), "us", 10), (day(28), "eu", 1)]
    assert outages(rows, day(28), day(28)) == [(day(28), "eu")]


def test_a_tier_over_the_term_is_crossed_between_a_week_before_and_a_week_after() -> None:
    found = locate(reload().history(), reload().frame(), day(330), day(DAYS - 1), RULES)
    assert isinstance(found, Located)
    prices = [{"sku_id": "connector", "tier_period": "contract_term", "tier_from": start} for start in (0.0, 1000.0)]
    assert tiers_crossed(found, prices, {"connector": (900.0, 1100.0)}) == 1
    assert tiers_crossed(found, prices, {"connector": (700.0, 900.0)}) == 0
    assert tiers_crossed(found, [], {}) is None


def test_a_price_that_was_signed_before_its_term_was_known_before_it_began() -> None:
    made = with_effect(step(390, 0.8), leaves=(0, 1, 2))
    made.unit_price[:, 390:] *= 0.8
    paper = {"contract_id": "K2", "contract_type": "payg", "start_date": day(390), "end_date": day(755), "signed_date": day(370)}
    signed_ahead = judge(made, *contract_statements([paper], day(390)))
    signed_late = judge(made, *contract_statements([paper | {"signed_date": day(391)}], day(390)))
    assert signed_ahead.cause is not None and signed_ahead.cause.id == "negotiated_discount"
    assert (signed_ahead.known_in_advance, signed_late.known_in_advance) == (True, False)


def test_of_several_claims_of_one_source_the_surest_is_told() -> None:
    def claim(source: str, text: str, sure: float) -> Item:
        return Item(Statement("note", source, "vendor", day(360), text), sure=sure)

    first, surer, other = (
        claim("N1", "as expansion", 0.1),
        claim("N1", "the loyalty programme has started", 0.6),
        claim("N2", "history", 0.2),
    )
    assert once_a_source([first, surer, other]) == (surer, other)


def test_beside_a_cause_other_sources_are_quoted_those_that_speak_of_usage_first() -> None:
    def told(source: str, sure: float, *, pointed: bool = False) -> Item:
        return Item(Statement("note", source, "customer", day(360), f"said in {source}"), pointed=pointed, sure=sure)

    shown, plain, usage, more = told("N1", 0.5), told("N2", 0.2), told("N3", 0.0, pointed=True), told("N4", 0.18)
    small_talk = told("N5", -0.1), told("N6", -0.5, pointed=True)
    assert beside([shown], Weighed(told=[*small_talk, shown, plain, usage, more]), RULES) == (usage, plain)


def test_our_own_words_for_a_denied_kin_are_a_claim_where_the_customer_tells_the_cause() -> None:
    adoption, use_case = (
        Fingerprint(load_causes()["new_product_adoption"], "confirmed"),
        Fingerprint(load_causes()["new_use_case"], "denied"),
    )
    customer = Item(Statement("note", "N1", "customer", day(360), "the model is live for all"), supports=adoption.cause.id)
    ours = Item(Statement("note", "N2", "vendor", day(361), "their new service is live"), supports=adoption.cause.id, claim=use_case)
    both = Weighed(supporting={adoption.cause.id: [customer, ours]})
    choice, weighed = _plainly(Choice(adoption.cause, (customer, ours)), both)
    assert choice.items == (customer,)
    assert [(i.statement.source_id, i.contradicts) for i in weighed.contradictions] == [("N2", use_case)]
    alone = Choice(adoption.cause, (ours,))
    assert _plainly(alone, both) == (alone, both)


@pytest.mark.parametrize(("sure", "rivals"), [(RULES.meaning.settles, 0), (RULES.meaning.settles - 0.01, 1)])
def test_words_that_can_mean_little_else_close_the_door_on_twins_that_nobody_named(sure: float, rivals: int) -> None:
    """Neither slice nor day are named: what is said must be plain."""
    pilot, adoption = (Fingerprint(load_causes()[c], "confirmed") for c in ("ai_pilot", "new_product_adoption"))
    item = Item(Statement("note", "N1", "vendor", day(361), "a try-out of six weeks"), supports=pilot.cause.id, sure=sure)
    choice, weighed = Choice(pilot.cause, (item,)), Weighed(supporting={pilot.cause.id: [item]})
    assert sum(still_open(p, choice, weighed, RULES) for p in (adoption,)) == rivals


def test_where_no_cause_is_stated_both_sides_are_quoted_in_turn() -> None:
    def told(number: int, side: str) -> Item:
        return Item(Statement("note", f"N{number}", side, day(360), f"said {number}"))  # type: ignore[arg-type]

    customer, ours = [told(n, "customer") for n in range(4)], [told(n, "vendor") for n in range(4, 6)]
    assert said_of(Weighed(told=[*customer, *ours])) == (customer[0], ours[0], customer[1], ours[1])
    assert said_of(Weighed(told=customer)) == tuple(customer)


def test_a_stray_sentence_of_our_own_people_names_no_cause_by_itself() -> None:
    def item(side: str, sure: float) -> Item:
        return Item(Statement("note", "N1", side, day(360), "they left after the second pot of tea"), sure=sure)  # type: ignore[arg-type]

    least = RULES.meaning.least_ours
    assert not names(item("vendor", least - 0.01), RULES, compared=True, sole=True)
    assert names(item("vendor", least), RULES, compared=True, sole=False)
    assert names(item("customer", 0.0), RULES, compared=True, sole=False)
    assert names(item("vendor", 0.0), RULES, compared=False, sole=False), "without meanings there is no sureness to ask for"
