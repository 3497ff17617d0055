"""Reading the rules and proving each on its fixtures before it may be used."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from meterline_tools.insight.savings.expression import ExpressionError, Row
from meterline_tools.insight.savings.model import Rule
from meterline_tools.insight.savings.slices import Finding, Slice, ask, contract_slices, workload_slices
from meterline_tools.yamls import YAMLError, parse_yaml

RULES = Path(__file__).with_name("rules")
_TEXT_COLUMNS = {"workload_id", "sku_id", "sku_family", "workload_type", "environment", "contract_id"}


class RuleError(ValueError):
    """A rule file that may not be used; the message names the file and what to mend."""


@lru_cache
def load_rules(folder: Path = RULES) -> tuple[Rule, ...]:
    """All rules of a folder, in order of id. Each fired on its `fires` fixture and stayed silent on the other."""
    rules = tuple(sorted((_read(path) for path in sorted(folder.glob("*.yaml"))), key=lambda rule: rule.id))
    ids = [rule.id for rule in rules]
    twice = {rule_id for rule_id in ids if ids.count(rule_id) > 1}
    if twice:
        raise RuleError(f"rule ids used twice in {folder}: {', '.join(sorted(twice))}")
    return rules


def _read(path: Path) -> Rule:
    try:
        rule = Rule.model_validate(parse_yaml(path.read_text(encoding="utf-8")))
    except (YAMLError, ValidationError, ExpressionError) as error:
        raise RuleError(f"{path.name}: {error}") from error
    if not fired(rule, read_fixture(path.parent / rule.tests.fires)):
        raise RuleError(f"{path.name}: does not fire on {rule.tests.fires}")
    if fired(rule, read_fixture(path.parent / rule.tests.silent)):
        raise RuleError(f"{path.name}: fires on {rule.tests.silent}, where it should be silent")
    return rule


def fired(rule: Rule, rows: Sequence[Row]) -> list[Finding]:
    """What one rule finds in the rows of a fixture."""
    slices: list[Slice] = contract_slices(rows) if rule.subject == "contract" else workload_slices(rows)
    end = max((row["usage_date"] for row in rows if row.get("usage_date")), default=date.min)
    return [verdict for cut in slices if isinstance(verdict := ask(rule, cut, end, floor=0.0), Finding)]


def read_fixture(path: Path) -> list[dict[str, Any]]:
    """Rows of a fixture CSV: an empty cell is NULL, `usage_date` a date, names stay text, the rest are numbers."""
    if not path.is_file():
        raise RuleError(f"no fixture {path.name} beside the rule")
    with path.open(encoding="utf-8", newline="") as lines:
        return [{column: _cell(column, text) for column, text in row.items()} for row in csv.DictReader(lines)]


def _cell(column: str, text: str) -> Any:
    if text == "":
        return None
    if column == "usage_date":
        return date.fromisoformat(text)
    return text if column in _TEXT_COLUMNS else float(text)
