"""Questions about contracts, through the whole house, on a company whose paper is worked out by hand (tests/paper.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from tests.paper import load_paperhouse


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = Desk.open(Settings(home=load_paperhouse(tmp_path_factory.mktemp("paperhouse"))))
    yield opened
    opened.close()


def ask(desk: Desk, question: str, asker: str | None = None) -> Answer:
    answer = desk.ask(Question(text=question, asker=asker))
    assert not answer.withheld, answer.withheld
    return answer


def cited(answer: Answer) -> set[str]:
    return {c.source_id for c in answer.citations if c.source == "contract"}


@pytest.mark.parametrize(
    ("question", "headline"),
    [
        (
            "how is Larch Foods pacing against its commit",
            "Larch Foods: the commitment is 65.3% drawn, at 1.22× the pace of its term and projected to run out 27 Nov 2026.",
        ),
        (
            "when does Larch Foods run out",
            "Larch Foods: the commitment is 65.3% drawn, at 1.22× the pace of its term and projected to run out 27 Nov 2026.",
        ),
        (
            "how much commit is left at Larch Foods",
            "Larch Foods has £10.4k of its commitment left, to be used by 31 Jan 2027; the commitment is 65.3% drawn,"
            " at 1.22× the pace of its term and projected to run out 27 Nov 2026.",
        ),
        (
            "what happens if Larch Foods goes over",
            "Larch Foods: usage beyond the commitment is billed at 1.15× list price; the commitment is 65.3% drawn,"
            " at 1.22× the pace of its term and projected to run out 27 Nov 2026.",
        ),
        (
            "does unused commit roll over at Fern Bank",
            "Fern Bank: up to 10.0% of what is unused rolls over; the rest lapses; £11.4k of it would be lost at the durable rate.",
        ),
        (
            "is Larch Foods better off committing more",
            "Larch Foods, the facts for a larger commitment, without a quote: the commitment is 65.3% drawn,"
            " at 1.22× the pace of its term and projected to run out 27 Nov 2026.",
        ),
        (
            "burn down of Moss Rail",
            "Moss Rail: the commitment is used up (100%), at 4.10× the pace of its term; overage so far is £12k.",
        ),
        ("renewal date for Reed Energy", "Reed Energy pays as it goes: there is nothing to renew or to draw down."),
        ("how is Sedge Media pacing against its commit", "Sedge Media has an enterprise licence: usage draws nothing down."),
        (
            "Who will blow through their commit early?",
            "Next to run out is Larch Foods, projected for 27 Nov 2026, before its term ends on 31 Jan 2027; used up already: Moss Rail.",
        ),
        (
            "who is over their commit",
            "Used up already: Moss Rail; next to run out is Larch Foods, projected for 27 Nov 2026, before its term ends on 31 Jan 2027.",
        ),
        ("who has shelfware", "The largest part of a commitment that would go unused is £11.4k at Fern Bank, by 31 Jan 2027."),
        ("which commits are behind pace", "Furthest behind its line is Thyme Labs, at 0.10× the pace of its term."),
        (
            "Total RPO and how much of it lands in the next 12 months?",
            "RPO of the whole company is £30.9k (15 Aug 2026), of which £29.5k falls into the next year,"
            " spread evenly over the rest of each term.",
        ),
        (
            "renewals next 90d",
            "The only contract to end in that period is that of Thyme Labs, on 29 Sep 2026; listed by the last day of the term.",
        ),
        ("overage this year by account", "Moss Rail has the only overage: £12k."),
    ],
)
def test_a_question_about_paper_gets_its_answer(desk: Desk, question: str, headline: str) -> None:
    assert ask(desk, question).headline == headline


# RPO: K1 10,400, K2 nothing, K3 may be cancelled, K6 was replaced, K7 9,000 - 46 * 10 = 8,540, K8 12,000: 30,940. Within the next
# year: of K8 320 of 365 days, 10,520.5, and the rest in full: 29,460.5.


def test_the_answer_for_an_account_tells_line_projection_and_rules_and_cites_the_contract(desk: Desk) -> None:
    """A straight line stands at 30,000 x 196 / 365 = 16,109.6; 19,600 - 16,109.6 = 3,490.4. Weeks do not vary, so the range is a day."""
    answer = ask(desk, "how is Larch Foods pacing against its commit")
    for told in (
        "So far £19.6k",
        "on a straight line it would be £16.1k",
        "so use is £3.49k",
        "£100 a day",
        "Usage beyond the commitment is billed at 1.15×",
        "Unused commitment rolls over if the renewal is as large or larger; otherwise it lapses.",
        "It is paid in advance, year by year.",
    ):
        assert told in answer.text.replace("\\", ""), told
    assert cited(answer) == {"K1"}


def test_overage_is_told_apart_from_growth(desk: Desk) -> None:
    """96 days at 125 net and at list; at the discount of the commitment it would be 100 a day: 2,400 are the price."""
    text = ask(desk, "what is the overage at Moss Rail").text
    assert "At list price that usage is £12k" in text
    assert "£2.4k" in text


def test_an_early_renewal_and_a_contract_to_come_are_said(desk: Desk) -> None:
    answer = ask(desk, "contract status for Thyme Labs")
    assert "was renewed early and no longer counts" in answer.text
    assert "is signed and begins on 30 Sep 2026" in answer.text
    assert "The overage rule on record is “handshake”." in answer.text
    assert {"K6", "K7", "K8"} <= cited(answer)


def test_renewals_say_who_owns_them_and_which_are_renewed_already(desk: Desk) -> None:
    text = ask(desk, "renewals next 90d").text
    assert "| Thyme Labs | 29 Sep 2026 | £9k |" in text
    assert "| Otto Brandt | renewed already |" in text


def test_a_rep_sees_the_contracts_of_the_own_book_alone(desk: Desk) -> None:
    answer = ask(desk, "Who will blow through their commit early?", "ines@paperhouse.example")
    assert cited(answer) == {"K1", "K2"}
    assert "Thyme" not in answer.model_dump_json()
    refused = ask(desk, "how much commit is left at Fern Bank", "ines@paperhouse.example")
    assert "K3" not in refused.model_dump_json()


def test_the_burn_down_is_drawn_from_the_receipt(desk: Desk) -> None:
    """Weeks that end on d1: 28 of them, day 7 first; on 15 August 19,600, and 30,000 on the straight line on 31 January."""
    answer = ask(desk, "burn down of Larch Foods")
    (chart,) = answer.charts
    values = chart["data"]["values"]
    drawn = {row["day"]: row["drawn_so_far"] for row in values}
    assert drawn["2026-02-07"] == 700
    assert drawn["2026-08-15"] == 19_600
    assert values[-1] == {
        "day": "2027-01-31",
        "drawn_so_far": None,
        "projected": 36_500,
        "projected_low": 36_500,
        "projected_high": 36_500,
        "straight_line": 30_000,
    }
    stored = [dict(zip(r.columns, row, strict=True)) for r in answer.receipts for row in r.rows]
    assert all(any(row.items() <= other.items() for other in stored) for row in values)
    assert chart["title"]["text"] == ["Larch Foods (K1): 65.3% of the commitment is drawn, runs out 27 Nov 2026"]


@pytest.mark.parametrize(
    ("question", "mark", "title"),
    [
        ("consumption by month", "line", "Net consumption of the whole company by month"),
        ("Biggest gainers and losers over the last 60 days", "bar", "Largest move of the whole company"),
        ("consumption by account last quarter", "bar", "Net consumption of the whole company by account"),
        ("consumption by month and region", "line", "Net consumption of the whole company by month and region"),
    ],
)
def test_trends_movers_and_shares_are_drawn_from_their_receipts(desk: Desk, question: str, mark: str, title: str) -> None:
    answer = ask(desk, question)
    (chart,) = answer.charts
    assert chart["usermeta"]["meterline"]["mark"] == mark
    assert " ".join(chart["title"]["text"]).startswith(title)
    stored = [dict(zip(r.columns, row, strict=True)) for r in answer.receipts for row in r.rows]
    assert all(any(row.items() <= other.items() for other in stored) for row in chart["data"]["values"])


def test_a_month_just_begun_does_not_lend_its_amount_to_the_title(desk: Desk) -> None:
    """May: 31 * (100 + 20 + 10 + 10 + 10) + 11 * 100 + 20 * 125 = 8,250; July: 31 * (100 + 125 + 20 + 30 + 4 + 10) = 8,959."""
    answer = ask(desk, "consumption by month since 1 May 2026")
    (chart,) = answer.charts
    assert " ".join(chart["title"]["text"]).endswith("by month: from £8.25k to £8.96k")


def test_an_answer_without_a_series_has_nothing_to_draw(desk: Desk) -> None:
    assert ask(desk, "how much did Larch Foods use last month").charts == []


def test_the_charts_of_a_thread_are_its_owners(desk: Desk, tmp_path: Path) -> None:
    answer = ask(desk, "consumption by month")
    assert [desk.chart(answer.thread_id, c["usermeta"]["meterline"]["id"]) for c in answer.charts] == answer.charts
