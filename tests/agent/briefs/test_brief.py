"""The brief of the hand-made company, read as a person would read it; amounts are worked out in the comments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meterline.briefs.model import Brief
from meterline.briefs.plan import load_plan
from meterline.briefs.qbr import write_brief
from meterline.briefs.sections.evidence import exact
from meterline_tools.errors import Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import Principal, Scope
from meterline_tools.receipts import Figure
from tests.ember import D1, open_bench

REQUIRED = ["0", "1", "2", "3", "4", "5", "7", "13", "A"]


def plain(brief: Brief, section: str) -> str:
    """A section's Markdown without footnotes."""
    markdown = next(s.markdown for s in brief.sections if s.id == section)
    return re.sub(r"\[\^\d+\]", "", markdown)


@pytest.fixture(scope="module")
def brief(ember_home: Path) -> Brief:
    return write_brief(open_bench(ember_home), "Lumen Ovens")


@pytest.fixture(scope="module")
def bare(minimum_home: Path) -> Brief:
    """Of an account that has usage and nothing else, at a company with three tables."""
    return write_brief(open_bench(minimum_home), "Bare Bricks")


def test_the_sections_stand_in_the_order_of_the_agenda(brief: Brief) -> None:
    assert [s.number for s in brief.sections] == REQUIRED
    assert [plan.number for plan in load_plan()] == REQUIRED


def test_nothing_had_to_be_withheld(brief: Brief, bare: Brief) -> None:
    assert brief.withheld == []
    assert bare.withheld == []


def test_the_period_is_thirteen_complete_weeks_to_the_last_complete_day(brief: Brief) -> None:
    assert (brief.period.days, brief.period.end) == (91, D1)
    header = plain(brief, "header")
    assert "13 weeks, 30 Mar to 28 Jun 2026, compared with 29 Dec 2025 to 29 Mar 2026." in header
    assert "complete to 28 Jun 2026" in header


def test_the_header_says_who_meets_whom_and_when(brief: Brief) -> None:
    header = plain(brief, "header")
    assert "**Meeting:** 8 Jul 2026." in header
    assert "Mira Blom (CFO); an executive is among them." in header
    assert "Jos Vink" not in header  # has left


def test_consumption_is_compared_with_the_weeks_before_and_a_year_ago(brief: Brief) -> None:
    # 91 x $200, and 32 x $100 + 59 x $150 against 91 x $100: $30,250, up $2,950 on $27,300
    text = plain(brief, "consumption")
    assert "Net consumption was $30.2k from 30 Mar to 28 Jun 2026, up $2.95k (10.8%) against the weeks before." in text
    assert "Against the same weeks a year ago it is up $2.95k (10.8%)." in text


def test_drivers_add_up_to_the_change(ember: Workbench) -> None:
    from meterline.briefs.frame import Frame

    frame = Frame.open(ember, "L1", "internal")
    reply = frame.drivers
    parts = [frame.number(row["figures"]["M10"]) for row in reply["rows"]]
    rest = frame.number(reply["rest"]["figures"]["M10"]) if reply["rest"] else 0.0
    assert sum(parts) + rest == pytest.approx(frame.number(reply["total"]["figures"]["M10"])) == pytest.approx(2950)


def test_a_driver_without_evidence_stays_in_as_not_established(brief: Brief) -> None:
    assert "| kitchen boards | $18.2k | unchanged | cause not established |" in plain(brief, "consumption")


def test_the_budget_is_held_against_what_its_period_has_used(brief: Brief) -> None:
    # 1 Feb to 28 June: 148 days x $200, 89 x $100, 59 x $150 = $47,350 of $120,000; 148 of 365 days
    expected = (
        "The customer's stated budget from 1 Feb 2026 to 31 Jan 2027 is $120k; $47.4k of it (39.5%) was used after 40.5% of that time."
    )
    assert expected in plain(brief, "budget")


def test_the_commitment_is_told_with_its_projection_and_rules(brief: Brief) -> None:
    text = plain(brief, "budget")
    assert "C-7 over $100k runs to 31 Dec 2026; 56.6% is drawn, at 1.16× the linear pace." in text
    assert "It is used up by 30 Oct 2026" in text
    assert "Usage beyond the commitment is billed at list price" in text


def test_projects_show_slips_realised_money_and_what_does_not_fit(brief: Brief) -> None:
    text = plain(brief, "projects")
    assert "| Kitchen boards | live | 10 Jan 2026 | 20 Jan 2026 | 10 days | $8k a month | $6.08k a month (76.0%) | Ada Oyelaran |" in text
    assert "| Supplier portal | implementing, overdue | 31 May 2026 | now 15 Jun 2026 | 31 days |" in text
    assert "Oven forecasts: marked live, but its workloads used nothing: check it." in text
    assert "Old idea" not in text  # lost


