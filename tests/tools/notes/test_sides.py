"""Whose words a body holds, where it is a chat or an e-mail without header lines."""

from __future__ import annotations

import pytest

from meterline_tools.notes.sides import body_segments

AUTHOR, ACCOUNT = "Theo Falk", "Temple Street Hospital"


def sides(kind: str, body: str, *, author: str | None = AUTHOR) -> list[tuple[str, str | None, str]]:
    row = {
        "note_type": kind,
        "author_name": author,
        "author_called": "Ted",
        "account_name": ACCOUNT,
        "account_domain": None,
        "author_rep_id": "R1",
    }
    return [(body[s.span[0] : s.span[1]], s.speaker, s.side) for s in body_segments(row, body)]


@pytest.mark.parametrize("beside", ["(Temple Street)", "(Temple Street Hospital)", "@ Temple Street", "- Temple Street"])
def test_the_account_beside_a_name_makes_a_chat_line_the_customers(beside: str) -> None:
    found = sides("chat", f"Omar {beside}: it is on since Monday\nTheo: thank you")
    assert found == [("it is on since Monday", "Omar", "customer"), ("thank you", "Theo", "vendor")]


def test_another_company_beside_a_name_does_not() -> None:
    assert {side for _, _, side in sides("chat", "Omar (Other House): it is on")} == {"vendor"}


@pytest.mark.parametrize("greeting", ["Hi Theo,", "Dear Theo Falk,", "Hallo Theo!", "Hej Theo,", "Theo,", "Ted,", "Good morning Theo -"])
def test_a_mail_that_greets_its_author_was_written_to_them(greeting: str) -> None:
    assert {side for _, _, side in sides("email", f"{greeting}\n\nwe stop at the end of June.\n\nHelen")} == {"customer"}


@pytest.mark.parametrize(
    ("kind", "body"), [("email", "Hi Helen,\n\nas agreed."), ("call_note", "Hi Theo, met them."), ("email", "Theo was there.")]
)
def test_any_other_mail_is_our_own(kind: str, body: str) -> None:
    assert {side for _, _, side in sides(kind, body)} == {"vendor"}


def test_where_the_accounts_domain_is_unknown_the_authors_tells_who_is_who() -> None:
    ours = "From: Theo Falk <theo@seller.example>\nTo: Omar <omar@ward.example>\n\nPlease see below."
    body = f"{ours}\n\nFrom: Omar <omar@ward.example>\n\nIt is on."
    assert [(speaker, side) for _, speaker, side in sides("email", body)] == [("Theo Falk", "vendor"), ("Omar", "customer")]
