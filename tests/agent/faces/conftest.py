"""Answers for the faces to print."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from meterline.answer import Answer, Clarification, Option, Withheld
from meterline_tools.receipts import Receipt

TEXT = r"""**Vitrolux used €31.2k[^1] in the last 30 days, up 12.4%[^2].**

### Accounts

The biggest part came from Kölner Lichtwerke: €12.3k[^1].

> “We re\-load history \*now\* \[x\]” (Ana Ruiz, customer, 3 Jun 2026, N-0881)[^3]

| Account | Consumption | Change |
|---|---:|---:|
| Kölner Lichtwerke | €12.3k | up 3.1% |
| Zamek Ceramics \| Sons | €9.81k | down 12% |

Source: [^1]

[^1]: Consumption (M01) · 16 May to 14 Jun 2026 · receipt R1
[^2]: Consumption growth (M05) · 16 May to 14 Jun 2026 · receipt R1
[^3]: note · N-0881 · turn 4 · 3 Jun 2026"""


@pytest.fixture
def answer() -> Answer:
    return Answer(
        answer_type="ANSWER_ASSUME",
        headline="Vitrolux used €31.2k in the last 30 days, up 12.4%.",
        text=TEXT,
        receipts=[
            Receipt(
                id="R1",
                kind="metric",
                tool="query_metrics",
                sql="-- consumption in the window\nSELECT account_id, sum(usd) AS usd\nFROM account_day\nGROUP BY account_id",
                params={"window_from": "2026-05-16"},
                columns=["account_id", "usd"],
                rows=[[f"K-{n}", 100.5 * n] for n in range(12)],
                row_count=12,
            )
        ],
        assumptions=["the fiscal year is assumed to start in January: none configured"],
        not_available=["no quota loaded"],
        withheld=[Withheld(text="It will last.", reason="no figure proves it")],
        next_steps=["Ask Ana whether the \x1b[31mreload is over."],
        known_at=datetime(2026, 6, 15, 6),
        d1=date(2026, 6, 14),
        model="offline",
        elapsed_ms=212.4,
        thread_id="t1",
    )


@pytest.fixture
def question_back(answer: Answer) -> Answer:
    """An answer that asks which of two is meant."""
    options = [Option(label="Ines Duarte", value="Ines Duarte (V1)", hint="director"), Option(label="Ines Prado", value="Ines Prado (V9)")]
    clarification = Clarification(question="Which Ines?", options=options)
    return answer.model_copy(update={"answer_type": "CLARIFY", "clarification": clarification, "text": "**Two people are called Ines.**"})
