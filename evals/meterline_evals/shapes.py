"""Companies of another shape than the demo company, to ask questions that name nobody in particular.

`renamed` is a demo company with other people, customers, products and industries, in pounds, with a fiscal year from
July, and without notes, tickets, price lists and ledger. `minimum` has the three required tables and nothing else:
euros, fiscal year from April, fourteen months of usage.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from meterline_evals.company import CompanyFiles
from meterline_tools.demo import generate

SHAPES = ("demo", "renamed", "minimum")
_LAST_DAY, _DAYS = date(2026, 6, 14), 425
_FAMILY_COLUMNS = (("sku", "sku_family"), ("quota", "sku_family"), ("enablement_event", "sku_family"), ("use_case", "primary_sku_family"))


def write_shape(shape: str, folder: Path, *, seed: int, accounts: int, days: int) -> None:
    """Writes the files of a company of that shape, the same for the same seed; `accounts` and `days` size the renamed one."""
    names = yaml.safe_load((Path(__file__).parent / "shapes.yaml").read_text(encoding="utf-8"))[shape]
    folder.mkdir(parents=True)
    if shape == "minimum":
        _minimum(folder, seed, names)
    else:
        _renamed(folder, seed, accounts, days, names)


def _renamed(folder: Path, seed: int, accounts: int, days: int, names: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "demo"
        generate(source, seed=seed, accounts=accounts, days=days)
        files = CompanyFiles(source)
        (folder / "company.yaml").write_text(
            f"name: Tessel\ncurrency: GBP\nfiscal_year_start_month: 7\nas_of: {files.known_at.isoformat()}\nsettle_lag_days: 3\n",
            encoding="utf-8",
        )
        chance = random.Random(seed)
        _rename_people(files.connection, chance, names)
        _rename_accounts(files.connection, chance, names)
        _rename_products(files.connection, names)
        for table in sorted(files.brought - set(names["without"])):
            files.connection.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet)")
        files.connection.close()


def _rename_people(connection: duckdb.DuckDBPyConnection, chance: random.Random, names: dict[str, Any]) -> None:
    lasts = chance.sample(names["last_names"], len(names["last_names"]))
    ids = [row[0] for row in connection.execute("SELECT rep_id FROM rep ORDER BY 1").fetchall()]
    for rep_id, first, last in zip(ids, names["first_names"], lasts, strict=False):
        connection.execute(
            "UPDATE rep SET full_name = ?, email = ?, preferred_name = NULL, aliases = NULL WHERE rep_id = ?",
            [f"{first} {last}", f"{first.lower()}@tessel.example", rep_id],
        )


def _rename_accounts(connection: duckdb.DuckDBPyConnection, chance: random.Random, names: dict[str, Any]) -> None:
    firms = [stem + ending for stem in names["stems"] for ending in names["endings"]]
    chance.shuffle(firms)
    ids = [row[0] for row in connection.execute("SELECT account_id FROM account ORDER BY 1").fetchall()]
    for account_id, firm in zip(ids, firms, strict=False):
        name = f"{firm} {chance.choice(names['trades'])}"
        connection.execute("UPDATE account SET account_name = ?, aliases = NULL, domain = NULL WHERE account_id = ?", [name, account_id])
    for old, new in names["industries"].items():
        connection.execute("UPDATE account SET industry = ? WHERE industry = ?", [new, old])
    connection.execute("UPDATE contract SET currency = 'GBP'")


def _rename_products(connection: duckdb.DuckDBPyConnection, names: dict[str, Any]) -> None:
    for sku_id, (other, name, family) in names["products"].items():
        old = connection.execute("SELECT sku_family, sku_name FROM sku WHERE sku_id = ?", [sku_id]).fetchone()
        if old is None:
            continue
        connection.execute("UPDATE sku SET sku_id = ?, sku_name = ? WHERE sku_id = ?", [other, name, sku_id])
        connection.execute("UPDATE usage_daily SET sku_id = ? WHERE sku_id = ?", [other, sku_id])
        connection.execute("UPDATE enablement_event SET program = replace(program, ?, ?) WHERE program IS NOT NULL", [old[1], name])
        for table, column in _FAMILY_COLUMNS:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [family, old[0]])


def _minimum(folder: Path, seed: int, names: dict[str, Any]) -> None:
    chance = random.Random(seed)
    (folder / "company.yaml").write_text("name: Kvarn\ncurrency: EUR\nfiscal_year_start_month: 4\n", encoding="utf-8")
    _csv(folder / "rep.csv", ["rep_id", "full_name", "email", "role", "manager_rep_id"], names["people"])
    _csv(folder / "account.csv", ["account_id", "account_name", "owner_rep_id", "industry", "country"], names["customers"])
    days = [_LAST_DAY - timedelta(days=n) for n in reversed(range(_DAYS))]
    usage = [row for customer in names["customers"] for row in _usage(customer[0], days, chance)]
    _csv(folder / "usage_daily.csv", ["usage_date", "account_id", "effective_cost", "ingested_at"], usage)


def _usage(account_id: str, days: Sequence[date], chance: random.Random) -> Iterable[tuple[Any, ...]]:
    """A level with a trend, quieter weekends and a little chance."""
    level, trend = chance.uniform(40, 900), chance.uniform(-0.4, 0.9)
    for number, day in enumerate(days):
        weekly = 1.0 if day.weekday() < 5 else 0.6
        amount = level * (1 + trend * number / len(days)) * weekly * chance.uniform(0.95, 1.05)
        yield day, account_id, round(amount, 4), f"{day + timedelta(days=1)} 06:00:00"


def _csv(path: Path, header: list[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)
