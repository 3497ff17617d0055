"""Every metric on rows small enough to work out by hand: the fixtures say how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline_tools.catalog.model import load_catalog
from tests.tools.catalog.snapshot import Company, load_company

FIXTURES = Path(__file__).parent / "fixtures"


@cache
def read_fixture(name: str) -> dict[str, Any]:
    """A fixture, with the tables of the one it extends."""
    fixture: dict[str, Any] = yaml.safe_load((FIXTURES / f"{name}.yaml").read_text(encoding="utf-8"))
    if base := fixture.get("extends"):
        below = read_fixture(base)
        fixture = {**below, **fixture, "tables": {**below["tables"], **fixture["tables"]}}
    return fixture


def _cases() -> Iterator[Any]:
    for path in sorted(FIXTURES.glob("*.yaml")):
        for number, case in enumerate(read_fixture(path.stem)["expect"], 1):
            by = "-".join(case["ask"].get("group_by", []))
            yield pytest.param(path.stem, case, id=f"{path.stem}-{number}-{'-'.join(case['ask']['metrics'])}-{by}")


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Company]:
    """The companies of all fixtures, loaded once."""
    made = {}
    for path in FIXTURES.glob("*.yaml"):
        fixture = read_fixture(path.stem)
        folder = tmp_path_factory.mktemp(path.stem)
        made[path.stem] = load_company(folder, fixture["tables"], fixture["company"], fixture["d1"], fixture["known_at"])
    return made


@pytest.mark.parametrize(("name", "case"), list(_cases()))
def test_a_metric_equals_what_was_worked_out_by_hand(companies: dict[str, Company], name: str, case: dict[str, Any]) -> None:
    ask = dict(case["ask"])
    table = companies[name].ask(*ask.pop("metrics"), **ask)
    assert not table.not_available
    if "total" in case:
        assert _plain(table.total) == _close(case["total"])
    if "rest" in case:
        assert table.rest == _close(case["rest"])
    if "rows" in case:
        found = {next(reversed(row.keys.values())): dict(row.values) for row in table.rows}
        assert found == {_key(key): _close(values) for key, values in case["rows"].items()}
    for note in case.get("notes", []):
        assert note in table.notes


def _plain(values: Any) -> dict[str, Any]:
    return dict(values or {})


def _key(key: Any) -> str | None:
    return None if key is None else key.isoformat() if isinstance(key, date) else str(key)


def _close(values: dict[str, Any]) -> dict[str, Any]:
    """Expected values: numbers to nine figures, dates and nothing exactly."""
    return {
        key: value.isoformat() if isinstance(value, date) else pytest.approx(value, rel=1e-6) if isinstance(value, int | float) else value
        for key, value in values.items()
    }


def test_no_metric_is_without_a_fixture() -> None:
    asked = {metric for path in FIXTURES.glob("*.yaml") for case in read_fixture(path.stem)["expect"] for metric in case["ask"]["metrics"]}
    assert set(load_catalog().metrics) - asked == {"M53", "M54"}  # savings and completeness have tests of their own
