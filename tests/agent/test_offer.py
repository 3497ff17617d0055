"""What a language model is offered: short schemas over the same functions, short replies, sections to take, a prepared situation."""

from __future__ import annotations

import inspect
import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from meterline.answer import Draft, Section, Sentence, Table
from meterline.offer import OFFERED
from meterline.offer.remember import remembered
from meterline.offer.situation import METRICS, metric_line, nearest_metrics
from meterline.ready import shelve, taken
from meterline.terse import SHOWN_CHARS, terse
from meterline.toolbelt import arguments_model, as_langchain_tool, shown_schema
from meterline_tools.catalog import load_catalog
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Entity, ReceiptBook, Window
from tests.agent.scripted import make_bench

JULY = Window(start=date(2026, 7, 1), end=date(2026, 7, 31))
ALDER, BIRCH = Entity(type="account", id="A1", name="Alder"), Entity(type="account", id="A2", name="Birch")


def booked(*values: tuple[Entity, float], arguments: dict[str, Any] | None = None) -> Workbench:
    """A bench whose book holds one metric receipt with a figure of July for each value."""
    bench = make_bench()
    receipt = bench.book.add_receipt("metric", "query_metrics", ["usd"], [[v] for _, v in values], arguments=arguments)
    for entity, value in values:
        bench.book.add_figure(receipt, "Net consumption", value, "USD", metric="M01", window=JULY, entity=entity)
    return bench


# Tools and schemas -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFERED)
def test_every_tool_says_what_it_is_for_in_one_breath(name: str) -> None:
    description = as_langchain_tool(OFFERED[name]).description
    assert 15 < len(description) < 330
    assert description.rstrip().endswith(".")


@pytest.mark.parametrize("name", OFFERED)
def test_a_schema_holds_every_argument_but_the_workbench_and_nothing_idle(name: str) -> None:
    schema = shown_schema(arguments_model(OFFERED[name]))
    assert list(schema["properties"]) == [p for p in inspect.signature(OFFERED[name]).parameters if p != "bench"]
    assert not {"title", "default", "anyOf", "null"} & set(json.dumps(schema).replace('"', " ").split())


def test_calls_are_checked_but_read_leniently() -> None:
    arguments = arguments_model(OFFERED["query_metrics"])
    given = arguments.model_validate({"metrics": "M01", "filters": {"account": "Alder"}, "group_by": None, "limit": "5"})
    assert given.model_dump(exclude_unset=True) == {"metrics": ["M01"], "filters": {"account": ["Alder"]}, "limit": 5}
    with pytest.raises(ValidationError, match="metrics"):
        arguments.model_validate({"window": "July"})
    with pytest.raises(ValidationError, match="which"):
        arguments_model(OFFERED["use_cases"]).model_validate({"which": "everything"})


# Replies -----------------------------------------------------------------------------------------------------


def test_a_figure_is_told_once_beside_its_id() -> None:
    bench = booked((ALDER, 1234.5))
    reply = {
        "receipts": ["R1"],
        "window": {"from": "2026-07-01", "to": "2026-07-31", "label": "July 2026"},
        "rows": [{"keys": {"account": "A1"}, "names": {"account": "Alder"}, "label": "Alder", "entity": {}, "figures": {"M01": "F1"}}],
        "total": None,
        "truncated": False,
        "figures": {"F1": {"label": "Net consumption", "display": "$1.23k", "value": 1234.5, "unit": "USD"}},
    }
    assert terse(reply, bench.book) == {
        "window": "2026-07-01..2026-07-31",
        "rows": [{"account": "Alder (A1)", "M01": "F1 = $1.23k"}],
    }


def test_rows_of_one_shape_tell_their_columns_once() -> None:
    told = terse({"rows": [{"name": "a", "n": 1}, {"name": "b", "n": 2}, {"name": "c", "n": 3}]}, ReceiptBook())
    assert told == {"rows": {"columns": ["name", "n"], "rows": [["a", 1], ["b", 2], ["c", 3]]}}


def test_a_long_list_is_cut_and_says_by_how_much() -> None:
    told = terse({"hits": [{"text": "x" * 200, "n": n} for n in range(40)]}, ReceiptBook())
    shown = len(told["hits"]["rows"])
    assert len(json.dumps(told)) <= SHOWN_CHARS + 100
    assert shown + told["hits_left_out"] == 40


