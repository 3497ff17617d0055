"""What an answer costs: worked out by hand, and nothing invented for models that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline.models.prices import Price, price_of
from meterline_tools.errors import UserError


def test_cost_is_by_the_million_and_cached_tokens_are_cheaper() -> None:
    price = Price(input=2.0, cached=0.5, output=8.0)
    assert price.cost(1_000_000, 0) == 2.0
    assert price.cost(1_000_000, 0, cached=400_000) == pytest.approx(0.6 * 2.0 + 0.4 * 0.5)
    assert price.cost(3_000, 500, cached=1_000) == pytest.approx((2_000 * 2.0 + 1_000 * 0.5 + 500 * 8.0) / 1e6)


def test_without_a_price_for_cached_tokens_they_cost_what_others_do() -> None:
    assert Price(input=2.0, output=8.0).cost(1_000, 0, cached=1_000) == pytest.approx(0.002)


def test_more_cached_than_given_costs_no_more_than_was_given() -> None:
    assert Price(input=2.0, cached=1.0, output=0.0).cost(1_000, 0, cached=5_000) == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("openai:gpt-4o", True),
        ("openai:gpt-4o-2024-08-06", True),
        ("openai:gpt-4o-mini", True),
        ("openai:gpt-5-pro", False),
        ("openai:gpt-5.9", False),
        ("openai:my-own", False),
        ("openai:", False),
    ],
)
def test_a_dated_version_costs_what_the_model_costs_and_a_namesake_is_unknown(model: str, known: bool) -> None:
    assert (price_of(model) is not None) is known


def test_a_companys_table_comes_first_and_the_longest_family_wins(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("gpt-4o: {input: 1, output: 1}\nllama*: {input: 2, output: 2}\nllama-70*: {input: 3, output: 3}\n", encoding="utf-8")
    inputs = {name: price.input for name in ("gpt-4o", "llama-8b", "llama-70b", "gpt-4.1") if (price := price_of(f"openai:{name}", own))}
    assert inputs == {"gpt-4o": 1, "llama-8b": 2, "llama-70b": 3, "gpt-4.1": 2.0}


@pytest.mark.parametrize("text", ["gpt: 5", "- a\n", "a: {input: -1, output: 2}", "a: {input: 1, outptu: 2}", "a: [", "\x00"])
def test_a_table_that_is_none_says_what_a_line_looks_like(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="no table of prices"):
        price_of("openai:x", own)


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        price_of("openai:x", tmp_path / "none.yaml")
