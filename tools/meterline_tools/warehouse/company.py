"""What a company tells us about itself: currency, fiscal calendar, settle lag, thresholds.

It comes from `company.yaml` in a loaded folder, from `company:` in a mapping, or from load options,
in rising order of precedence, and is stored inside the snapshot. Whatever is not configured is
assumed, and every assumption is a sentence that answers may print.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from meterline_tools.errors import UserError

_MONTH_FIRST = frozenset({"USD", "JPY", "CNY", "KRW", "TWD", "PHP"})


class Coffee(BaseModel):
    """How a company takes its morning coffee. Items are named as in kit/coffee/items.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    budget: int = Field(5, ge=1, le=50)
    """How many exceptions are told at a time; each person may set an own number."""
    first: list[str] = Field(default_factory=list)
    """Items to be told right after the freshness of the data, in this order."""
    hidden: list[str] = Field(default_factory=list)
    least: float = Field(500, ge=0)
    """Money a month below which a move, a slip or an overage is nobody's worry."""


class Competitor(BaseModel):
    """Somebody else's product, with the other names it goes by. A bare name will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class Company(BaseModel):
    """Settings of one company. Money thresholds are in `currency`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    fiscal_year_start_month: int = Field(1, ge=1, le=12)
    fiscal_year_label: Literal["end", "start"] = "end"
    """The calendar year a fiscal year is named after: the one it ends in or the one it starts in."""
    rates: dict[str, float] = Field(default_factory=dict)
    """What one unit of another currency is worth in `currency`; a load converts contracts, prices and usage that name it, once."""
    settle_lag_days: int = Field(3, ge=0, le=31)
    """A usage day younger than this is never taken for complete."""
    arr_window_days: int = Field(91, ge=28, le=366)
    installed_threshold: float = Field(500, ge=0)
    active_threshold: float = Field(50, ge=0)
    qbr_min_run_rate: float = Field(60_000, ge=0)
    """Annualised consumption from which an account is due a quarterly business review."""
    pql_min_usd: float = Field(300, ge=0)
    pql_min_users: int = Field(3, ge=1)
    pql_growth: float = Field(2, ge=1)
    """A self-serve account is product-qualified from so much in 28 days, or so many active users, at so many times the 28 days before."""
    pql_sla_days: int = Field(5, ge=0)
    """Days within which somebody is to speak with a product-qualified account."""
    as_of: datetime | None = None
    """Default time of knowledge (UTC, without zone). None: when the newest usage row reached us."""
    timezone: str = "UTC"
    """IANA name. What "today" means to askers whose own time zone is not known; usage days are UTC days."""
    review: dict[str, float] = Field(default_factory=dict)
    """Own thresholds of the rep review, by their names in insight/review.yaml."""
    coffee: Coffee = Field(default_factory=Coffee)
    themes: list[dict[str, str]] = Field(default_factory=list)
    """Themes of its own that notes are searched for, in the form of notes/themes.yaml: id, label, words by language."""
    competitors: list[Competitor] = Field(default_factory=list)
    """Whom its customers compare it with, besides those named in use cases."""
    assumptions: list[str] = Field(default_factory=list)

    @property
    def day_first(self) -> bool:
        """Whether 3/7 is 3 July to the people of this company: yes, unless its money is that of a country that writes months first."""
        return self.currency not in _MONTH_FIRST

    @field_validator("currency", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("rates")
    @classmethod
    def _worth_something(cls, value: dict[str, float]) -> dict[str, float]:
        rates = {str(currency).strip().upper(): rate for currency, rate in value.items()}
        if wrong := [currency for currency, rate in rates.items() if len(currency) != 3 or not 0 < rate < float("inf")]:
            raise ValueError(f"a rate is a number above 0 for a currency of three letters, such as GBP: 1.17, not {', '.join(wrong)}")
        return rates

    @model_validator(mode="after")
    def _rates_lead_somewhere(self) -> Company:
        if self.rates and "currency" not in self.model_fields_set:
            raise ValueError("rates need `currency`, the one they lead to")
        if self.currency in self.rates:
            raise ValueError(f"{self.currency} is the reporting currency and needs no rate")
        return self

    @field_validator("themes")
    @classmethod
    def _named(cls, value: list[dict[str, str]]) -> list[dict[str, str]]:
        if nameless := next((entry for entry in value if not entry.get("id")), None):
            raise ValueError(f"a theme needs an id: {nameless}")
        return value

    @field_validator("as_of")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None and value.tzinfo else value


_ASSUMED = {
    "currency": "money is assumed to be in {currency}: no currency configured",
    "fiscal_year_start_month": "the fiscal year is assumed to start in January: none configured",
}


def read_company(settings: Mapping[str, Any], *, source: str = "company.yaml") -> Company:
    """A Company from plain settings; UserError names the setting that is wrong."""
    given = {key: value for key, value in settings.items() if key != "assumptions" and value is not None}
    try:
        company = Company.model_validate(given)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        known = ", ".join(name for name in Company.model_fields if name != "assumptions")
        raise UserError(f"{source}: {where}: {first['msg']}. Known settings: {known}.") from None
    assumptions = [text.format(currency=company.currency) for name, text in _ASSUMED.items() if name not in given]
    return company.model_copy(update={"assumptions": assumptions})


def configured(company: Company) -> dict[str, Any]:
    """The settings somebody gave, without what was assumed; the base that later loads build on."""
    return company.model_dump(include=company.model_fields_set - {"assumptions"}, exclude_unset=True)
