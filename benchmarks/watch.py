"""The daily watch on a company whose moves are known, and how long it takes over many accounts.

    python -m benchmarks.watch FILES...

FILES are folders of the demo company with its truth beside (.truth/truth.json). Prints how many alerts accounts without any
event give in the last 52 weeks, how many of the events are told and how soon, and CPU seconds over 10,000 accounts beside
the same watch over one account at a time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq

from meterline_tools.insight.frames import Array
from meterline_tools.insight.usual import calendar_table, in_use, learn_calendar
from meterline_tools.insight.watch import Alert, find_alerts
from meterline_tools.insight.watch_rules import watch_rules

FLOOR = 500 / 30.4
"""Money a day from which a move is worth telling, as a company has it that sets nothing."""
SETTLE, YEAR = 3, 364
SOON = 45
"""Days after its onset by which an event must have been told."""
MATERIAL = 0.08
"""Share of the account's level from which on an event is material, with the floor in money."""
MANY, ALONE = 10_000, 100


@dataclass(frozen=True)
class Company:
    """Money by account and day, up to the last settled day, and what is true of it."""

    accounts: list[str]
    countries: list[str | None]
    first: date
    usd: Array
    truth: dict[str, Any]


def read_company(folder: Path) -> Company:
    truth = json.loads((folder / ".truth" / "truth.json").read_text(encoding="utf-8"))
    listed = pyarrow.csv.read_csv(folder / "account.csv").to_pydict()
    usage = pq.read_table(folder / "usage_daily.parquet", columns=["account_id", "usage_date", "charge_category", "effective_cost"])
    used = usage.filter(np.asarray(usage["charge_category"].to_pylist(), dtype=object) == "Usage").to_pydict()
    first, last = date.fromisoformat(truth["first_day"]), max(used["usage_date"])
    places = {account: place for place, account in enumerate(listed["account_id"])}
    usd = np.zeros((len(places), (last - first).days + 1))
    at = [places[account] for account in used["account_id"]], [(day - first).days for day in used["usage_date"]]
    np.add.at(usd, at, np.asarray(used["effective_cost"], dtype=float))
    return Company(list(places), listed["country"], first, usd[:, : usd.shape[1] - SETTLE], truth)


def watched(company: Company, days: int) -> list[Alert]:
    rules = watch_rules()
    table = in_use(company.usd, company.usd != 0, rules)
    calendar = calendar_table(learn_calendar(table, company.countries, rules), company.countries)
    return find_alerts(table, calendar, rules, floor=FLOOR, days=days)


def quality(companies: list[Company]) -> list[str]:
    """False alarms a hundred quiet account-weeks, and how many events of each kind were told, and how soon."""
    false, weeks = 0, 0
    delays: dict[str, list[int | None]] = defaultdict(list)
    for company in companies:
        alerts, start = watched(company, YEAR), company.usd.shape[1] - YEAR
        quiet = {company.accounts.index(account) for account in company.truth["quiet_accounts"]}
        false += sum(alert.series in quiet and alert.raised >= start for alert in alerts)
        weeks += len(quiet) * YEAR // 7
        for event in company.truth["events"]:
            kind = _kind(event, company)
            if kind and start <= _onset(event, company) < company.usd.shape[1] - SETTLE:
                delays[kind].append(_told(event, company, alerts))
    lines = [f"Alerts on accounts without any event: {100 * false / weeks:.2f} a hundred account-weeks ({false} in {weeks:,})"]
    for kind, found in sorted(delays.items()):
        soon = [delay for delay in found if delay is not None]
        lines.append(
            f"{kind}: {len(soon)} of {len(found)} told, after {median(soon):.0f} days in the middle"
            if soon
            else f"{kind}: none of {len(found)}"
        )
    return lines


def _onset(event: dict[str, Any], company: Company) -> int:
    return (date.fromisoformat(event["onset"]) - company.first).days


def _kind(event: dict[str, Any], company: Company) -> str | None:
    """What an event is counted as; None for one that is not material."""
    onset, usd = _onset(event, company), abs(event["delta_usd_day"])
    before = company.usd[company.accounts.index(event["account_id"]), max(onset - 56, 0) : onset]
    if usd < FLOOR or (before.size and usd < MATERIAL * float(np.median(before))):
        return None
    seasonal = "Seasons that last year showed (better not told)"
    return {"seasonal": seasonal, "external": "Events of a connector"}.get(event["durability"], "Events of one account")


def _told(event: dict[str, Any], company: Company, alerts: list[Alert]) -> int | None:
    """Days from the event's onset to the first alert of its direction, None when there is none soon."""
    account, onset = company.accounts.index(event["account_id"]), _onset(event, company)
    way = "up" if event["delta_usd_day"] > 0 else "down"
    after = [alert.raised - onset for alert in alerts if alert.series == account and alert.direction == way]
    return min((delay for delay in after if -3 <= delay <= SOON), default=None)


def speed(company: Company) -> str:
    """CPU seconds of today's watch over many accounts at once, and one at a time."""
    rules, random = watch_rules(), np.random.default_rng(0)
    rows = [np.roll(company.usd[n % len(company.accounts)], 7 * int(random.integers(0, 8))) for n in range(MANY)]
    usd = np.stack(rows)[:, -rules.history :] * random.lognormal(0, 1, (MANY, 1))
    ones = np.ones(usd.shape)
    started = time.process_time()
    find_alerts(in_use(usd, usd != 0, rules), ones, rules, floor=FLOOR)
    together = time.process_time() - started
    started = time.process_time()
    for row in range(ALONE):
        own = usd[row : row + 1]
        find_alerts(in_use(own, own != 0, rules), ones[:1], rules, floor=FLOOR)
    alone = (time.process_time() - started) * MANY / ALONE
    slower = f"one account at a time {alone:.0f} s, {alone / together:.1f} times as long"
    return f"Today's watch over {MANY:,} accounts: {together:.1f} CPU s; {slower}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    companies = [read_company(folder) for folder in parser.parse_args().files]
    print("\n".join([*quality(companies), speed(companies[0])]))


if __name__ == "__main__":
    main()
