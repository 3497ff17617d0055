"""Lines that a mail program broke are one line again, and what people set in lines stays so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.loading.wrapped import unwrapped
from meterline_tools.warehouse.schema import note
from tests.tools.warehouse.tiny import write_three_tables

BROKEN = """Hi Jo,

as agreed on the phone: the new sheet is good from the first of April, and we
pay a fifth less per minute across the board. You get three years of
Reference visits from us in return, and the traffic will stay as it has been.
Trucks do not drive more because you are cheaper.

Regards
Ben"""
WHOLE = """Hi Jo,

as agreed on the phone: the new sheet is good from the first of April, and we pay a fifth less per minute across the board. \
You get three years of Reference visits from us in return, and the traffic will stay as it has been.
Trucks do not drive more because you are cheaper.

Regards
Ben"""


def test_a_sentence_that_the_margin_broke_is_whole_and_every_letter_keeps_its_place() -> None:
    assert unwrapped(BROKEN) == WHOLE
    assert len(unwrapped(BROKEN)) == len(BROKEN)


@pytest.mark.parametrize(
    "kept",
    [
        "- the audit log should be exported once in every week\n- the user day in Barcelona is something they may come to",
        "1. the audit log should be exported once in every week\n2. they may come to the user day in Barcelona this year",
        "The certificate was swapped on the ninth, sign-on works\nNext: export the audit log to them once in every week",
        "Short line of a poem\nand another one of it",
        "They want the audit log exported once a week\nBarcelona user day, may come",
        "> as I wrote to you in my last mail of the third of June, we\n> would like to have it by Friday",
        "They were happy with the service all through the spring.\nit was said twice",
        "",
        "\n\n",
    ],
)
def test_what_is_no_broken_sentence_stays_in_its_lines(kept: str) -> None:
    assert unwrapped(kept) == kept


def test_a_pasted_mail_is_unwrapped_below_its_header_lines(tmp_path: Path) -> None:
    folder = write_three_tables(tmp_path / "files", days=3)
    (folder / "notes" / "A1").mkdir(parents=True)
    head = "From: Ben <ben@arbor.example>\nTo: Jo <jo@seller.example>\nDate: Tue, 24 Mar 2026 08:05:00 +0100\nSubject: Sheet\n\n"
    (folder / "notes" / "A1" / "sheet.txt").write_text(head + BROKEN, encoding="utf-8")
    load(tmp_path / "home", [folder])
    ((body,),) = open_warehouse(tmp_path / "home").run(select(note.c.body)).rows
    assert body == head + WHOLE
