"""The demo company as data: YAML under spec/ read into checked, frozen models."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Loader(yaml.SafeLoader):
    """YAML as people write it: only true and false are booleans, so that `on:` can be a key."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def read(name: str) -> Any:
    """The content of spec/NAME.yaml. Shared: do not change it."""
    text = files("meterline_tools.demo").joinpath("spec", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Frame(Spec):
    """What is true of the whole company."""

    name: str
    currency: str
    fiscal_year_start_month: int
    fiscal_year_label: str
    settle_lag_days: int
    as_of: datetime
    days: int
    accounts: int
    industries: dict[str, float]
    regions: dict[str, float]
    exists_at_start: float
    countries: dict[str, dict[str, float]]
    cloud_regions: dict[str, list[str]]
    timezones: dict[str, str]
    holidays: dict[str, list[date | str]]


class Sku(Spec):
    name: str
    family: str
    unit: str
    price: float
    tiers: list[tuple[float, float]] = Field(default_factory=list)
    """Graduated monthly tiers above the first: [from quantity, unit price]."""
    launched: date | None = None
    priority_years: list[int] = Field(default_factory=list)
    consumption: bool = True


class WorkloadType(Spec):
    skus: dict[str, float]
    weekend: float
    noise: float
    walk: float
    holiday: bool = False
    month_end: bool = False


class Segment(Spec):
    share: float
    median: float
    workloads: tuple[int, int]
    discount: float
    commit: float
    plan: str
    motion: str


class SignalSettings(Spec):
    level_sigma: float
    dirichlet: float
    trend_mean: float
    trend_sd: float
    ar: float
    student_df: float
    ramp_midpoint: float
    ramp_scale: float
    holiday_factor: float
    month_end_factor: float
    month_end_industries: list[str]
    lumps_per_year: float
    lump_days: tuple[int, int]
    lump_size: tuple[float, float]
    lump_negative: float


class Products(Spec):
    skus: dict[str, Sku]
    types: dict[str, WorkloadType]
    type_weights: dict[str, float]
    connectors: list[str]
    signal: SignalSettings
    segments: dict[str, Segment]
    free_tier_share: float


class Person(Spec):
    """A member of the cast."""

    key: str
    name: str
    role: str
    territory: str
    region: str
    timezone: str
    start: date
    preferred: str | None = None
    reports_to: str | None = None
    segment: str | None = None
    aliases: list[str] = Field(default_factory=list)
    covers: dict[str, list[str]] = Field(default_factory=dict)


class Cause(Spec):
    durability: str
    shape: str
    treatment: str
    twin: str | None = None
    words: list[str]


class Story(Spec):
    """One labelled event of an account: its effects on the series and what is true about it."""

    cause: str
    regime: str
    onset: date
    end: date | None = None
    key: str = ""
    slice: dict[str, Any] = Field(default_factory=dict)
    effects: list[dict[str, Any]]
    earliest: date | None = None
    confirmed_by: str | None = None
    confirmed_on: date | None = None
    told_before: bool = False
    """Whether what is said about it is said before it begins; of use to generated stories only."""
    overlap: bool = False
    """It falls into another event of the account, on purpose."""
    generated: bool = False


class CommitTerms(Spec):
    """`pace` is consumption over commit at as-of; `renews` is the end of the running term."""

    pace: float
    rule: str
    renews: date
    rollover: str = "on_equal_or_larger_renewal"


class Promo(Spec):
    factor: float
    skus: list[str]


class Parent(Spec):
    name: str
    since: date


class NamedAccount(Spec):
    name: str
    industry: str
    segment: str
    country: str
    rep: str
    daily: float
    region: str | None = None
    aliases: list[str] = Field(default_factory=list)
    domain: str | None = None
    motion: str | None = None
    starts: date | None = None
    lumps: float | None = None
    trend: float | None = None
    calm: float = 0.65
    waste: bool = True
    users: bool = True
    commit: CommitTerms | None = None
    promo: Promo | None = None
    parent: Parent | None = None
    w: list[list[Any]] = Field(default_factory=list)
    stories: list[Story] = Field(default_factory=list)


class Outage(Spec):
    region: str
    day: date


class Dirt(Spec):
    missing_rows: float
    gap_accounts: int
    gap_days: int
    gap_delay_days: int
    received: tuple[float, float, float, float]
    slow_accounts: int
    slow_days: int
    corrections: int
    correction_delay_days: int
    corrected_account: str
    corrected_month: date
    waste_unmeasured: float
    users_unmeasured: float


class RetailPeaks(Spec):
    by: tuple[float, float]
    sigma: float
    centres: list[date]


class UpstreamApi(Spec):
    cause: str
    connector: str
    accounts: int
    onset: date
    jitter_days: int
    by: tuple[float, float]
    days: tuple[int, int]
    confirmed_on: date
    named_regimes: dict[str, str]


class CompanyEvents(Spec):
    retail_peaks: RetailPeaks
    upstream_api: UpstreamApi
    outages: list[Outage]
    dirt: Dirt


@cache
def frame() -> Frame:
    return Frame.model_validate(read("company"))


@cache
def products() -> Products:
    return Products.model_validate(read("products"))


@cache
def cast() -> tuple[Person, ...]:
    return tuple(Person.model_validate(p) for p in read("cast"))


@cache
def causes() -> dict[str, Cause]:
    return {key: Cause.model_validate(value) for key, value in read("causes").items()}


@cache
def named_accounts() -> tuple[NamedAccount, ...]:
    return tuple(NamedAccount.model_validate(a) for a in read("accounts"))


@cache
def company_events() -> CompanyEvents:
    return CompanyEvents.model_validate(read("company_events"))
