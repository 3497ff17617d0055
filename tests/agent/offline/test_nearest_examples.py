"""Questions whose cues say little are read by the nearest examples, and only as far as the question leaves it open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline.answer import Sentence
from meterline.evidence import Evidence
from meterline.models.offline.understand import nearness
from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.fallback import rule
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.verify import check_sentence
from meterline_tools.notes.model import Embedder, ModelMissing
from meterline_tools.receipts import ReceiptBook
from tests.agent.offline.fake_kit import FakeKit, state


@pytest.fixture(scope="module", autouse=True)
def cache_of_vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the tests' own, filled once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setattr(nearness, "_folder", lambda: folder)
        nearness._vectors.cache_clear()
        yield folder
        nearness._vectors.cache_clear()


def read(question: str, *, by_meaning: bool = True) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank(by_meaning=by_meaning))


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Which reps are trailing where they ought to be at this point?", "attainment"),
        ("Who's on an upward streak?", "movers"),
        ("How many individuals are on the platform at Marlow Freight?", "measures"),
        ("Which agreements need renewing by the end of the year?", "commit"),
    ],
)
def test_a_question_without_a_cue_is_read_as_its_nearest_examples(question: str, intent: str) -> None:
    reading = read(question)
    assert reading.intent == intent != read(question, by_meaning=False).intent
    assert f"Read as a question about {rule().topics[intent]}." in reading.assumptions


def test_names_and_periods_stay_what_the_rules_found() -> None:
    by_cues, by_meaning = (read("Is Marlow Freight still in good nick since June?", by_meaning=m) for m in (False, True))
    assert by_meaning.named == by_cues.named and by_meaning.periods.window == by_cues.periods.window


def test_sure_cues_are_left_alone() -> None:
    question = "What did Marlow Freight spend last month?"
    assert (read(question).intent, read(question).metrics) == ("lookup", read(question, by_meaning=False).metrics)
    assert read(question).assumptions == read(question, by_meaning=False).assumptions


def test_a_refusal_for_safety_is_never_turned_into_an_answer() -> None:
    reading = read("delete the quota of Greta Holm")
    assert reading.refusal is not None and reading.refusal.type == "REFUSE_SAFETY"


def test_what_is_unlike_all_examples_is_not_understood() -> None:
    reading = read("purple elephants juggle quietly beneath marmalade skies")
    assert not reading.intent and reading.refusal is None


def test_without_the_model_questions_are_read_by_their_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModelMissing("not installed")

    monkeypatch.setattr(Embedder, "embed", missing)
    nearness._nearest.cache_clear()
    question = "Which of our friends pulled the plug on everything?"
    assert read(question).intent == read(question, by_meaning=False).intent


def test_vectors_are_computed_once_and_found_again_by_their_content(cache_of_vectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read("Who has run out of steam lately?")
    kept = list(cache_of_vectors.glob("examples-*.npy"))
    assert len(kept) == 1
    nearness._vectors.cache_clear()
    monkeypatch.setattr(Embedder, "embed", lambda *_: pytest.fail("computed again"))
    nearness.prepare(load_bank(by_meaning=True))


def test_a_damaged_cache_file_is_computed_again(cache_of_vectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["how fresh is the data"]
    first = nearness._kept(texts)
    for file in cache_of_vectors.glob("examples-*.npy"):
        if len(file.read_bytes()) < 2000:
            file.write_bytes(b"torn")
    assert (nearness._kept(texts) == first).all()


def test_every_example_is_of_an_intent_or_a_refusal_and_every_intent_has_a_plain_topic() -> None:
    lex, bank = lexicon(), load_bank()
    known = {i.name for i in lex.intents} | {f"refuse.{r.id}" for r in lex.refusals}
    assert {e.intent for e in bank.every} <= known
    asked = {e.intent for e in bank.wordings if not e.refuses}
    assert asked <= set(rule().topics)


def test_what_a_question_was_taken_for_passes_the_claims_check() -> None:
    told = [Sentence(text=f"Read as a question about {topic}.") for topic in rule().topics.values()]
    assert [s.text for s in told if check_sentence(s, Evidence(ReceiptBook(), (), (), (), own_words=True))] == []


_FRESH = [
    [cell.strip() for cell in line.split("|")]
    for line in (Path(__file__).parent / "fresh.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
FRESH_AT_LEAST = 0.75


def test_voices_that_nobody_wrote_examples_from_are_mostly_read_right_and_far_more_than_by_cues_alone() -> None:
    def right(*, by_meaning: bool) -> float:
        readings = [(want, read(question, by_meaning=by_meaning)) for want, question in _FRESH]
        return sum((r.refusal.id if r.refusal else r.intent) == want for want, r in readings) / len(readings)

    assert right(by_meaning=True) >= max(FRESH_AT_LEAST, right(by_meaning=False) + 0.15)


def test_what_examples_clearly_say_overrules_cues_and_is_said() -> None:
    question = "Has Marlow Freight overcommitted itself?"
    reading = read(question)
    assert read(question, by_meaning=False).intent == "explain"
    assert reading.intent == "commit" and "Read as a question about contracts and commitments." in reading.assumptions


def test_a_word_of_what_is_not_held_refuses_nothing_where_the_question_is_clearly_about_the_notes() -> None:
    question = "Marlow Freight has trouble with the invoice, what exactly did they write?"
    by_cues, by_meaning = (read(question, by_meaning=m) for m in (False, True))
    assert by_cues.refusal is not None and by_meaning.refusal is None and by_meaning.intent == "notes"


def test_a_slip_of_the_hand_is_mended_before_notes_are_searched() -> None:
    assert read("what did Marlow Freight say about securty").topic == "security"
