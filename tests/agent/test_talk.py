"""What is said across notes, through the desk: every expected count is taken from tests/talk.py by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.errors import MeterlineError
from tests.companies import load_folder
from tests.talk import ORDER, write_talk


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    return load_folder(write_talk(folder / "files"), folder / "home")


@pytest.fixture
def desk(loaded: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(loaded, tmp_path / "home")
    desk = Desk.open(Settings(home=tmp_path / "home"))
    yield desk
    desk.close()


def ask(desk: Desk, text: str, *, asker: str | None = None, thread: str | None = None) -> Answer:
    return desk.ask(Question(text=text, asker=asker, thread_id=thread))


def figure(answer: Answer, label: str) -> object:
    return next(f.value for f in answer.figures if f.label == label)


def quotes(answer: Answer) -> list[str]:
    return [c.quote for c in answer.citations]


JUNE = "in June 2026"


def test_a_theme_is_counted_by_accounts_notes_and_customers_people(desk: Desk) -> None:
    answer = ask(desk, f"How many accounts mention pricing {JUNE}?")
    assert figure(answer, "Accounts that mention it") == 2  # Fjord Dairy and Harbor Glass
    assert figure(answer, "Notes that mention it") == 3  # K1, K2 and K4: K3 is a copy of K2
    assert figure(answer, "Customers' people who mention it") == 1  # Ana Ruiz
    assert figure(answer, "Accounts that mentioned it before") == 1  # Nimbus Air in May
    assert figure(answer, "Net consumption") == pytest.approx(28 * 30.0)
    assert not answer.withheld


def test_what_did_not_come_up_and_what_is_restricted_is_not_counted_or_quoted(desk: Desk) -> None:
    answer = ask(desk, f"Which accounts mention prices {JUNE}?")
    assert "Mesa Tiles" not in answer.text
    assert "secret" not in answer.model_dump_json()


def test_a_rep_counts_the_notes_of_their_own_accounts(desk: Desk) -> None:
    answer = ask(desk, f"How many accounts mention pricing {JUNE}?", asker="ivo@talk.example")
    assert "Fjord Dairy" not in answer.model_dump_json()
    assert figure(answer, "Accounts that mention it") == 0


def test_a_word_nobody_listed_is_looked_for_as_it_stands_slips_allowed(desk: Desk) -> None:
    answer = ask(desk, f"How often did they mention Snowplogh {JUNE}?")
    assert figure(answer, "Accounts that mention it") == 1  # Fjord Dairy; what speaks to a machine at Mesa Tiles is not counted


def test_a_theme_of_the_companys_own_is_known(desk: Desk) -> None:
    answer = ask(desk, f"How many customers talk about the cold chain {JUNE}?")
    assert figure(answer, "Accounts that mention it") == 1
    assert figure(answer, "Theme") == "Cold chain"


def test_complaints_are_what_is_not_as_it_should_be(desk: Desk) -> None:
    answer = ask(desk, f"What are customers complaining about {JUNE}?")
    assert any("langsam" in quote for quote in quotes(answer))
    assert not any("nobody complained" in quote for quote in quotes(answer))


def test_an_order_in_a_note_is_quoted_with_a_flag_and_leads_nothing(desk: Desk) -> None:
    answer = ask(desk, f"Who mentions Snowplough {JUNE}?")
    flagged = [c for c in answer.citations if c.flagged]
    assert flagged
    assert "dead" not in answer.headline
    assert all("dead" not in step for step in answer.next_steps)


def test_a_competitor_is_prepared_for_from_both_sides(desk: Desk) -> None:
    answer = ask(desk, "Prepare me against Snow Plough at Fjord Dairy")
    assert "We are also trying Snowplough for the night queries." in quotes(answer)
    assert "Night queries" in answer.text  # the CRM
    assert "Who decides?" in answer.text  # no note tells
    assert not answer.withheld


def test_of_a_competitor_nobody_mentioned_nothing_is_claimed(desk: Desk) -> None:
    answer = ask(desk, "Prepare me against Glacierbase at Fjord Dairy")
    assert answer.answer_type == "ANSWER_UNKNOWN"


def test_who_is_looking_at_a_competitor_is_listed(desk: Desk) -> None:
    answer = ask(desk, "Who is looking at Snowplough?")
    assert figure(answer, "Accounts that mention it") == 2


CALL = "They decided to go live in October. I will send the quote by Friday. They are worried about latency. Nothing else."


def test_a_call_is_logged_and_found_by_later_questions(desk: Desk) -> None:
    answer = ask(desk, f"log this call with Nimbus Air: {CALL}", asker="ivo@talk.example")
    assert answer.headline.startswith("The note on Nimbus Air is kept as S-")
    assert figure(answer, "Due") == "2026-07-03"  # the Friday after Wednesday, 1 July
    assert figure(answer, "Owner") == "Ivo Lind"
    assert not answer.withheld
    found = ask(desk, "Which accounts mention latency this month?")
    assert "Nimbus Air" in found.text
    searched = ask(desk, "What did our own people say about going live at Nimbus Air?")
    assert any("go live in October" in quote for quote in quotes(searched))


def test_the_same_text_is_kept_once(desk: Desk) -> None:
    first = ask(desk, f"log this call with Nimbus Air: {CALL}")
    again = ask(desk, f"save this to Nimbus Air:   {CALL}")
    assert "is kept as" in first.headline
    assert "nothing was changed" in again.headline
    assert len(desk.stores.notes.rows()) == 1


def test_a_kept_note_is_in_the_audit_and_in_the_scope_of_its_account(desk: Desk) -> None:
    ask(desk, f"log this call with Nimbus Air: {CALL}", asker="ivo@talk.example")
    entry = list(desk.stores.audit.who_saw("B4"))[-1]
    assert entry["user"] == "ivo@talk.example" or entry["user"] == "P2"
    assert entry["kept"]["account_id"] == "B4"
    assert desk.stores.audit.verify().holds
    hidden = ask(desk, "Which accounts mention latency this month?", asker="per@talk.example")
    assert "Nimbus" not in hidden.model_dump_json()


def test_nobody_keeps_a_note_with_an_account_out_of_sight(desk: Desk) -> None:
    with_foreign = ask(desk, f"log this call with Nimbus Air: {CALL}", asker="per@talk.example")
    assert "kept as" not in with_foreign.headline
    assert not desk.stores.notes.rows()


def test_which_account_is_asked_once(desk: Desk) -> None:
    first = ask(desk, f"log this call: {CALL}")
    assert first.answer_type == "CLARIFY"
    assert not desk.stores.notes.rows()
    second = ask(desk, "Nimbus Air", thread=first.thread_id)
    assert second.headline.startswith("The note on Nimbus Air is kept as S-")


def test_a_summary_is_not_kept_unless_somebody_says_so(desk: Desk) -> None:
    first = ask(desk, f"Summarize this: Nimbus Air call. {CALL}")
    assert "not kept" in first.headline
    assert not desk.stores.notes.rows()
    ask(desk, "add that to the Nimbus Air record", thread=first.thread_id)
    assert len(desk.stores.notes.rows()) == 1


def test_an_order_in_a_pasted_text_is_quoted_and_becomes_no_action(desk: Desk) -> None:
    answer = ask(desk, f"Summarize this: Call with Nimbus Air. {ORDER} We will send the deck tomorrow.")
    assert [c.quote for c in answer.citations if c.flagged] == [ORDER]
    actions = next(r for r in answer.receipts if r.tool == "summarize_note" and "owner" in r.columns)
    assert not any("Ignore" in str(cell) for row in actions.rows for cell in row)


def test_every_word_of_a_summary_stands_in_the_text(desk: Desk) -> None:
    text = f"Call with Nimbus Air. {CALL} Budget is 40k a month, and Ana said it may double."
    answer = ask(desk, f"Summarize this: {text}")
    printed = [f.value for f in answer.figures if f.label == "As said"]
    assert printed
    assert all(str(words) in text for words in printed)


def test_a_kill_between_note_and_audit_leaves_neither(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from meterline import kept_notes

    def dies(*_: object) -> None:
        raise OSError("killed")

    monkeypatch.setattr(kept_notes.KeptNotes, "write", staticmethod(dies))
    before = desk.stores.audit.verify().entries
    with pytest.raises((MeterlineError, OSError)):
        ask(desk, f"log this call with Nimbus Air: {CALL}")
    assert desk.stores.audit.verify().entries == before
    assert not desk.stores.notes.rows()


def test_what_nobody_scored_is_scored_by_rule_from_its_note_and_says_so(desk: Desk) -> None:
    answer = ask(desk, "When was our last real conversation with Fjord Dairy?")
    assert "11 Jun 2026" in answer.headline  # K2 asks for a discount; of the meeting on 20 June there is no note
    assert "by rule from its note" in answer.text
    assert "no note of it is on record" in ask(desk, "Was the last meeting with Fjord Dairy any good?").text


def test_an_account_at_the_limit_is_better_not_asked(desk: Desk) -> None:
    assert "better not asked" in ask(desk, "Are we over-contacting Harbor Glass?").headline
    assert "may be asked" in ask(desk, "Can I ask Mesa Tiles something?").headline
    assert "Harbor Glass" in ask(desk, "Which accounts are over the contact limits?").text


def test_the_longest_silence_is_told_with_those_nobody_ever_touched(desk: Desk) -> None:
    answer = ask(desk, "Which accounts have we not spoken to for longest?")
    assert answer.headline.startswith("The longest silence is that of Fjord Dairy: last touched on 20 Jun 2026")
    assert figure(answer, "Accounts") == 2  # Fjord Dairy and Harbor Glass have touches
    assert "nobody ever touched: 2" in answer.text  # Mesa Tiles and Nimbus Air


def test_who_got_nothing_but_administration_is_listed(desk: Desk) -> None:
    answer = ask(desk, "Who only got admin touches from us?")
    assert "Harbor Glass" in answer.text
    assert "Fjord Dairy" not in answer.text
    assert figure(answer, "Touches") == 3
    assert figure(answer, "Net consumption") == pytest.approx(28 * 10.0)


def test_the_newest_talk_is_quoted_and_summed_up_and_its_orders_are_not_followed(desk: Desk) -> None:
    answer = ask(desk, "What did Mesa Tiles say in the last call?")
    assert "The newest transcript with Mesa Tiles on record is of 15 Jun 2026" in answer.headline
    assert [c.source_id for c in answer.citations if c.flagged] in ([], ["pasted text"])
    assert "K7" not in [c.source_id for c in answer.citations if not c.flagged]  # all of that turn speaks to a machine
    nimbus = ask(desk, "Summarise the latest call with Nimbus Air")
    assert "of 20 May 2026" in nimbus.headline  # the newer one is restricted
    assert "secret" not in nimbus.model_dump_json()


def test_a_theme_of_one_period_is_set_beside_another(desk: Desk) -> None:
    answer = ask(desk, "How many accounts mention pricing in June 2026 compared with May 2026?")
    before = next(f for f in answer.figures if f.label == "Accounts that mentioned it before")
    assert figure(answer, "Accounts that mention it") == 2
    assert before.value == 1
    assert before.window is not None
    assert (str(before.window.start), str(before.window.end)) == ("2026-05-02", "2026-05-31")  # as many days: June still runs
    april = ask(desk, "How many accounts mention pricing in May 2026 compared with the first quarter of 2026?")
    assert any("31 and 90 days" in told for told in april.assumptions)


def test_tickets_speak_too_and_may_be_asked_for_alone(desk: Desk) -> None:
    answer = ask(desk, f"Which themes come up in support tickets {JUNE}?")
    cited = {c.source for c in answer.citations}
    assert cited == {"ticket"}
    assert figure(answer, "Accounts that mention it") == 1  # Nimbus Air's bill; nothing of the notes
    assert "Snowplough" in ask(desk, f"Who mentions Snowplough {JUNE}?").text


def test_what_speaks_of_a_thing_is_counted_by_industry(desk: Desk) -> None:
    answer = ask(desk, f"Do glass or food accounts mention pricing more {JUNE}?")
    told = {(f.entity.id, f.label): f.value for f in answer.figures if f.entity and f.entity.type == "industry"}
    assert told["food", "Accounts that mention it"] == 1  # Fjord Dairy
    assert told["glass", "Accounts that mention it"] == 1  # Harbor Glass; Mesa Tiles says it was no topic
    assert told["glass", "Accounts with notes"] == 2
    assert told["food", "Net consumption"] == pytest.approx(28 * 20.0)
    assert not answer.withheld


def test_a_rival_is_counted_by_person(desk: Desk) -> None:
    answer = ask(desk, "Which reps hear most about Snowplough?")
    told = {(f.entity.name, f.label): f.value for f in answer.figures if f.entity and f.entity.type == "rep"}
    assert told["Per Dahl", "Accounts that mention it"] == 1
    assert told["Per Dahl", "Accounts with notes"] == 2


def test_whether_one_may_write_is_no_order_to_write(desk: Desk) -> None:
    assert "better not asked" in ask(desk, "May I ping Harbor Glass with a question about their usage?").headline
    assert "may be asked" in ask(desk, "is it too soon to email Mesa Tiles?").headline
    for order in ("Ping Harbor Glass with a question", "Can I ask you to email Harbor Glass?", "could you ping Mesa Tiles for me"):
        assert ask(desk, order).answer_type == "REFUSE_SAFETY"


def test_to_leave_somebody_alone_is_about_them(desk: Desk) -> None:
    assert ask(desk, "Should I leave Harbor Glass alone for now?").headline.startswith("Harbor Glass is better not asked")


def test_who_is_against_a_thing_is_answered_in_their_words(desk: Desk) -> None:
    answer = ask(desk, "Who at Fjord Dairy is against the price for small stores?")
    assert "Your price is too high for the small stores." in quotes(answer)
    assert "against the price for small stores" in answer.headline


def test_people_are_told_apart_by_the_kind_of_touch_that_is_asked_for(desk: Desk) -> None:
    most = ask(desk, "Which reps had the most meetings in June 2026?")
    assert most.headline.startswith("Meetings (1 Jun to 28 Jun 2026): Per Dahl 1 (")  # t1; the call and the e-mails are none
    assert not most.withheld
    both = ask(desk, "Is Per Dahl seeing customers or just emailing in June 2026?")
    assert "1 meetings" in both.headline
    assert "3 e-mails" in both.headline


def test_a_wish_names_its_subject(desk: Desk) -> None:
    answer = ask(desk, f"Which accounts asked for a discount {JUNE}?")
    assert figure(answer, "Accounts that mention it") == 1  # Fjord Dairy in K2; Nimbus Air asked in May
    assert "Fjord Dairy" in answer.text


def test_shorthand_of_the_keyboard_is_read(desk: Desk) -> None:
    assert "without any contact" in ask(desk, "accounts w/o any meeting in 30 days").headline


def test_talk_of_rivals_is_set_beside_an_earlier_period(desk: Desk) -> None:
    answer = ask(desk, "How many accounts mention a competitor in June 2026 compared with May 2026?")
    assert figure(answer, "Accounts that mention it") == 2  # Fjord Dairy and Mesa Tiles
    assert figure(answer, "Accounts that mentioned it before") == 0
    assert not answer.withheld


def test_whom_somebody_met_is_told_by_account(desk: Desk) -> None:
    answer = ask(desk, "Which customers did Per Dahl visit in June 2026?")
    assert "Fjord Dairy 1" in answer.headline
    assert "Harbor Glass" not in answer.headline


def test_what_only_our_own_side_noted_is_shown_as_such_where_the_customer_said_nothing(desk: Desk) -> None:
    """K4 is a call note of our own; nobody of Harbor Glass is on record on prices."""
    answer = ask(desk, "What did Harbor Glass say about the price?")
    assert answer.answer_type == "ANSWER_UNKNOWN"
    assert "Noted on it by others than the customer" in answer.text
    assert [(c.source_id, c.side) for c in answer.citations] == [("K4", "vendor")]


def test_whether_a_customer_is_asked_too_much_has_a_verdict_with_its_limit(desk: Desk) -> None:
    """Harbor Glass was asked three times in June; three is the most."""
    answer = ask(desk, "Are we asking Harbor Glass too much?")
    assert answer.headline.startswith("Harbor Glass is better not asked anything now")
    assert (figure(answer, "Questions asked"), figure(answer, "Questions at most")) == (3, 3)
    assert "How often they were asked" in answer.text


def test_a_topic_in_words_of_multiples_is_not_taken_for_a_figure(desk: Desk) -> None:
    answer = ask(desk, "What did Harbor Glass say about doubling its spend?")
    assert answer.headline == "Nothing that Harbor Glass said on that was found in the notes visible to you."
    assert not answer.withheld
