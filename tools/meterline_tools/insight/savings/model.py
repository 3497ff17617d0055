"""What a savings rule is. The YAML files under `rules/` are checked against this."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meterline_tools.insight.savings.expression import Expression

Group = Literal["idle", "size", "placement", "work avoided", "price"]
"""Mechanisms. Two rules of one group save the same dollar once; different groups act one after another."""
Subject = Literal["workload", "contract"]
DAYS_A_MONTH = 30.4

_MARK = re.compile(r"\{(\w+)\}")


class Evidence(BaseModel):
    """A value that is shown beside a tip. `unit` as in `numbers.display`; `currency` is the company's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    unit: str
    value: str


class Saving(BaseModel):
    """What is saved over the window, in money: `base` times `low` to `high`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str
    base_low: str | None = None
    """The base of the low end, where it is another one (a lower rate); `base` when absent."""
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    over_days: str | None = None
    """The days over which `base` falls; the rule's window when absent. R19 saves over the rest of the term."""


class Screen(BaseModel):
    """What a slice must have for the rule to fire on it at all, so that a whole book need not be read row by row.

    Its `part` (a quantity column, of whose cost the saving is a share) must be more than `share` of what it consumed. The
    trigger decides; this must only never rule out what the trigger would take, also where up to a fifth of the slice is not
    measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    share: float = Field(ge=0, lt=1)


class Fixtures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fires: str
    silent: str


class Rule(BaseModel):
    """One savings rule.

    `needs` are columns that must be measured (not NULL) on at least 80% of the slice's cost; the rule
    is evaluated on those rows only. Texts hold names of evidence, and `window`, in braces and no digits:
    figures come from the data.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int
    name: str
    owner: str
    subject: Subject = "workload"
    applies: dict[str, list[str]] = Field(default_factory=dict)
    """Attribute of the slice (workload_type, sku_family …) -> values for which the rule is meant."""
    needs: list[str]
    window_days: int = 28
    screen: Screen | None = None
    trigger: str
    saving: Saving
    min_usd_month: float = 50
    group: Group
    effort: Literal["low", "medium", "high"]
    evidence: dict[str, Evidence]
    text_customer: str
    first_step: str
    """What the two sides do first, as a verb phrase; it becomes an action of the brief."""
    caveat: str
    tests: Fixtures

    @cached_property
    def when(self) -> Expression:
        return Expression(self.trigger)

    @cached_property
    def base(self) -> Expression:
        return Expression(self.saving.base)

    @cached_property
    def base_low(self) -> Expression:
        return Expression(self.saving.base_low) if self.saving.base_low else self.base

    @cached_property
    def span(self) -> Expression | None:
        return Expression(self.saving.over_days) if self.saving.over_days else None

    @cached_property
    def shown(self) -> dict[str, Expression]:
        return {name: Expression(item.value) for name, item in self.evidence.items()}

    @model_validator(mode="after")
    def _texts_and_expressions_agree(self) -> Rule:
        unknown = set(_MARK.findall(self.text_customer)) - {"window", *self.evidence}
        if unknown:
            raise ValueError(f"{self.id}: text_customer names {', '.join(sorted(unknown))}, which evidence does not define")
        for text in (self.name, self.text_customer, self.first_step, self.caveat):
            if any(c.isdigit() for c in _MARK.sub("", text)):
                raise ValueError(f"{self.id}: a digit in '{text}'; figures are named in braces and come from the data")
        if self.saving.low > self.saving.high:
            raise ValueError(f"{self.id}: saving.low is above saving.high")
        for expression in (self.when, self.base, self.base_low, self.span, *self.shown.values()):
            if expression is not None:
                self._check_needs(expression)
        return self

    def _check_needs(self, expression: Expression) -> None:
        """What is read must be declared, else coverage would be checked on too few columns."""
        missing = (expression.columns | expression.facts) - {"p", *self.needs}
        if missing:
            raise ValueError(f"{self.id}: '{expression.text}' reads {', '.join(sorted(missing))}, which needs does not list")

    def text(self, render: dict[str, str]) -> str:
        """The customer's text with each evidence name replaced by what `render` has for it."""
        return _MARK.sub(lambda match: render[match.group(1)], self.text_customer)