def test_values_of_marks_in_sentences_are_told_beside_them() -> None:
    bench = booked((ALDER, 1234.5))
    told = terse({"tips": [{"text": "Idle: [[F1]].", "low": "F1"}], "note": "[[F1.abs]] and [[F9]]"}, bench.book)
    assert told == {"tips": [{"text": "Idle: [[F1]].", "low": "F1 = $1.23k"}], "note": "[[F1.abs]] and [[F9]]"}
    assert terse({"note": "[[F1]]"}, bench.book)["values"] == "F1 = $1.23k"


# Sections that stand ready -----------------------------------------------------------------------------------


def test_a_draft_takes_a_section_by_its_id() -> None:
    bench = booked((ALDER, 1234.5))
    table = Table(columns=["Account", "July"], rows=[["Alder", "[[F1]]"]])
    written = Draft(
        headline=Sentence(text="Alder used [[F1]]."),
        sections=[Section(heading="Where", sentences=[Sentence(text="All in [[F1.window]].")]), Section(heading="By account", table=table)],
    )
    told = shelve(bench, written, verdict="EXPLAINED", cause=None)
    assert told == {
        "verdict": "EXPLAINED",
        "headline": "Alder used [[F1]].",
        "sections": [
            {"ready": "S1", "heading": "Where", "says": "All in [[F1.window]]."},
            {"ready": "S2", "heading": "By account", "table": "Account, July: 1 rows"},
        ],
        "values": "F1 = $1.23k",
    }
    draft = Draft.model_validate({"headline": "Alder used [[F1]].", "sections": [{"ready": "S2"}, {"ready": "S9"}, {"heading": "Own"}]})
    assert taken(draft, bench).sections == [written.sections[1], Section(heading="Own")]


# The situation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("who is behind on quota", "M14"),
        ("nrr by segment", "M19"),
        ("which use cases slipped", "M38"),
        ("the forecast", "M48"),
    ],
)
def test_the_metrics_a_question_names_are_shown(question: str, metric: str) -> None:
    shown = [m.id for m in nearest_metrics(load_catalog(), question)]
    assert metric in shown
    assert len(shown) <= METRICS
    assert "M01" in shown


def test_a_metric_is_shown_with_its_outputs() -> None:
    assert metric_line(load_catalog().metric("M14")) == "M14 Quota attainment: .pace .to_date .gap"
    assert metric_line(load_catalog().metric("M01")) == "M01 Net consumption"


# What a follow-up inherits -----------------------------------------------------------------------------------


def test_a_follow_up_inherits_what_the_tools_were_asked() -> None:
    asked = {"metrics": ["M01"], "filters": {"account": ["A1"]}, "window": "July"}
    bench = booked((ALDER, 1234.5), arguments=asked)
    state = remembered("What did Alder use in July?", Draft(headline=Sentence(text="Alder used [[F1]].")), bench, {"intent": "old"})
    assert state == {
        "intent": "lookup",
        "entities": [{"type": "account", "id": "A1", "name": "Alder"}],
        "metrics": ["M01"],
        "window": "July",
        "asked": "What did Alder use in July?",
    }


def test_rows_of_a_ranking_can_be_pointed_at_but_are_not_its_subject() -> None:
    bench = booked((ALDER, 2.0), (BIRCH, 1.0), arguments={"metrics": ["M01"], "group_by": ["account"], "limit": 2})
    draft = Draft.model_validate(
        {"headline": "Most.", "sections": [{"table": {"columns": ["a", "b"], "rows": [["x", "[[F1]]"], ["y", "[[F2]]"]]}}]}
    )
    state = remembered("top accounts", draft, bench, {})
    assert [thing["name"] for thing in state["listed"]] == ["Alder", "Birch"]
    assert "entities" not in state
    assert (state["window"], state["group_by"], state["limit"]) == ("2026-07-01..2026-07-31", ["account"], 2)


def test_an_answer_without_data_leaves_the_conversation_where_it_was() -> None:
    before = {"intent": "lookup", "window": "July"}
    assert remembered("thanks", Draft(headline=Sentence(text="Gladly.")), make_bench(), before) == before
