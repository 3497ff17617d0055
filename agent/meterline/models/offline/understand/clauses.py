"""A question that asks two things: its clauses, each with the rest of the text blanked, so that places stay true.

And one that says first why it is asked: the place of that sentence.
"""

from __future__ import annotations

import re

_NEXT = re.compile(
    r"(?:[,;.?!]\s*(?:and|also|then|but)?|\b(?:and|also|then|but|plus))\s+(?:also\s+|then\s+)?"
    r"(?=(?:who|whos|who's|whose|what|whats|what's|why|how|hows|how's|when|which|where|did|does|do|is|are|was|can|should|will"
    r"|show|list|tell|give|compare(?!\s+(?:it|them|that|this|with|to|against)\b)|delete|drop|email|send|update|change|ignore|write|schedule|make|reveal|print|run)\b)",
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


_LEAD = re.compile(
    r"\s*(?:(?:hi|hey|hello|morning|ok|okay|so|sorry|quick one|quick question)\b[^.!?;:]{0,20}?[,.!:;-]?\s*)?"
    r"(?:(?:i|i'm|im|i've|ive|i'll|we|we're|we've|we'll|my|our|just|meeting|seeing|visiting|calling|prepping|preparing|heading)\b[^?]*?)?"
    r"[.!;:]\s+(?=\S+\s+\S)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:who|whos|whose|what|whats|why|how|hows|when|which|where|did|does|do|is|are|was|were|can|could|should|will|would|has|have|any\w*"
    r"|show|list|tell|give|need|compare|prep|summari[sz]e)\b",
    re.IGNORECASE,
)


def lead_in(question: str) -> int:
    """Where the first sentence ends that says of the asker why there is a question ("I see Alder tomorrow. What changed?"); 0 if none."""
    found = _LEAD.match(question)
    if found is None or not question[: found.end()].strip(" .!;:,-") or "?" in question[: found.end()]:
        return 0
    rest = question[found.end() :].replace("'", "")
    return found.end() if _ASKS.match(rest) or rest.rstrip().endswith("?") else 0
