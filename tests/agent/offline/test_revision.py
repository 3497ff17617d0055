"""Why a number reads differently than it did, the time before that, days that do not exist, and days still coming in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent.offline.fake_kit import FakeKit, play, state

JULY = "2026-07-01..2026-07-31"


class Restated(FakeKit):
    """A kit in which rows came late for one customer."""

    def restatement(self, **args: Any) -> dict[str, Any]:
        reply = super().restatement(**args)
        store: dict[str, Any] = reply["figures"]
        values = {"before": 150.0, "now": 180.0, "change": 30.0, "late": 30.0, "corrections": 0.0, "new_days": 0.0}
        whole = {f"M01.{part}": self._figure(store, part, value) for part, value in values.items()}
        late = {"M01.late": self._figure(store, "late", 30.0)}
        row = {"M01.change": self._figure(store, "change", 30.0), **late}
        entity = {"type": "account", "id": "K1", "name": "Zephyr Foods"}
        arrived = {"arrived": self._figure(store, "Day of arrival", "2026-08-12"), **late}
        return reply | {
            "total": {"figures": whole},
            "rows": [{"keys": {"account": "K1"}, "names": {}, "entity": entity, "figures": row}],
            "arrivals": [{"keys": {"day": "2026-08-12"}, "names": {"day": "12 Aug 2026"}, "figures": arrived}],
        }


def _calls(kit: FakeKit) -> list[dict[str, Any]]:
    return [args for tool, args in kit.calls if tool == "restatement"]


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("why did this number change since last week", {"since": "last week"}),
        ("has last month's figure been restated?", {"window": "last month's"}),
        ("was anything restated since Monday", {"since": "Monday"}),
        ("why does this number differ from the one I saw on Monday", {"since": "on Monday"}),
        ("has the July figure been corrected", {"window": "July"}),
    ],
)
def test_a_question_about_a_changed_number_asks_for_its_restatement(question: str, arguments: dict[str, str]) -> None:
    kit = Restated()
    play(question, kit=kit)
    (given,) = _calls(kit)
    assert {name: given[name].rstrip("'s ") if name == "window" else given[name] for name in given} == {
        name: value.rstrip("'s ") for name, value in arguments.items()
    }


def test_what_changed_is_told_first_then_whose_and_when_it_came() -> None:
    draft = play("has last month's figure been restated?", kit=Restated()).draft
    assert "read [[" in draft.headline.text
    assert "from rows that came late" in draft.headline.text
    assert "corrections" not in draft.headline.text, "what is nothing is not told"
    assert [section.heading for section in draft.sections] == ["Whose", "When it arrived"]


def test_a_number_nobody_touched_reads_as_before() -> None:
    draft = play("has last month's figure been restated?", kit=FakeKit()).draft
    assert draft.headline.text.startswith("Nothing was restated")
    assert draft.sections == []


def test_the_two_months_before_that_are_before_the_conversations_period() -> None:
    thread = {"intent": "lookup", "entities": [{"type": "account", "id": "K1", "name": "Zephyr Foods"}], "metrics": ["M01"], "window": JULY}
    (query,) = play("and the two months before that?", state(thread=thread)).queries
    assert query["window"] == "2026-05-01..2026-06-30"


def test_the_nearest_real_day_is_offered_for_one_that_does_not_exist() -> None:
    draft = play("usage on June 31").draft
    assert draft.answer_type == "CLARIFY"
    assert draft.clarification is not None
    assert [option.label for option in draft.clarification.options] == ["30 Jun 2026", "Another day or period"]


def test_today_so_far_is_asked_for_as_it_is() -> None:
    (query,) = play("usage today so far").queries
    assert query["window"] == "today so far"


@pytest.mark.parametrize(("question", "unit"), [("quarterly consumption since August 2025", "quarter"), ("usage by fiscal year", "year")])
def test_quarters_and_years_are_breakdowns(question: str, unit: str) -> None:
    (query,) = play(question).queries
    assert query["group_by"] == [unit]
