"""Who asked what, and what they were shown: an append-only record, each entry sealed with the hash of the one before.

An entry is written before its answer leaves. Nothing here is read by the analyst; it is for whoever has to show afterwards
what was said, from which statements, and who saw an account. Changing or removing an entry breaks the chain at that place;
cutting off the end shows against a seal that was noted down elsewhere (`meterline audit verify --seal`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import DDL, Column, Connection, Integer, MetaData, Table, Text, event, insert, select
from sqlalchemy.exc import IntegrityError

from meterline.answer import Answer, Withheld
from meterline.state import StateStore, now
from meterline_tools.errors import Unavailable
from meterline_tools.principal import Principal
from meterline_tools.receipts import Citation, Figure, Receipt

GENESIS = "0" * 64
ATTEMPTS = 50
FREE_SQL = "run_sql"
_ACCOUNT_COLUMNS = ("account", "account_id", "k_account")
_WRITTEN = re.compile(r"'((?:[^']|'')*)'")
"""A text in a statement."""
_METADATA = MetaData()
ENTRY = Table(
    "audit",
    _METADATA,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("record", Text, nullable=False),
    Column("seal", Text, nullable=False, unique=True),
)
_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
for _what in ("UPDATE", "DELETE"):
    _trigger: Any = DDL(f"CREATE TRIGGER IF NOT EXISTS audit_no_{_what.lower()} BEFORE {_what} ON audit {_REFUSED}")  # type: ignore[no-untyped-call]
    event.listen(ENTRY, "after_create", _trigger.execute_if(dialect="sqlite"))


@dataclass(frozen=True)
class Verdict:
    """Whether the chain holds: how many entries, the seal of the last one, and the first entry that is not as it was written."""

    entries: int
    seal: str
    broken_at: int | None

    @property
    def holds(self) -> bool:
        return self.broken_at is None


class Audit(StateStore):
    """The record of one workspace."""

    tables = _METADATA

    def append(self, record: dict[str, Any], beside: Callable[[Connection], None] | None = None) -> str:
        """Adds an entry and returns its seal. When another writer took the next number first, the one after it is taken.

        What `beside` writes is written in the same transaction: either both are there or neither.

        Raises:
            Unavailable: the record cannot be written; an answer that is not on record does not leave.
        """
        for _ in range(ATTEMPTS):
            with suppress(IntegrityError):
                return self._append(record, beside)
        raise Unavailable("The audit record is busy: too many answers at the same time. Try again in a moment.")

    def _append(self, record: dict[str, Any], beside: Callable[[Connection], None] | None) -> str:
        with self._engine.begin() as connection:
            last = connection.execute(select(ENTRY.c.n, ENTRY.c.seal).order_by(ENTRY.c.n.desc()).limit(1)).one_or_none()
            n, before = (last.n + 1, last.seal) if last else (1, GENESIS)
            written = json.dumps({"at": now().isoformat(), **record}, ensure_ascii=False, sort_keys=True, default=str)
            seal = _seal(before, n, written)
            connection.execute(insert(ENTRY).values(n=n, record=written, seal=seal))
            if beside is not None:
                beside(connection)
        return seal

    def verify(self, seal: str = "") -> Verdict:
        """Walks the chain from its beginning. With the seal of an earlier day, it must still be part of the chain."""
        before, count, seen = GENESIS, 0, not seal
        with self._engine.connect() as connection:
            for row in connection.execute(select(ENTRY).order_by(ENTRY.c.n)):
                count += 1
                if row.n != count or row.seal != _seal(before, row.n, row.record):
                    return Verdict(count, before, count)
                before = row.seal
                seen = seen or row.seal == seal
        return Verdict(count, before, None if seen else count + 1)

    def who_saw(self, account_id: str) -> Iterator[dict[str, Any]]:
        """Entries whose answers held anything about an account, oldest first: at, user, role, question, kind."""
        with self._engine.connect() as connection:
            for written in connection.scalars(select(ENTRY.c.record).order_by(ENTRY.c.n)):
                record = json.loads(written)
                if account_id in record.get("accounts", ()):
                    yield record


class Shown(Protocol):
    """What was shown to somebody: an answer, or a brief."""

    @property
    def figures(self) -> list[Figure]: ...
    @property
    def citations(self) -> list[Citation]: ...
    @property
    def receipts(self) -> list[Receipt]: ...
    @property
    def withheld(self) -> list[Withheld]: ...
    @property
    def known_at(self) -> datetime | None: ...
    def model_dump_json(self) -> str: ...


def record_of(
    kind: str,
    asked: str,
    shown: Shown,
    principal: Principal,
    snapshot: str,
    *,
    refused: Sequence[dict[str, Any]] = (),
    accounts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is kept: who, what was asked, the tools with statements and row counts, what was seen and withheld, the cost.

    `refused` are calls of tools that came to nothing, such as a statement that would have written. `accounts` are ids and names
    of accounts with their ids, by which free SQL is searched: its columns may have any name.
    """
    return {
        "kind": kind,
        "user": principal.user_id,
        "role": principal.role,
        "question": asked,
        "snapshot": snapshot,
        "known_at": shown.known_at,
        "tools": [_call(receipt) for receipt in shown.receipts],
        "refused": list(refused),
        "notes": sorted(_notes_seen(shown)),
        "accounts": sorted(accounts_seen(shown.figures, shown.citations, shown.receipts) | _in_free_sql(shown.receipts, accounts or {})),
        "withheld": [w.text for w in shown.withheld],
        "digest": "sha256:" + hashlib.sha256(shown.model_dump_json().encode("utf-8", "replace")).hexdigest(),
        **(_of_answer(shown) if isinstance(shown, Answer) else {}),
    }