def test_savings_are_ranges_with_a_caveat_and_a_total(brief: Brief) -> None:
    text = plain(brief, "savings")
    assert "**Idle compute (R01).** kitchen boards: Compute stayed on while nothing ran for 30.0% of what was paid for" in text
    assert "Saves $760 to $1.37k a month; low effort. Warm pools may be intended for response time." in text
    assert "Together $2.28k to $3.33k a month, overlaps counted once; 3 of 4 rules could be checked." in text


def test_the_summary_has_three_bullets_and_a_decision_within_120_words(brief: Brief) -> None:
    text = plain(brief, "summary")
    labels = re.findall(r"\*\*(.+?):\*\*", text)
    assert labels == ["Value", "Spend", "We propose", "Decision sought"]
    assert len(text.split()) <= 120


def test_both_sides_have_actions_with_owner_and_working_due_dates(brief: Brief) -> None:
    rows = [line.split(" | ") for line in plain(brief, "actions").splitlines() if line.startswith(("| us", "| customer"))]
    assert {row[0] for row in rows} == {"| us", "| customer"}
    assert {row[2] for row in rows if row[0] == "| customer"} == {"to be agreed"}
    # a week, a fortnight and four weeks from the meeting of Wednesday, 8 July
    assert {row[3].rstrip(" |") for row in rows} == {"15 Jul 2026", "22 Jul 2026", "5 Aug 2026"}


def test_promises_are_followed_up(brief: Brief) -> None:
    text = plain(brief, "since_last")
    assert "The last QBR was held on 2 Apr 2026, with Mira Blom present." in text
    assert "| Send the pricing sheet for 2027 | us | Ada Oyelaran | 20 Apr 2026 | open, overdue |" in text
    assert "Storage tiers" not in text  # nothing of theirs


def test_the_appendix_lists_every_printed_figure_and_the_sql_behind_it(brief: Brief) -> None:
    text = plain(brief, "evidence")
    for figure in brief.figures:
        if figure.metric and not isinstance(figure.value, str):
            assert f"| {figure.metric} | {exact(figure)} | {figure.receipt} |" in text
            assert f"{figure.receipt} (" in text
    assert "Savings rules checked: R01, R05, R19. Not checkable: R03 (" in text


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (30250.0, "USD", "30,250 USD"),
        (1292.0000001, "USD/month", "1,292.00 USD a month"),
        (126_357.142857, "EUR/yr", "126,357.14 EUR a year"),
        (0.108058608, "%", "10.81%"),
        (28, "days", "28 days"),
        (3, "count", "3"),
        (1.155153, "ratio", "1.16 ratio"),
    ],
)
def test_the_appendix_prints_values_unrounded(value: float, unit: str, printed: str) -> None:
    assert exact(Figure(id="F1", receipt="R1", label="x", value=value, unit=unit, display="")) == printed


def test_every_footnote_that_is_used_is_explained(brief: Brief) -> None:
    used = {int(n) for section in brief.sections for n in re.findall(r"\[\^(\d+)\]", section.markdown)}
    assert used <= set(brief.notes)


def test_absent_data_are_stated_not_skipped(bare: Brief) -> None:
    assert [s.number for s in bare.sections] == REQUIRED
    assert "**Attendees:** unknown." in plain(bare, "header")
    assert "No record of a previous QBR: no QBRs are loaded." in plain(bare, "since_last")
    assert "Whether there is a commitment is not known: no contracts are loaded." in plain(bare, "budget")
    assert "The customer has stated no budget: ask for it." in plain(bare, "budget")
    assert "No use cases recorded: none are loaded." in plain(bare, "projects")
    assert "No rule fired; 0 of 4 rules could be checked." in plain(bare, "savings")
    assert "**Value:** not yet evidenced: ask for it." in plain(bare, "summary")


def test_usage_without_workloads_is_broken_down_by_sku(bare: Brief) -> None:
    # 91 days x $20
    assert "| Q | $1.82k | unchanged | cause not established |" in plain(bare, "consumption")


def test_an_account_without_usage_still_gets_a_brief(ember: Workbench) -> None:
    brief = write_brief(ember, "Quiet Mill")
    assert brief.withheld == []
    assert plain(brief, "consumption") == "No paid consumption is on record."
    assert "**Spend:** no paid consumption on record." in plain(brief, "summary")


def test_an_account_out_of_scope_gets_no_brief(ember_home: Path) -> None:
    tom = Principal(user_id="tom", role="rep", scope=Scope(rep_ids=frozenset({"P2"})), rep_id="P2")
    bench = open_bench(ember_home, tom)
    with pytest.raises(Refused, match="not found or not visible to you"):
        write_brief(bench, "Lumen Ovens")
    bench.warehouse.close()
