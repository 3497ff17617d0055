"""Self-serve accounts that sales should call (M51): the rule, the clause that fired, and since when it has held.

The rule is company configuration. It is judged on every day of the last weeks, so that the clock of the follow-up
starts on the first day of the present spell; whoever was spoken with since then is no longer waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, FromClause, and_, case, func, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.holders import with_holder
from meterline_tools.catalog.calendar import trailing
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.company import Company
    from meterline_tools.warehouse.engines import Rows

DAYS = 28
CLOCK = 60
"""How many days back the clock can have started."""
SELF_SERVE = "self_serve"
Row = dict[str, Any]


def build_growth_led(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One row for each day of accounts that meet the rule today, with their last human touch."""
    request = requests[0]
    end, accounts = request.window.end, context.alias("account", "qualified")
    daily = named_view(_daily(context, request), "daily", "net consumption and most active users of each self-serve account and day")
    meets = named_view(_meets(context, daily, end), "meets", "accounts that meet the rule on the last day")
    rows: Any = accounts.join(meets, meets.c.account_id == accounts.c.account_id).join(daily, daily.c.account_id == accounts.c.account_id)
    columns: dict[str, Column] = {"account": accounts.c.account_id}
    if context.by_people:
        rows, columns["rep"], _ = with_holder(context, rows, accounts.c.account_id, end)
    extra: dict[str, Column] = {"account_id": accounts.c.account_id, **{n: daily.c[n] for n in ("usage_date", "usd", "users")}}
    where: list[Any] = []
    if context.warehouse.has("use_case"):
        cases = context.views.table("use_case")
        where.append(accounts.c.account_id.not_in(select(cases.c.account_id).where(cases.c.stage.not_in(("live", "lost")))))
    if context.warehouse.has("account", "domain"):
        where.append(_business(accounts, request.metric.params["free_mail"]))
    if context.warehouse.has("activity"):
        touched = _touched(context)
        rows = rows.outerjoin(touched, touched.c.account_id == accounts.c.account_id)
        extra["last_touch"] = touched.c.last_touch
    told = f"M51 {request.metric.definition.rstrip('.')}, as of {end}; one row an account and day"
    statement = detail_select(context, Fact(context, rows, columns, window=request.window), extra, where, told)
    plan = Plan(statement, outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda found: _finish(context, end, found)
    plan.notes = _unchecked(context)
    return [plan]


def _unchecked(context: Context) -> list[str]:
    """What the rule could not look at for want of a table."""
    tests = {
        "no use cases are loaded, so none could be excluded": context.warehouse.has("use_case"),
        "no activities are loaded, so nobody can tell who was spoken with since": context.warehouse.has("activity"),
        "no domains are loaded, so private addresses could not be left out": context.warehouse.has("account", "domain"),
        "no active users are loaded, so only the consumption clause was checked": context.warehouse.has("usage_daily", "active_users"),
    }
    return [text for text, held in tests.items() if not held]


def _daily(context: Context, request: Request) -> AnySelect:
    """The most active users of any one row is the least there can be on a day; users of several rows may be the same people."""
    usage, accounts = context.views.usage(), context.alias("account", "qualified")
    window = trailing(request.window.end, CLOCK + 2 * DAYS)
    return (
        select(
            usage.c.account_id,
            usage.c.usage_date,
            func.coalesce(func.sum(usage.c.effective_cost), 0.0).label("usd"),
            func.max(usage.c.active_users).label("users"),
        )
        .select_from(usage.join(accounts, accounts.c.account_id == usage.c.account_id))
        .where(accounts.c.motion == SELF_SERVE, within(usage.c.usage_date, window))
        .group_by(usage.c.account_id, usage.c.usage_date)
    )


def _meets(context: Context, daily: CTE, end: date) -> AnySelect:
    company = context.company
    now, before = trailing(end, DAYS), trailing(end - timedelta(days=DAYS), DAYS)
    used = func.sum(case((within(daily.c.usage_date, now), daily.c.usd), else_=0.0))
    earlier = func.sum(case((within(daily.c.usage_date, before), daily.c.usd), else_=0.0))
    users = func.max(case((within(daily.c.usage_date, now), daily.c.users)))
    big_enough = or_(used >= company.pql_min_usd, users >= company.pql_min_users)
    return select(daily.c.account_id).group_by(daily.c.account_id).having(and_(used > 0, big_enough, used >= earlier * company.pql_growth))


def _business(accounts: FromClause, free_mail: list[str]) -> Column:
    """Not at a provider of private mailboxes; a domain that is not recorded excludes nobody."""
    domain = func.lower(accounts.c.domain)
    return or_(domain.is_(None), domain.not_in(free_mail))


def _touched(context: Context) -> CTE:
    done = context.views.table("activity")
    human = [done.c.activity_type.not_in(["internal", "in_product"]), done.c.account_id.is_not(None)]
    statement = select(done.c.account_id, func.max(done.c.occurred_at).label("last_touch")).where(*human).group_by(done.c.account_id)
    return named_view(statement, "touched", "when somebody of ours last spoke with the account")


def _finish(context: Context, end: date, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    company = context.company

    def measure(group: Group) -> Row:
        accounts: dict[str, list[Row]] = {}
        for row in {(r["account_id"], r["usage_date"]): r for r in group.rows}.values():
            accounts.setdefault(row["account_id"], []).append(row)
        states = [Standing(days, company, end) for days in accounts.values()]
        waiting = [state for state in states if not state.touched]
        single = states[0] if len(states) == 1 else None
        return {
            "m51": len(waiting),
            "m51_late": sum(state.age > company.pql_sla_days for state in waiting),
            "m51_met": len(states),
            "m51_touched": len(states) - len(waiting),
            "m51_usd": sum(state.usd for state in states),
            "m51_clause": single.clause if single else None,
            "m51_users": single.users if single else None,
            "m51_since": single.since if single else None,
            "m51_age": single.age if single else None,
        }

    return grouped_rows(context, rows, measure)


class Standing:
    """Where one account stands by the rule on a day, from its days of use."""

    def __init__(self, days: Sequence[Row], company: Company, end: date) -> None:
        self._usd = {row["usage_date"]: float(row["usd"]) for row in days}
        self._users = {row["usage_date"]: row["users"] or 0 for row in days}
        self._company = company
        self.usd = self._sum(end)
        self.users = self._most_users(end)
        self.since = next(
            (end - timedelta(days=n - 1) for n in range(1, CLOCK + 1) if not self._meets(end - timedelta(days=n))),
            end - timedelta(days=CLOCK),
        )
        self.age = (end - self.since).days
        touch = days[0].get("last_touch")
        self.touched = touch is not None and touch.date() >= self.since

    @property
    def clause(self) -> str:
        """Which clause of the rule fired, in words."""
        fired = ["consumption"] if self.usd >= self._company.pql_min_usd else []
        return " and ".join([*fired, *(["users"] if self.users >= self._company.pql_min_users else [])])

    def _sum(self, day: date) -> float:
        return sum(self._usd.get(day - timedelta(days=n), 0.0) for n in range(DAYS))

    def _most_users(self, day: date) -> int:
        return max(self._users.get(day - timedelta(days=n), 0) for n in range(DAYS))

    def _meets(self, day: date) -> bool:
        used, earlier = self._sum(day), self._sum(day - timedelta(days=DAYS))
        big_enough = used >= self._company.pql_min_usd or self._most_users(day) >= self._company.pql_min_users
        return used > 0 and big_enough and used >= earlier * self._company.pql_growth
