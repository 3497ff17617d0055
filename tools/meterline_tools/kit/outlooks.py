"""Meterline's own forecast of the whole company: made once for a snapshot and a time of knowledge, and kept.

It is kept in memory and as a JSON file under HOME/forecast/, a cache that may be deleted at any time. Its name holds the
snapshot, the time of knowledge and the version of the model, so it can be outdated in no way; it is written under another
name and moved into place. It covers all accounts: what an asker may see is cut out of it when it is read. Accounts whose
causes were confirmed or rejected here since are forecast anew, and kept in memory only.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.forecast.outlook import MODEL_VERSION, AccountOutlook, BookOutlook

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

FOLDER = "forecast"
_IN_MEMORY, _ON_DISK = 4, 12
_kept: OrderedDict[tuple[str, str], BookOutlook] = OrderedDict()
_lock = threading.Lock()


def book_outlook(bench: Workbench) -> BookOutlook:
    """The forecast of all accounts at the bench's time of knowledge."""
    name = _name(bench)
    database = bench.warehouse.engine.url.database or ""
    key = (database if database not in ("", ":memory:") else str(id(bench.warehouse)), name)
    own = bench.views.own.get("usage_annotation", ())
    with _lock:  # whoever comes second waits for the first instead of doing the same work
        book = _keep(key, lambda: _from_disk(database, name) or _made(bench, database, name))
        return _keep((key[0], f"{name} {_digest(own)}"), lambda: _anew(bench, book)) if own else book


def _keep(key: tuple[str, str], make: Callable[[], BookOutlook]) -> BookOutlook:
    if key not in _kept:
        _kept[key] = make()
    _kept.move_to_end(key)
    while len(_kept) > _IN_MEMORY:
        _kept.popitem(last=False)
    return _kept[key]


def _digest(rows: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(repr([sorted(row.items()) for row in rows]).encode()).hexdigest()


def _name(bench: Workbench) -> str:
    moment = bench.asof.known_at.strftime("%Y%m%dT%H%M%S%f")
    return f"{bench.warehouse.snapshot_id}-{moment}-{bench.asof.d1:%Y%m%d}-v{MODEL_VERSION}.json"


def _made(bench: Workbench, database: str, name: str) -> BookOutlook:
    from meterline_tools.kit.outlook_data import make_outlook

    book = make_outlook(bench)
    folder = _folder(database)
    if folder is not None:
        with suppress(OSError):  # a home that cannot be written to works, only slower
            _write(folder, name, book)
    return book


def _anew(bench: Workbench, book: BookOutlook) -> BookOutlook:
    from meterline_tools.kit.outlook_data import with_own_causes

    return with_own_causes(bench, book)


def _folder(database: str) -> Path | None:
    """HOME/forecast of a snapshot at HOME/warehouse/<id>.duckdb; None for data that are in no file."""
    path = Path(database)
    return path.parent.parent / FOLDER if database and path.is_file() else None


def _write(folder: Path, name: str, book: BookOutlook) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".{name}.{os.getpid()}"
    staged.write_text(json.dumps(_plain(asdict(book)), separators=(",", ":")), encoding="utf-8")
    staged.replace(folder / name)
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_ON_DISK:]:
        path.unlink(missing_ok=True)


def _from_disk(database: str, name: str) -> BookOutlook | None:
    """The kept forecast; None when there is none, or what is there cannot be read."""
    folder = _folder(database)
    if folder is None:
        return None
    try:
        return _read(json.loads((folder / name).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(value: Any) -> Any:
    """Dates as keys become text."""
    if isinstance(value, dict):
        return {key.isoformat() if isinstance(key, date) else key: _plain(item) for key, item in value.items()}
    return value


def _read(raw: dict[str, Any]) -> BookOutlook:
    accounts = {name: _account(entry) for name, entry in raw["accounts"].items()}
    trends = {family: _months(months) for family, months in raw["trends"].items()}
    return BookOutlook(accounts, float(raw["alike"]), raw["mix"], trends, tuple(raw["new_families"]))


def _account(raw: dict[str, Any]) -> AccountOutlook:
    months = {name: _months(raw[name]) for name in ("mean", "spread", "with_excess")}
    return AccountOutlook(**{**raw, **months, "cohort": tuple(raw["cohort"])})


def _months(raw: dict[str, float]) -> dict[date, float]:
    return {date.fromisoformat(month): float(value) for month, value in raw.items()}
