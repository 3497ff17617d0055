"""A quotation is the fewest whole sentences that answer, at most forty words where sentences allow."""

from __future__ import annotations

from collections.abc import Sequence

from meterline_tools.notes.quote import best_text, quote_spans

TALK = (
    "Thanks for the coffee. We moved the import to every hour. The shops want to see figures before lunch. "
    "The weather was dreadful. My cousin runs the shops in the north."
)


def quotes(text: str, question: str, **more: object) -> list[str]:
    return [text[a:b] for a, b in quote_spans(text, question, **more)]  # type: ignore[arg-type]


def test_the_sentence_that_answers_is_quoted() -> None:
    assert quotes(TALK, "how often does the import run") == ["We moved the import to every hour."]


def test_neighbouring_sentences_are_quoted_together_when_both_answer() -> None:
    assert quotes(TALK, "hourly import before lunch, every hour") == [
        "We moved the import to every hour. The shops want to see figures before lunch."
    ]


def test_a_quotation_stays_within_its_words() -> None:
    text = " ".join(f"Sentence {n} about storage and pricing is here." for n in range(20)) + " Storage fell. " + "Pricing rose."

    assert all(len(q.split()) <= 40 for q in quotes(text, "storage fell pricing rose", most=3))


def test_a_long_sentence_is_never_cut() -> None:
    long = "Storage " + "and then more of it " * 20 + "fell."

    assert quotes(f"Hello. {long}", "storage fell") == [long]


def test_several_quotations_come_in_reading_order_without_overlap() -> None:
    spans = quote_spans(TALK, "weather import", most=2)

    assert [TALK[a:b] for a, b in spans] == ["We moved the import to every hour.", "The weather was dreadful."]


def test_without_a_common_word_nearness_in_meaning_decides() -> None:
    def near(texts: Sequence[str]) -> list[float]:
        return [1.0 if "dreadful" in text else 0.0 for text in texts]

    assert quotes(TALK, "rain", similar=near) == ["The weather was dreadful."]
    assert quotes("One. Two.", "rain") == ["One. Two."]


def test_japanese_is_quoted_by_the_sentence() -> None:
    assert quotes("昨日は雨でした。夜間バッチを毎時に変更しました。来期も続けます。", "夜間バッチ") == ["夜間バッチを毎時に変更しました。"]


def test_a_heading_or_a_salutation_is_not_quoted_where_something_is_said() -> None:
    assert quotes("# Visit at Larkspur\n\nThe kiln was cold.", "Larkspur") == ["The kiln was cold."]
    assert quotes("Hej Oskar,\n\nvi förnyar inte i höst.", "anything") == ["vi förnyar inte i höst."]
    assert quotes("# Visit at Larkspur", "Larkspur") == ["# Visit at Larkspur"]
    assert best_text(["# Visit at Larkspur", "The kiln was cold."], {"larkspur"}, None) == 1
