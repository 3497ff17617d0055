"""What is left of a period: for each account and month the model in force, the overlays on it, and their spread.

The company's own model row is used where it brought one; Meterline's model stands in for the rest and is beside it for all.
Only days after d1 are told: of the running month a model row counts by the days that are left of it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from meterline_tools.insight.forecast.outlook import AccountOutlook
from meterline_tools.insight.forecast.overlays import Overlay, Row
from meterline_tools.insight.forecast.spread import bounds, spread_of, total_spread

_CENT = 0.01
_WIDEST = 2.0
"""Standard deviations over the mean beyond which a width says nothing that could be carried over to another model."""
Source = Literal["company", "meterline"]


@dataclass(frozen=True)
class Cell:
    """One account and month, days after d1 only; money, and its standard deviation.

    `own` and `with_excess` are Meterline's model without and with what does not last, whatever `source` is.
    """

    account: str
    month: date
    source: Source
    model: float
    overlay: float
    spread: float
    own: float
    with_excess: float


@dataclass(frozen=True)
class Sum:
    """Several cells: parts add up, spreads as `spread` says."""

    model: float = 0.0
    overlay: float = 0.0
    low: float = 0.0
    high: float = 0.0
    own: float = 0.0
    with_excess: float = 0.0
    company_part: float = 0.0
    """The part of `model` that the company's own model gives."""

    @property
    def total(self) -> float:
        return self.model + self.overlay


def share_left(month: date, d1: date) -> float:
    """The part of a month's days that comes after d1."""
    days = monthrange(month.year, month.month)[1]
    gone = (d1 - month).days + 1
    return min(1.0, max(0.0, (days - gone) / days))


def cells(
    outlooks: Mapping[str, AccountOutlook],
    models: Mapping[tuple[str, date], Row],
    overlays: Iterable[Overlay],
    months: Iterable[date],
    d1: date,
) -> list[Cell]:
    """All accounts that have a forecast or an overlay, month by month."""
    laid: dict[tuple[str, date], float] = {}
    for overlay in overlays:
        if not overlay.in_actuals:
            key = (overlay.row.account, overlay.row.month)
            laid[key] = laid.get(key, 0.0) + overlay.row.amount
    wanted = [month for month in months if share_left(month, d1) > 0]
    accounts = sorted({*outlooks, *(account for account, _ in models), *(account for account, _ in laid)})
    return [_cell(a, m, outlooks.get(a), models.get((a, m)), laid.get((a, m), 0.0), d1) for a in accounts for m in wanted]


def _cell(account: str, month: date, outlook: AccountOutlook | None, row: Row | None, overlay: float, d1: date) -> Cell:
    left = share_left(month, d1)
    own = outlook.mean.get(month, 0.0) if outlook else 0.0
    own_spread = outlook.spread.get(month, 0.0) if outlook else 0.0
    with_excess = outlook.with_excess.get(month, 0.0) if outlook else 0.0
    if row is None:
        return Cell(account, month, "meterline", own, overlay * left, own_spread, own, with_excess)
    model = row.amount * left
    if row.low is not None and row.high is not None:
        spread = spread_of(row.low, row.high) * left
    else:
        spread = model * min(own_spread / own, _WIDEST) if own >= _CENT else own_spread
    return Cell(account, month, "company", model, overlay * left, spread, own, with_excess)


def add_up(parts: Iterable[tuple[Cell, float]], alike: float) -> Sum:
    """Cells with the share of each that counts (a rep's credit): months of an account in a straight line, accounts by `alike`."""
    model = overlay = own = with_excess = company = 0.0
    spreads: dict[str, float] = {}
    for cell, share in parts:
        model += cell.model * share
        overlay += cell.overlay * share
        own += cell.own * share
        with_excess += cell.with_excess * share
        company += cell.model * share if cell.source == "company" else 0.0
        spreads[cell.account] = spreads.get(cell.account, 0.0) + cell.spread * share
    spread = total_spread(spreads.values(), alike)
    low, high = bounds(model + overlay, spread)
    return Sum(model, overlay, low, high, own, with_excess, company)
