"""A first sentence that only says why somebody asks is no part of the question; one that tells of figures is."""

from __future__ import annotations

import pytest

from meterline.models.offline.understand.clauses import lead_in


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("I'm meeting Marlow Freight tomorrow. What changed over there?", "What changed over there?"),
        ("Quick question: what is nrr", "what is nrr"),
        ("We have a review on Friday; who is behind on quota?", "who is behind on quota?"),
        ("What did they say? And who?", "What did they say? And who?"),
        ("I owe her a price for egress. Clean it up", "I owe her a price for egress. Clean it up"),
        ("Marlow fell by 20%. Why?", "Marlow fell by 20%. Why?"),
    ],
)
def test_the_question_begins_behind_the_sentence_that_leads_to_it(question: str, asked: str) -> None:
    assert question[lead_in(question) :] == asked
