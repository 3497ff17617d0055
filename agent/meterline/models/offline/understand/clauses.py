"""A question that asks two things: its clauses, each with the rest of the text blanked, so that places stay true."""

from __future__ import annotations

import re

_NEXT = re.compile(
    r"(?:[,;.?!]\s*(?:and|also|then|but)?|\b(?:and|also|then|but|plus))\s+(?:also\s+|then\s+)?"
    r"(?=(?:who|whos|who's|whose|what|whats|what's|why|how|hows|how's|when|which|where|did|does|do|is|are|was|can|should|will"
    r"|show|list|tell|give|compare|delete|drop|email|send|update|change|ignore|write|schedule|make|reveal|print|run)\b)",
    re.IGNORECASE,
)
_SHORTEST = 2
"""A clause of fewer words says nothing by itself."""


def clauses(question: str) -> list[str]:
    """The clauses of a question as texts of its own length; one when it asks one thing."""
    cuts = [m for m in _NEXT.finditer(question) if len(question[: m.start()].split()) >= _SHORTEST]
    starts, ends = [0, *(m.end() for m in cuts)], [*(m.start() for m in cuts), len(question)]
    parts = [
        " " * a + question[a:b] + " " * (len(question) - b)
        for a, b in zip(starts, ends, strict=True)
        if len(question[a:b].split()) >= _SHORTEST
    ]
    return parts if len(parts) > 1 else [question]
