"""How many tokens a text comes to, near enough to hold budgets against, and without a vocabulary to download.

Byte-pair tokenizers split a text into words, numbers of up to three digits and runs of signs first, and long or rare words
further. This counts those pieces, with a further token for each six letters of a long word and each two signs of a run. On
the prompts, schemas and replies of this project it counts 1 to 12% more than o200k_base does (`make bench` counts with
that one), so a budget that holds here holds there.
"""

from __future__ import annotations

import json
import re
from typing import Any

_PIECES = re.compile(r" ?[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]+|\s+")


def count_tokens(text: str) -> int:
    """Tokens of a text, a little more rather than less."""
    return sum(_tokens(piece) for piece in _PIECES.findall(text))


def _tokens(piece: str) -> int:
    word = piece.strip()
    if not word:
        return 1
    if word.isalpha() and word.isascii():
        return 1 + (len(word) - 1) // 10
    if word.isdigit():
        return 1
    return max(1, -(-len(word) // 4)) if word.isascii() else len(word.encode()) // 2


def prompt_tokens(request: dict[str, Any]) -> int:
    """Tokens of a chat completion request: messages, calls and the schemas of the tools as they stand in the JSON."""
    total = count_tokens(json.dumps(request.get("tools") or [], separators=(",", ":"), ensure_ascii=False))
    for message in request["messages"]:
        total += 4 + count_tokens(message.get("content") or "")
        for call in message.get("tool_calls") or []:
            total += 8 + count_tokens(call["function"]["name"]) + count_tokens(call["function"]["arguments"])
    return total
