"""Prompts are words with checked front matter, and they speak of things that exist."""

from __future__ import annotations

import inspect
import json
import re
from typing import get_args, get_type_hints

import pytest

from meterline.answer import AnswerType, ClaimKind, Draft
from meterline.marks import VIEWS, find_marks
from meterline.offer import OFFERED
from meterline.prompting import load_prompt, parse_prompt, prompts_folder
from meterline.toolbelt import as_langchain_tool
from meterline_tools.catalog import load_catalog
from meterline_tools.errors import UserError
from tests.tokens import count_tokens

GOOD = "---\nname: x\nversion: 1\npurpose: A test.\nvariables: [who]\n---\nHello {{who}}.\n"


def test_a_prompt_fills_its_variables_and_has_a_fingerprint() -> None:
    prompt = parse_prompt(GOOD, "x.md")
    assert prompt.fill(who="you") == "Hello you.\n"
    assert re.fullmatch(r"x@[0-9a-f]{12}", prompt.fingerprint)


def test_the_fingerprint_follows_the_text() -> None:
    assert parse_prompt(GOOD, "x.md").fingerprint != parse_prompt(GOOD.replace("Hello", "Hi"), "x.md").fingerprint


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("Hello", "front matter between"),
        (GOOD.replace("purpose: A test.\n", ""), "purpose"),
        (GOOD.replace("version: 1", "version: 1\nmood: calm"), "mood"),
        (GOOD.replace("{{who}}", "{{whom}}"), "differ"),
        (GOOD.replace("variables: [who]", "variables: []"), "differ"),
    ],
)
def test_a_broken_prompt_says_what_is_wrong(broken: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse_prompt(broken, "x.md")


def test_a_missing_value_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="who"):
        parse_prompt(GOOD, "x.md").fill()


def test_every_prompt_of_the_project_is_well_formed() -> None:
    for path in prompts_folder().glob("*.md"):
        assert load_prompt(path.stem).meta.name == path.stem


ALL = [path.stem for path in sorted(prompts_folder().glob("*.md"))]


@pytest.mark.parametrize("name", ALL)
def test_a_prompt_names_only_tools_metrics_and_answer_types_that_exist(name: str) -> None:
    text = load_prompt(name).text
    tools = {word for word in re.findall(r"`([a-z_]{3,})`", text) if word not in Draft.model_fields}
    assert tools <= set(OFFERED)
    assert set(re.findall(r"\bM\d{2}b?\b", text)) <= set(load_catalog().metrics)
    assert set(re.findall(r"\b(?:ANSWER|CLARIFY|REFUSE)[A-Z_]*\b", text)) <= set(get_args(AnswerType))


@pytest.mark.parametrize("name", OFFERED)
def test_a_tool_names_only_metrics_and_arguments_that_exist(name: str) -> None:
    tool = OFFERED[name]
    description = as_langchain_tool(tool).description
    assert set(re.findall(r"\bM\d{2}b?\b", description)) <= set(load_catalog().metrics)
    values = {value for hint in get_type_hints(tool).values() for value in get_args(hint) if isinstance(value, str)}
    assert set(re.findall(r"(?:^|[.;] )([a-z_]+): ", description)) <= set(inspect.signature(tool).parameters) | values


def test_the_worked_example_is_a_draft_in_every_field() -> None:
    text = load_prompt("answer").text
    line = next(line for line in text.splitlines() if line.startswith('{"answer_type"'))
    assert set(json.loads(line)) <= set(Draft.model_fields)
    draft = Draft.model_validate_json(line)
    assert draft.sections[1].ready == "S1"
    assert {mark.view for mark in find_marks(draft.headline.text)} <= VIEWS


def test_views_of_marks_and_kinds_and_dimensions_in_the_prompt_exist() -> None:
    text = load_prompt("answer").text
    assert {mark.view for mark in find_marks(text)} <= VIEWS
    assert all(kind in text for kind in get_args(ClaimKind))
    named = next(line for line in text.splitlines() if line.startswith("- Dimensions: ")).removeprefix("- Dimensions: ").split()
    assert set(named) - {"…"} <= set(load_catalog().dimensions)


def test_the_state_stands_last_so_that_the_rest_never_changes() -> None:
    assert load_prompt("answer").text.endswith("```json state\n{{state}}\n```\n")


def test_the_rules_are_short() -> None:
    assert count_tokens(load_prompt("answer").text) < 620
    assert count_tokens(load_prompt("repair").text) < 60
