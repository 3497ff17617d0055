"""The audit record: an unbroken chain, told where it was touched, and who saw what."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from meterline.answer import Answer, Withheld
from meterline.audit import GENESIS, Audit, record_of
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.receipts import Citation, Entity, Figure, Receipt


def touch(home: Path, statement: str, *, without_guard: str = "") -> None:
    """Changes the store behind the audit's back."""
    engine = create_engine(f"sqlite:///{home / 'state.db'}")
    with engine.begin() as connection:
        if without_guard:
            connection.execute(text(f"DROP TRIGGER {without_guard}"))
        connection.execute(text(statement))
    engine.dispose()


def filled(home: Path, entries: int = 5) -> Audit:
    audit = Audit.in_home(home)
    for n in range(entries):
        audit.append({"question": f"question {n}", "accounts": [f"A{n % 2}"]})
    return audit


def test_the_chain_of_an_untouched_record_holds(tmp_path: Path) -> None:
    audit = Audit.in_home(tmp_path)
    assert (audit.verify().holds, audit.verify().seal) == (True, GENESIS)
    seals = [audit.append({"question": str(n)}) for n in range(4)]
    assert audit.verify() == type(audit.verify())(4, seals[-1], None)


@pytest.mark.parametrize(
    ("statement", "guard", "broken_at"),
    [
        ("UPDATE audit SET record = replace(record, 'question 2', 'question 9') WHERE n = 3", "audit_no_update", 3),
        ("DELETE FROM audit WHERE n = 2", "audit_no_delete", 2),
        ("INSERT INTO audit VALUES (6, '{}', 'made up')", "audit_no_update", 6),
    ],
)
def test_a_touched_record_is_told_at_its_place(tmp_path: Path, statement: str, guard: str, broken_at: int) -> None:
    audit = filled(tmp_path)
    touch(tmp_path, statement, without_guard=guard)
    assert audit.verify().broken_at == broken_at


@pytest.mark.parametrize("statement", ["UPDATE audit SET record = '{}'", "DELETE FROM audit"])
def test_the_store_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    filled(tmp_path)
    with pytest.raises(DBAPIError, match="append-only"):
        touch(tmp_path, statement)


def test_a_cut_end_shows_against_a_seal_noted_down_before(tmp_path: Path) -> None:
    audit = filled(tmp_path)
    noted = audit.verify().seal
    touch(tmp_path, "DELETE FROM audit WHERE n > 3", without_guard="audit_no_delete")
    assert audit.verify().holds
    assert not audit.verify(noted).holds


def test_writers_at_the_same_time_make_one_chain(tmp_path: Path) -> None:
    audits = [Audit.in_home(tmp_path) for _ in range(4)]

    def write(audit: Audit) -> None:
        for n in range(10):
            audit.append({"question": str(n)})

    threads = [threading.Thread(target=write, args=(audit,)) for audit in audits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = audits[0].verify()
    assert (verdict.holds, verdict.entries) == (True, 40)


def test_processes_at_the_same_time_make_one_store_and_one_chain(tmp_path: Path) -> None:
    """The store is not there yet: all of them try to make it."""
    code = (
        "import sys; from pathlib import Path; from meterline.audit import Audit; audit = Audit.in_home(Path(sys.argv[1])); "
        "[audit.append({'question': str(n)}) for n in range(20)]"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    verdict = Audit.in_home(tmp_path).verify()
    assert (verdict.holds, verdict.entries) == (True, 60)


def test_free_sql_hides_no_account_behind_the_name_of_a_column(tmp_path: Path) -> None:
    rows = [["A1", "Best Mills"], ["x", None]]
    sql = "SELECT account_id AS x, account_name AS y FROM account WHERE account_name <> 'O''Hara'"
    receipt = Receipt(id="R1", kind="sql", tool="run_sql", arguments={"sql": sql}, columns=["x", "y"], rows=rows, row_count=2)
    answer = Answer(answer_type="ANSWER", headline="x", text="x", receipts=[receipt])
    names = {"A1": "A1", "A2": "A2", "Best Mills": "A2", "O'Hara": "A3", "A4": "A4"}
    assert record_of("ask", "who?", answer, LOCAL_ADMIN, "S1", accounts=names)["accounts"] == ["A1", "A2", "A3"]


def test_notes_that_were_found_and_not_quoted_are_on_record_too() -> None:
    receipt = Receipt(id="R1", kind="notes", tool="search_notes", columns=["note_id", "account_id"], rows=[["N7", "A1"]], row_count=1)
    answer = Answer(answer_type="ANSWER", headline="x", text="x", receipts=[receipt])
    record = record_of("ask", "who?", answer, LOCAL_ADMIN, "S1", refused=[{"tool": "run_sql", "arguments": {}, "told": "no"}])
    assert (record["notes"], record["accounts"], record["refused"][0]["tool"]) == (["N7"], ["A1"], "run_sql")


def test_who_saw_an_account_is_told_by_figures_filters_quotations_and_receipt_rows(tmp_path: Path) -> None:
    def figure(ident: str, **more: object) -> Figure:
        return Figure.model_validate({"id": ident, "receipt": "R1", "label": "x", "value": 1, "unit": "USD", "display": "$1", **more})

    answer = Answer(
        answer_type="ANSWER",
        headline="x",
        text="x",
        figures=[figure("F1", entity=Entity(type="account", id="A1", name="Acme")), figure("F2", filters={"account": ["A2"]})],
        citations=[Citation(id="C1", source="note", source_id="N1", account_id="A3", quote="q", date=date(2026, 6, 1), side="customer")],
        receipts=[
            Receipt(id="R1", kind="metric", tool="query_metrics", columns=["account", "m01"], rows=[["A4", 1.0], [None, 2.0]], row_count=2)
        ],
        withheld=[Withheld(text="Made up.", reason="no evidence")],
    )
    audit = Audit.in_home(tmp_path)
    audit.append(record_of("ask", "who?", answer, LOCAL_ADMIN, "S1"))
    for account in ("A1", "A2", "A3", "A4"):
        (entry,) = audit.who_saw(account)
        assert (entry["user"], entry["question"], entry["notes"]) == (LOCAL_ADMIN.user_id, "who?", ["N1"])
    assert list(audit.who_saw("A5")) == []
    assert entry["withheld"] == ["Made up."]
    assert entry["tools"][0]["rows"] == 2