def _of_answer(answer: Answer) -> dict[str, Any]:
    return {
        "thread": answer.thread_id,
        "model": answer.model,
        "prompt": answer.prompt_fingerprint,
        "answer_type": answer.answer_type,
        "usage": answer.usage.model_dump(),
    }


def accounts_seen(figures: list[Figure], citations: list[Citation], receipts: list[Receipt]) -> set[str]:
    """Ids of all accounts that the figures, quotations or receipt rows of an answer are about."""
    seen = {f.entity.id for f in figures if f.entity and f.entity.type == "account"}
    seen |= {account for f in figures for account in f.filters.get("account", ())}
    seen |= {c.account_id for c in citations if c.account_id}
    for receipt in receipts:
        places = [at for at, name in enumerate(receipt.columns) if name.lower() in _ACCOUNT_COLUMNS]
        seen |= {str(row[at]) for row in receipt.rows for at in places if row[at]}
    return seen


def _in_free_sql(receipts: list[Receipt], accounts: Mapping[str, str]) -> set[str]:
    """Accounts that stand in the rows of free SQL, or that its statement asks about."""
    free = [receipt for receipt in receipts if receipt.tool == FREE_SQL]
    texts = {cell for receipt in free for row in receipt.rows for cell in row if isinstance(cell, str)}
    texts |= {text.replace("''", "'") for receipt in free for text in _WRITTEN.findall(str(receipt.arguments.get("sql", "")))}
    return {accounts[text] for text in texts if text in accounts}


def _notes_seen(shown: Shown) -> set[str]:
    """Ids of the notes that were quoted, or found and left unquoted: their words went out with the receipts."""
    quoted = {c.source_id for c in shown.citations if c.source == "note"}
    found = ((r, r.columns.index("note_id")) for r in shown.receipts if "note_id" in r.columns)
    return quoted | {str(row[at]) for receipt, at in found for row in receipt.rows if row[at]}


def _call(receipt: Receipt) -> dict[str, Any]:
    return {
        "tool": receipt.tool,
        "arguments": receipt.arguments,
        "sql": receipt.sql,
        "params": receipt.params,
        "rows": receipt.row_count,
        "digest": receipt.digest,
    }


def _seal(before: str, n: int, written: str) -> str:
    return hashlib.sha256(f"{before}\n{n}\n{written}".encode("utf-8", "surrogatepass")).hexdigest()
