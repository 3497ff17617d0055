"""What the capitals of a question say: they mark names, unless everything is written in them."""

from __future__ import annotations

from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.words import tokenize


def capitals_tell(text: str, lex: Lexicon) -> bool:
    """Whether capitals mark names. In a question written all in capitals, or With A Capital On Each Word, they say nothing."""
    known = (t for t in tokenize(text)[1:] if t.text[0].isalpha() and t.norm not in lex.shouted)
    ours = [t for t in known if lex.spelling.knows(lex.spelling.mend(t.norm))]
    return not ours or not all(t.text[0].isupper() for t in ours)
