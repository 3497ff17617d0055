"""forecast: where consumption is heading, with model, overlays and interval told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import MeterlineError, ModelMustRetry, NoData, nearest_hint
from meterline_tools.insight.forecast.landing import Cell, Sum, add_up, cells
from meterline_tools.insight.forecast.outlook import BookOutlook
from meterline_tools.insight.forecast.products import NEW_WIDER, family_shares
from meterline_tools.kit.forecast_data import Brought, read_brought
from meterline_tools.kit.forecast_horizon import Horizon, read_horizon
from meterline_tools.kit.forecast_reply import Line, Reply, forecast_reply
from meterline_tools.kit.forecast_scope import OF_ACCOUNT, UNCREDITED, Scope, read_scope
from meterline_tools.kit.outlooks import book_outlook

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

BREAKDOWNS = ("month", "account", "rep", "territory", "sku_family", *OF_ACCOUNT)
Part = tuple[Cell, float]
_NONE = "none"


def forecast(
    bench: Workbench,
    *,
    account: str = "",
    rep: str = "",
    filters: dict[str, list[str]] | None = None,
    horizon: str = "",
    by: str = "month",
    limit: int = 12,
) -> dict[str, Any]:
    """Forecast of consumption: actual so far, the company's model (Meterline's own where it brought none), people's overlays, interval.

    `total` and each row hold actual, model, overlay, landing (their sum), low and high (80%); `total` also holds Meterline's own
    model without (`own`) and with (`with_excess`) consumption that does not last. `overlays` lists adjustments with reason, use
    case and what is behind them; `track` how good earlier forecasts were (M49); `committed_share` is M35.

    Args:
        account: Account id or name; empty for all accounts in sight.
        rep: Id or name of a rep or manager; accounts are credited as they are today.
        filters: Further dimensions to the values allowed, e.g. {"segment": ["enterprise"], "sku_family": ["Compute"]}.
        horizon: Empty for the fiscal year, else a period with days to come: "this quarter", "next quarter", "December 2026",
            "next 6 months", or "outlook" for this fiscal quarter and the next two. At most a year ahead.
        by: Rows by month, account, rep, territory, sku_family, industry, region, country, segment, motion or plan.
        limit: How many rows; the rest is summed up in `rest`. Months are never cut.
    """
    if not bench.warehouse.has("usage_daily", "effective_cost"):
        raise NoData("no cost loaded, so there is no money to forecast")
    breakdown = bench.catalog.dimension(by).id if by.strip() else "month"
    if breakdown not in BREAKDOWNS:
        raise ModelMustRetry(nearest_hint("breakdown of a forecast", by, BREAKDOWNS))
    before = len(bench.book.figures)
    given = {**(filters or {}), **({"account": [account]} if account.strip() else {}), **({"rep": [rep]} if rep.strip() else {})}
    scope, span = read_scope(bench, given), read_horizon(bench, horizon)
    book, brought = book_outlook(bench), read_brought(bench, span.months)
    work = _Work(bench, scope, span, book, brought)
    lines = work.lines(breakdown, max(1, limit))
    arguments = {"filters": scope.filters, "horizon": str(span.window), "by": breakdown}
    found = Reply(
        scope=scope,
        horizon=span,
        breakdown=breakdown,
        total=work.total(),
        lines=lines,
        accounts=[book.accounts[name] for name in scope.shares if name in book.accounts],
        brought=brought,
        arguments=arguments,
        metrics=_metrics(bench, scope, span, breakdown),
    )
    return forecast_reply(bench, found, before)


@dataclass(frozen=True)
class _Work:
    """One forecast being put together."""

    bench: Workbench
    scope: Scope
    span: Horizon
    book: BookOutlook
    brought: Brought | None

    @cached_property
    def parts(self) -> list[Part]:
        """Every cell in scope with the share of it that counts; filtered to families when those are asked for."""
        models, overlays = (self.brought.models, self.brought.overlays) if self.brought else ({}, [])
        visible = {name: outlook for name, outlook in self.book.accounts.items() if name in self.scope.shares}
        every = cells(visible, models, overlays, self.span.months, self.bench.asof.d1)
        counted = [(cell, self.scope.shares[cell.account]) for cell in every if cell.account in self.scope.shares]
        if not self.scope.families:
            return counted
        return [(c, s * sum(self._mix(c.account, c.month).get(f, 0.0) for f in self.scope.families)) for c, s in counted]

    def _mix(self, account: str, month: date) -> dict[str, float]:
        return family_shares(self.book.mix.get(account, {}), self.book.trends, month)

    def total(self) -> Sum:
        return add_up(self.parts, self.book.alike)

    def lines(self, breakdown: str, limit: int) -> list[Line]:
        """A line for each value of the breakdown; what the limit cuts off stands together in a last line without a key."""
        groups: dict[str, list[Part]] = {}
        for key, part in self._keyed(breakdown):
            groups.setdefault(key, []).append(part)
        summed = {key: add_up(parts, self.book.alike) for key, parts in groups.items()}
        if breakdown == "month":
            return [Line(key, summed[key]) for key in sorted(summed)]
        order = sorted(summed, key=lambda key: (-summed[key].total, key))
        shown = [Line(key, summed[key]) for key in order[:limit]]
        if order[limit:]:
            rest = add_up((part for key in order[limit:] for part in groups[key]), self.book.alike)
            shown.append(Line(None, rest, tuple(order[limit:])))
        return shown

    def _keyed(self, breakdown: str) -> Iterable[tuple[str, Part]]:
        makers: dict[str, Callable[[Cell, float], Iterable[tuple[str, Part]]]] = {
            "month": lambda c, s: [(c.month.isoformat(), (c, s))],
            "account": lambda c, s: [(c.account, (c, s))],
            "rep": self._by_rep,
            "territory": self._by_territory,
            "sku_family": self._by_family,
        }
        make = makers.get(breakdown) or (lambda c, s: [(self.scope.attributes[c.account][breakdown] or _NONE, (c, s))])
        for cell, share in self.parts:
            yield from make(cell, share)

    def _by_rep(self, cell: Cell, share: float) -> Iterable[tuple[str, Part]]:
        """Each credited person's part; of an account asked for by person only that person's."""
        held = self.scope.credit.get(cell.account, {})
        whole = self.scope.shares[cell.account]
        of_family = share / whole if whole else 0.0
        wanted = self.scope.wanted
        for person, part in held.items():
            if wanted is None or person in wanted:
                yield person, (cell, part * of_family)
        if wanted is None and (left := 1.0 - sum(held.values())) > 1e-9:
            yield UNCREDITED, (cell, left * of_family)

    def _by_territory(self, cell: Cell, share: float) -> Iterable[tuple[str, Part]]:
        for person, part in self._by_rep(cell, share):
            yield (UNCREDITED if person == UNCREDITED else self.scope.territories.get(person) or _NONE), part

    def _by_family(self, cell: Cell, share: float) -> Iterable[tuple[str, Part]]:
        mix = self._mix(cell.account, cell.month)
        if not mix:
            yield _NONE, (cell, share)
        for family, part in mix.items():
            if not self.scope.families or family in self.scope.families:
                wider = replace(cell, spread=cell.spread * NEW_WIDER) if family in self.book.new_families else cell
                yield family, (wider, part * self.scope.shares[cell.account])


def _metrics(bench: Workbench, scope: Scope, span: Horizon, breakdown: str) -> dict[str, dict[str, Any]]:
    """Replies of governed metrics that stand beside a forecast: what was consumed, what is committed, how good forecasts were."""
    from meterline_tools.kit import TOOLS

    asked: dict[str, dict[str, Any]] = {"committed": {"metrics": ["M35"]}, "track": {"metrics": ["M49"]}}
    if span.elapsed:
        window = f"{span.elapsed.start}..{span.elapsed.end}"
        asked["actual"] = {"metrics": ["M01"], "window": window, "group_by": [breakdown]}
    found = {}
    for name, query in asked.items():
        try:
            found[name] = TOOLS["query_metrics"](bench, filters=scope.filters, **query)
        except MeterlineError as problem:  # beside the forecast, none of these is worth losing it for
            found[name] = {"not_available": [{"metric": query["metrics"][0], "reason": str(problem)}], "figures": {}, "rows": []}
    return found
