"""Questions in English reach what was said in other languages: by counterparts, and by words that are spelled nearly alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline_tools.notes.asking import LANGUAGES, cognates, glossary, overlap, stands_for
from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.lexicon import Lexicon
from meterline_tools.notes.text import is_foreign, note_terms, skeleton
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import KESTREL, note, provider

ABROAD = {
    "de": "Der Steuerbescheid ist da. Wegen der Ernteausfälle sinken die Speicherkosten.",
    "sv": "Vi har bytt mötesrum. Leveransavtalet sägs upp i mars.",
    "ja": "会議室を変えました。倉庫の棚卸が終わるまで出荷を止めます。",
    "fr": "Nous avons changé de salle. La facture sera remboursée en juin.",
    "es": "Hemos cambiado de sala. La huelga paró la fábrica el lunes.",
}


def test_each_concept_has_words_in_every_language() -> None:
    assert all(concept[language] for concept in glossary() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("contract", "kontrakt"),
        ("contract", "contrato"),
        ("certificate", "zertifikat"),
        ("traffic", "trafiken"),
        ("platform", "plattformen"),
        ("technology", "tecnologia"),
        ("access", "acceso"),
        ("pharmacy", "farmacia"),
    ],
)
def test_words_that_sound_alike_begin_alike(one: str, other: str) -> None:
    assert skeleton(one)[:5] == skeleton(other)[:5]
    assert any(stands_for(term, "~" + skeleton(other)) for term in cognates(f"Is there a {one}?"))


def test_a_term_stands_for_the_words_that_it_is_open_for() -> None:
    assert [stands_for("~daten*", word) for word in ("~datenbank", "~kundendaten", "daten")] == [True, False, False]
    assert [stands_for("~*daten*", word) for word in ("~datenbank", "~kundendaten", "daten")] == [True, True, False]
    assert [stands_for("~*teuer*", word) for word in ("~teuerung", "~steuer", "~uberteuert")] == [True, False, True]
    assert [stands_for("ny", word) for word in ("ny", "nytt")] == [True, False]
    assert overlap({"price", "~*preis*", "~pris*"}, {"price", "~listenpreis", "priset"}) == {"price", "~*preis*"}


def test_a_compound_is_scored_by_the_word_inside() -> None:
    lexicon = Lexicon.of([["~kundendaten", "~datendatei"], ["~vertrag"], ["daten"]])

    assert lexicon.scores(["~*daten*"]) == pytest.approx(lexicon.scores(["~kundendaten", "~datendatei"]))
    assert [bool(score) for score in lexicon.scores(["~*daten*"])] == [True, False, False]


def test_terms_of_other_languages_never_meet_english_words() -> None:
    assert all(term.startswith("~") for text in ABROAD.values() for term in note_terms(text, foreign=True))
    assert all(is_foreign(text) for text in ABROAD.values())
    assert not any(term.startswith("~") for term in note_terms("They cut the price.", foreign=False))


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "lower cost of storage"),
        ("sv", "is the delivery agreement cancelled"),
        ("ja", "shipping stopped because of stocktaking"),
        ("fr", "refund of an invoice"),
        ("es", "a strike at the plant"),
    ],
)
def test_a_question_finds_the_sentence_among_others_of_its_language(tmp_path: Path, language: str, question: str) -> None:
    separator = "。" if language == "ja" else ". "
    texts = [part for part in ABROAD[language].split(separator) if part]
    rows = [note(f"N-{n}", KESTREL, "2026-07-01", body=text) for n, text in enumerate(texts)]
    found = NoteStore(tmp_path, provider(rows), snapshot="s", embedder=LetterEmbedder()).search(question)

    assert found.hits[0].note_id == "N-1"
