"""Prompts are words with checked front matter, and they speak of things that exist."""

from __future__ import annotations

import re

import pytest

from meterline.answer import AnswerType, Draft
from meterline.prompting import load_prompt, parse_prompt, prompts_folder
from meterline_tools.errors import UserError
from meterline_tools.kit import TOOLS

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


def test_the_answer_prompt_names_only_tools_and_types_that_exist() -> None:
    text = load_prompt("answer").text
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|calculate)`", text)) - set(Draft.model_fields)
    assert named
    assert named <= set(TOOLS)
    types = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b|\bCLARIFY\b|\bANSWER\b", text))
    assert types <= set(AnswerType.__args__)  # type: ignore[attr-defined]
    for field in ("headline", "sections", "assumptions", "clarification", "not_available", "next_steps", "state"):
        assert field in Draft.model_fields
        assert f'"{field}"' in text


def test_the_prompt_is_short() -> None:
    assert len(load_prompt("answer").text) < 6_000
