"""The thresholds of the explanation of changes, read once from thresholds.yaml and checked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from meterline_tools.yamls import YAMLError, parse_yaml


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Part):
    completeness: float
    correction_share: float
    missing_share: float
    max_leaves_rows: int


class BaselineRules(_Part):
    weeks: int
    min_weeks: int
    thin_days: int
    start_up_days: int
    trend_cap_per_week: float
    trend_trust: float
    trend_horizon_weeks: int
    mad_to_sd: float
    floor_sd_share: float
    history_weeks: int


class Noise(_Part):
    z: float
    floor_per_day: float
    floor_share: float
    least_per_day: float
    min_share: float
    month_share: float


class Detect(_Part):
    lookback_days: int
    z: float
    min_days: int
    min_days_ongoing: int
    early_onset_days: int
    late_onset_days: int
    watched_days: int
    slice_gap: float
    price_step: float
    ended_tail: float
    ramp_gain: float
    ramp_lengths: list[int]


class Drift(_Part):
    weeks: int
    lengths: list[int]
    steady: float
    share: float
    z: float
    first_month: float
    pause: float
    deep: float
    far: float
    unknown_sd: float


class Told(_Part):
    z: float
    wide: float
    ratio: float
    share: float


class Price(_Part):
    branch_share: float
    reference_days: int


class Others(_Part):
    rise: float
    days: int
    reference_days: int
    share: float
    min_accounts: int
    min_usd_per_day: float


class Calendar(_Part):
    share: float
    shift_days: int
    min_days: int
    min_peers: int
    min_lift: float
    min_twice: float
    min_peers_lift: float
    residual_share: float


class Slices(_Part):
    coverage: float
    purity: float
    broad_size: float
    max_values: int
    new_before_days: int
    new_after_days: int
    drivers: int


class Scan(_Part):
    history_weeks: int
    history_step: int
    profile_weeks: int
    month_turns: int
    offset: float
    floor_sd: float
    price_floor_sd: float
    longest_gap: int
    min_days: int
    least_gain: float
    least_share: float
    attribute_penalty: float
    most_changes: int
    ramp_lengths: list[int]
    ramp_price: float
    slow_lengths: list[int]
    slow_price: float
    under_way: float
    shift_least: float
    shift_depth: float


class Shape(_Part):
    early_days: int


class Evidence(_Part):
    before_days: int
    dated_within_days: int
    distant_days: int
    foretold_days: int
    drift_slack_days: int
    recent_days: int
    max_notes: int
    max_cited: int


class MeaningRules(_Part):
    least: float
    least_here: float
    least_aside: float
    least_alone: float
    ahead: float
    cue: float
    veto: float
    beside: float
    least_left: float
    least_sole: float
    least_on_day: float
    least_ours: float
    pointed: float
    kindred: float
    alike: float
    clearly: float
    plainly: float
    guessed: float
    settles: float
    least_letters: int
    most_sentences: int


class Points(_Part):
    system_slice_date: int
    customer_slice_date: int
    customer: int
    ticket_or_use_case: int
    vendor: int
    vendors: int
    unique_fingerprint: int
    rivals_open: int
    contradiction: int
    low_coverage: int


class Confidence(_Part):
    points: Points
    low_coverage: float
    high: int
    medium: int
    low: int


class Contact(_Part):
    same_topic_days: int
    same_contact_days: int
    max_asks: int
    max_asks_days: int
    in_product_weight: float
    qbr_within_days: int
    severities: list[str]


class Thresholds(_Part):
    """All of them; money thresholds are in the company's currency."""

    data: Data
    baseline: BaselineRules
    noise: Noise
    detect: Detect
    drift: Drift
    told: Told
    price: Price
    others: Others
    calendar: Calendar
    slices: Slices
    scan: Scan
    shape: Shape
    meaning: MeaningRules
    evidence: Evidence
    confidence: Confidence
    contact: Contact


class ThresholdError(ValueError):
    """A file of thresholds that may not be used; the message names what to mend."""


def read_thresholds(text: str, shipped: Thresholds | None = None) -> Thresholds:
    """Thresholds from YAML text; over the `shipped` ones it needs to name only those that differ, section by section."""
    try:
        own = parse_yaml(text) or {}
        return Thresholds.model_validate(_over(shipped.model_dump() if shipped is not None else {}, own))
    except YAMLError as error:
        raise ThresholdError(f"the thresholds are no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ThresholdError(f"{'.'.join(str(part) for part in first['loc']) or 'the thresholds'}: {first['msg']}.") from error


def _over(below: Any, own: Any) -> Any:
    """`own` laid over `below`: sections are joined, all else is replaced."""
    if not (isinstance(below, dict) and isinstance(own, dict)):
        return own
    return {**below, **{key: _over(below.get(key), value) for key, value in own.items()}}


@lru_cache(maxsize=1)
def load_thresholds() -> Thresholds:
    """The thresholds that ship with the package."""
    return read_thresholds(Path(__file__).with_name("thresholds.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def own_thresholds(path: Path, changed: float) -> Thresholds:
    """The shipped thresholds under those of a company's own file, which was last changed at `changed`."""
    try:
        return read_thresholds(path.read_text(encoding="utf-8"), load_thresholds())
    except ThresholdError as error:
        raise ThresholdError(f"{path.name}: {error}") from error
