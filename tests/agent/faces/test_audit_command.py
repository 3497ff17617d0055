"""The audit at the command line: what was asked is on record, touched records are told, and who saw an account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from meterline.answer import Question
from meterline.desk import Desk
from meterline.faces.cli import main
from meterline.settings import Settings
from tests.companies import SmallCompany, load_folder


def meterline(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_an_answer_and_a_brief_are_on_record_before_anybody_reads_them(
    small_company: SmallCompany, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = load_folder(small_company.folder, tmp_path / "home")
    with_home = ["--home", str(home)]
    desk = Desk.open(Settings(home=home))
    desk.ask(Question(text="How much did Zamek Ceramics use in May 2026?"))
    desk.ask(Question(text="How much did Ferme du Lac use in May 2026?", asker="V2"))
    desk.brief("Zamek Ceramics", asker="V3")
    desk.close()
    code, out, _ = meterline(capsys, "audit", "verify", *with_home)
    assert (code, "The record holds: 3 entries." in out) == (0, True)
    seen = json.loads(meterline(capsys, "audit", "who-saw", "zamek ceramics", "--json", *with_home)[1])
    assert [(entry["kind"], entry["user"]) for entry in seen["entries"]] == [("ask", "local"), ("brief", "V3")]
    assert seen["entries"][0]["tools"][0]["sql"]
    assert "2 answers" in meterline(capsys, "audit", "who-saw", "K-300", *with_home)[1]
    assert meterline(capsys, "audit", "who-saw", "Nobody Ltd", *with_home)[0] == 2
    _touch(home)
    code, out, _ = meterline(capsys, "audit", "verify", *with_home)
    assert (code, "entry 2 is not as it was written" in out) == (1, True)


def _touch(home: Path) -> None:
    engine = create_engine(f"sqlite:///{home / 'state.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET record = '{}' WHERE n = 2"))
    engine.dispose()
