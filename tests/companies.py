"""Companies to test with: the demo company, and one that shares nothing with it."""

from __future__ import annotations

import csv
import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path


@dataclass(frozen=True)
class DemoCompany:
    """A loaded demo company: its files and its workspace."""

    files: Path
    home: Path
    seed: int


@dataclass(frozen=True)
class SmallCompany:
    """Files of a company with reps, accounts and usage and nothing else.

    Each account uses `daily[account_id]` euros on each weekday and half of it on Saturdays and Sundays,
    from `first` to `last`, so that any sum can be worked out by hand.
    """

    folder: Path
    first: date
    last: date
    daily: dict[str, int]

    def usd(self, account_id: str, start: date, end: date) -> float:
        """What the account used from `start` to `end`, both inclusive."""
        days = (end - start).days + 1
        return sum(self.daily[account_id] * (1.0 if (start + timedelta(days=n)).weekday() < 5 else 0.5) for n in range(days))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one worker at a time builds in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build_demo_company(folder: Path, *, seed: int, accounts: int, days: int) -> DemoCompany:
    """Generates and loads a demo company, once however many workers ask for it."""
    company = DemoCompany(files=folder / "files", home=folder / "home", seed=seed)
    done = folder / ".done"
    with _alone(folder):
        if not done.exists():
            from meterline.desk import Desk
            from meterline.settings import Settings

            Desk.open(Settings(home=company.home)).demo(seed=seed, accounts=accounts, days=days, out=company.files, progress=None)
            done.touch()
    return company


def load_folder(folder: Path, home: Path) -> Path:
    """Loads a folder of tables into a new workspace, which it returns."""
    from meterline.desk import Desk
    from meterline.settings import Settings

    Desk.open(Settings(home=home)).load([folder], mapping=None, dry_run=False, overrides={}, progress=None)
    return home


def one_account(root: Path, spent: Mapping[str, Callable[[date], float]], first: date, days: int) -> Path:
    """The workspace of a company with one account, Quarry Works: euros a workload and day as the functions give them."""
    folder = root / "files"
    folder.mkdir()
    (folder / "company.yaml").write_text("name: Plainfield\ncurrency: EUR\n", encoding="utf-8")
    (folder / "rep.csv").write_text("rep_id,full_name,role\nR1,Ada Moss,core\n", encoding="utf-8")
    (folder / "account.csv").write_text("account_id,account_name,owner_rep_id\nK1,Quarry Works,R1\n", encoding="utf-8")
    lines = ["usage_date,account_id,sku_id,workload_id,effective_cost,ingested_at"]
    for day in (first + timedelta(days=n) for n in range(days)):
        seen = f"{day + timedelta(days=1)} 05:00:00"
        lines += [f"{day},K1,compute,{workload},{usd(day):.2f},{seen}" for workload, usd in spent.items()]
    (folder / "usage_daily.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_folder(folder, root / "home")


_REPS = [
    ("V1", "Ines Duarte", "ines@vitrolux.example", "director", ""),
    ("V2", "Pål Ødegård", "paal@vitrolux.example", "account executive", "V1"),
    ("V3", "Joanna Szczepańska", "joanna@vitrolux.example", "account executive", "V1"),
]
_ACCOUNTS = [
    ("K-100", "Kölner Lichtwerke", "V2", "glass", "DE", 400),
    ("K-200", "Ferme du Lac", "V2", "farming", "FR", 60),
    ("K-300", "Zamek Ceramics", "V3", "ceramics", "PL", 900),
    ("K-400", "Sørensen & Søn", "V3", "glass", "DK", 150),
]
_SKUS = ("lx-42/β", "scan.unit")


def write_small_company(folder: Path) -> SmallCompany:
    """Vitrolux: euros, fiscal year from April, two odd SKUs in equal parts, 1 Nov 2025 to 14 Jun 2026."""
    folder.mkdir(parents=True)
    (folder / "company.yaml").write_text("name: Vitrolux\ncurrency: EUR\nfiscal_year_start_month: 4\n", encoding="utf-8")
    _write(folder / "rep.csv", ["rep_id", "full_name", "email", "role", "manager_rep_id"], _REPS)
    _write(
        folder / "account.csv",
        ["account_id", "account_name", "owner_rep_id", "industry", "country"],
        [account[:5] for account in _ACCOUNTS],
    )
    company = SmallCompany(folder, date(2025, 11, 1), date(2026, 6, 14), {account[0]: account[5] for account in _ACCOUNTS})
    days = [company.first + timedelta(days=n) for n in range((company.last - company.first).days + 1)]
    rows = [
        (day, account_id, sku, company.usd(account_id, day, day) / 2, f"{day + timedelta(days=1)} 06:00:00")
        for day in days
        for account_id in company.daily
        for sku in _SKUS
    ]
    _write(folder / "usage_daily.csv", ["usage_date", "account_id", "sku_id", "effective_cost", "ingested_at"], rows)
    return company


def _write(path: Path, header: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)
