"""Words of a question that are neither ours, nor ordinary, nor a known name: somebody not found, or a slip of the hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from meterline.models.offline.understand.data import Lexicon, lexicon
from meterline.models.offline.understand.letters import capitals_tell
from meterline.models.offline.understand.linking import Mention
from meterline.models.offline.understand.words import Said, Token, fold

_CODE = re.compile(r"\b[A-Za-z]{1,6}[-_/](?!(?:19|20)\d\d\b)\d[\w/:-]*")
"""What looks like the id of a product or account ("lx-42")."""
_FIRM = frozenset({"corp", "corporation", "inc", "ltd", "llc", "gmbh", "ag", "plc", "co", "company", "labs", "group", "holdings"})
"""Words that end the name of a firm, in whatever case they are written."""


@dataclass
class Unknown:
    """`names` are not found; `slips` are words passed over, with the ordinary word each was taken for."""

    names: list[str] = field(default_factory=list)
    slips: dict[str, str] = field(default_factory=dict)


def find_unknown(tokens: Said, text: str, suggested: Sequence[Mention]) -> Unknown:
    """Unknown names of a question, as written, and slips."""
    lex = lexicon()
    cased = capitals_tell(text, lex)
    found = Unknown()
    runs: list[tuple[int, int]] = []
    for i, token in enumerate(tokens):
        if not _foreign(token, i, lex, cased=cased) or any(m.start <= token.start < m.end for m in suggested):
            continue
        if slip := _slip(tokens, i, lex, cased=cased):
            found.slips[token.text] = slip
            continue
        first, last = _whole_name(tokens, i, cased=cased)
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    named = [token for token in tokens if token.kind != "word"]
    codes = [m.group() for m in _CODE.finditer(text) if not any(t.start < m.end() and m.start() < t.end for t in named)]
    written = [text[tokens[first].start : tokens[last].end] for first, last in runs]
    found.names = [*(m.text for m in suggested), *codes, *(_without_possessive(name) for name in written)]
    return found


def _slip(tokens: Said, at: int, lex: Lexicon, *, cased: bool) -> str:
    """The ordinary word that an unknown one in small letters is a slip of, where no name can be meant."""
    token = tokens[at]
    alone = len(tokens) == 1 or (at == 0 and (tokens[1].kind == "period" or tokens[1].norm in lex.concepts["consume"]))
    behind = at > 0 and (tokens[at - 1].kind == "word" and tokens[at - 1].norm in lex.before_names)
    if alone or behind or (cased and token.text[0].isupper() and at > 0):
        return ""
    return lex.spelling.slip_of(token.norm)


def _whole_name(tokens: Said, at: int, *, cased: bool) -> tuple[int, int]:
    """The name around a word nobody knows, as written: its neighbours with a capital and the ending of a firm's name."""

    def capital(place: int) -> bool:
        return cased and tokens[place].text[0].isupper()

    first = last = at
    while first > 1 and tokens[first - 1].kind == "word" and capital(first - 1) and capital(at):
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind == "word":
        if not (tokens[last + 1].norm in _FIRM or (capital(last + 1) and capital(at))):
            break
        last += 1
    return first, last


def _without_possessive(name: str) -> str:
    return re.sub(r"['’]s$", "", name)


def _foreign(token: Token, place: int, lex: Lexicon, *, cased: bool) -> bool:
    if token.kind != "word" or not token.norm[:1].isalpha() or len(token.norm) < 3:
        return False
    if cased and place > 0 and token.text[0].isupper() and not token.text.isupper():
        written = fold(token.text)
        return not lex.spelling.knows(written) or (len(written) > 4 and not lex.spelling.settled(written))
    return not lex.spelling.knows(token.norm) and not (len(token.norm) > 6 and token.norm.endswith(lex.endings))
