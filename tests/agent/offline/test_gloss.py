"""Questions in other languages are read word by word; English ones are left alone."""

from __future__ import annotations

import pytest

from meterline.models.offline.understand.gloss import glossed


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("top 5 Gewinner diesen Monat", "top 5 gainers this month"),
        ("Hur mycket förbrukade Halvorsen i juni?", "how much consumed Halvorsen in june?"),
        ("Warum ist der Verbrauch bei Marlow gefallen?", "why is the consumption at Marlow fell?"),
        ("hvordan går det med Greta Holm?", "how is Greta Holm?"),
        ("Vilka kunder växte mest förra månaden", "which customers grew the most last month"),
        ("Was hat Larkspur über den Preis gesagt?", "what did Larkspur say about price?"),
        ("Was sagte Jörg Amsel zur Rechnung", "what did Jörg Amsel say about Rechnung?"),
        ("Vad sa Hultman om supporten?", "what did Hultman say about supporten?"),
    ],
)
def test_the_words_of_a_language_become_english_and_names_stay(question: str, english: str) -> None:
    assert glossed(question)[0] == english


@pytest.mark.parametrize(
    "question",
    ["who was the worst rep in May", "did any customer die on us", "the Meridian contract", "what did Mai Lund say", "how is Sol doing"],
)
def test_english_stays_as_it_is(question: str) -> None:
    assert glossed(question) == (question, "")
