"""Numbers that a model typed or spelled out: each must be in evidence, as a name, a date, a quotation or a count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from meterline.claims.lexicon import lexicon
from meterline.claims.order import rank_of
from meterline.claims.said import VALUE, Said, is_change, own_text
from meterline_tools.receipts import Figure

_NUMBER_TOKEN = re.compile(r"\S*\d\S*")
_MAY_COUNT = re.compile(r"[^\x00-/:-Z\\^-\x7f\u2010-\u2027\u2039\u203a\xb7]")
"""A digit, a bracket of a broken mark, or a sign that is not ASCII and may count; dashes, dots and quotation marks do not."""
_FOREIGN = re.compile(r"(?![\ue000\ue001])[^\x00-\u024f\u2000-\u206f]")
"""What may be a letter of another script; the stand-ins of marks are none."""
_ROMAN = re.compile(r"(?<![\w.&-])(?=[IVX]{2})(X{0,3})(IX|IV|V?I{0,3})(?![\w&-])")
_NUMBER = re.compile(r"(?<![\w.,$€£-])\d{1,3}(?![\w.,%])")
_BROKEN_MARK = re.compile(r"\[+\s*[FCfc]?\s*\d+(?:\.\w+)?\s*\]+|\[\[|\]\]|\bF\d+\b")
_WORD = re.compile(r"[^\W\d_]+")
_LOOKALIKE = re.compile(r"[$€£¥₹]\s?[^\W\d_]\S*|(?<![\w-])(?!IO\b|OI\b)(?=[lI]*O)(?=O*[lI])[lIO]{2,}[kKmMbB]?(?![\w-])")
"""Letters in the place of digits: "$lM", "lOOk"."""
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_FOREIGN_RUN = 2
"""Greek letters in a row that make a word; one alone is a sign such as Δ or µ."""


def no_hidden_characters(said: Said) -> str | None:
    """Characters that a reader cannot see could split or turn a number around."""
    own = own_text(said.sentence.text)
    if own.isprintable():
        return None
    hidden = next((c for c in own if unicodedata.category(c) in _HIDDEN and c not in "\n\t"), None)
    if hidden is None or not any(unicodedata.category(c) in _HIDDEN for c in said.evidence.strip_known(own)):
        return None
    return f"it holds a character that cannot be seen (U+{ord(hidden):04X}); write plain text"


def no_loose_digits(said: Said) -> str | None:
    if looks := _LOOKALIKE.search(said.written):
        return f"'{looks.group().strip('.,;')}' reads like a number that no mark prints"
    if not _MAY_COUNT.search(own_text(said.sentence.text)):
        return None
    text = said.stripped
    if broken := _BROKEN_MARK.search(text):
        return f"'{broken.group()}' is not how a mark is written; write [[F3]] or [[C2]]"
    if found := _NUMBER_TOKEN.search(text):
        token = found.group().strip(".,;:()").replace(VALUE, "…")
        return f"the number '{token}' is in no figure, quotation, name or date in evidence; write the mark of a figure"
    letters = (c for c in own_text(said.sentence.text) if unicodedata.category(c) == "Nl")  # they fold into plain letters
    sign = next((c for c in text if _counts(c)), None) or next(letters, None)
    return f"the number sign '{sign}' is in no figure, quotation, name or date in evidence" if sign else None


def no_roman_numbers(said: Said) -> str | None:
    if not _ROMAN.search(said.written):
        return None
    found = _ROMAN.search(said.stripped)
    return f"the number '{found.group()}' is in no figure, quotation, name or date in evidence" if found else None


def no_other_script(said: Said) -> str | None:
    """A number spelled out in a script that the word lists do not know would pass unseen."""
    if not _FOREIGN.search(said.written) or not any(c.isalpha() and not _is_latin(c) for c in said.written):
        return None
    run = 0
    for char in said.stripped:
        run = run + (1 if _is_symbol(char) else _FOREIGN_RUN) if char.isalpha() and not _is_latin(char) else 0
        if run >= _FOREIGN_RUN:
            return "words in another script cannot be checked; write English"
    return None


def no_loose_number_words(said: Said) -> str | None:
    words, told = lexicon(), said.words
    for name, reason in (
        ("vague_quantities", "states a quantity without a figure mark"),
        ("foreign_numbers", "is a number in words; write a figure mark"),
    ):
        if said.has(name) and (found := words.words(name, said.bare)):
            return f"'{found[0]}' {reason}"
    if sign := next((s for s in words.data["number_signs"] if s in told), None):
        return f"'{sign}' states a quantity without a figure mark"
    return _loose_cardinal(said) or _loose_ordinal(said)


def ratios_agree(said: Said) -> str | None:
    """ "doubled", "twice", "a third": some figure of the sentence, or two of them together, must say so."""
    words = lexicon()
    for name, sizes in (("ratios", _ratios), ("shares", _shares)):
        if not said.has(name):
            continue
        text = words.find["not_shares"].sub(" ", said.bare)
        for word in words.words(name, text):
            low, high = words.data[name][" ".join(word.split())]
            if not any(low <= size <= high for size in sizes(said.figures)) and not _labelled(word, said):
                return f"'{word}' does not agree with a change in this sentence's figures"
    return None


def _counts(char: str) -> bool:
    return char.isdigit() or (not char.isascii() and unicodedata.numeric(char, None) is not None)


def _is_latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "MODIFIER", "MICRO", "FEMININE", "MASCULINE"))


def _is_symbol(char: str) -> bool:
    """Whether one letter of another script alone is a sign, such as Δ."""
    return unicodedata.name(char, "").startswith("GREEK")


def _loose_cardinal(said: Said) -> str | None:
    words = lexicon()
    if not said.has("cardinals"):
        return None
    counts, lengths, told = _counted(said), said.evidence.lengths, _numbers_told(said)
    for phrase, value, behind in _spelled(words.find["not_counts"].sub(" ", said.bare), words.data["cardinals"]):
        if behind == "times" and any(0.9 * value <= ratio <= 1.1 * value for ratio in _ratios(said.figures)):
            continue
        if behind in words.data["amount_words"]:
            return f"'{phrase} {behind}' states a quantity without a figure mark"
        spans = {value * days for days in _DAYS.get(behind.rstrip("s"), ())}
        if not spans & lengths and value not in counts and value not in told:
            return f"'{phrase}' is no count in evidence; write the mark of a count, or say it without a number"
    return None


_DAYS = {"day": (1,), "week": (7,), "month": (28, 29, 30, 31), "quarter": (91, 92)}


def _numbers_told(said: Said) -> set[float]:
    """Numbers that a cited quotation spells out, or that a label beside the sentence holds: "the top 5 accounts"."""
    cardinals = lexicon().data["cardinals"]
    quoted = {float(value) for c in said.cited if not c.flagged for _, value, _ in _spelled(c.quote.lower(), cardinals)}
    return quoted | {float(n) for f in said.shown for n in _NUMBER.findall(f.label)}


def _spelled(text: str, cardinals: dict[str, int]) -> Iterator[tuple[str, int, str]]:
    """Runs of number words, what they add up to ("twenty-five" is 25), and the word behind."""
    run: list[str] = []
    for word in [*_WORD.findall(text), ""]:
        if word in cardinals:
            run.append(word)
        elif run:
            yield " ".join(run), sum(cardinals[w] for w in run), word
            run = []


def _labelled(word: str, said: Said) -> bool:
    """Whether a measure of this turn has the word in its own name: "Live use cases below half of the estimate"."""
    return any(re.search(rf"\b{word}\b", f.label.lower()) for f in said.evidence.book.figures.values())


def _counted(said: Said) -> set[float]:
    """What a number in words may count: rows of receipts, figures that count, and what the sentence itself lists."""
    listed = {float(len(said.valued)), float(len(said.evidence.named_in(said.read)))}
    return said.evidence.counts | {n for n in listed if n > 1}


def _loose_ordinal(said: Said) -> str | None:
    words = lexicon()
    if not said.has("ordinals"):
        return None
    text = words.find["shares"].sub(" ", words.find["not_ranks"].sub(" ", said.bare))
    ranks = {rank for f in said.figures for rank in rank_of(f, said.evidence.book)}
    for word in words.words("ordinals", text):
        if not _labelled(word, said) and words.data["ordinals"][word] not in ranks:
            return f"'{word}' is no rank of this sentence's figures among the rows of their receipt"
    return None


def _ratios(figures: list[Figure]) -> Iterator[float]:
    numbers = [f for f in figures if isinstance(f.value, int | float)]
    for figure in numbers:
        value = float(figure.value or 0)
        if figure.unit == "%" and is_change(figure):
            yield 1 + value
        elif figure.unit == "ratio":
            yield value
    for one in numbers:
        yield from (float(one.value or 0) / float(two.value) for two in numbers if two is not one and two.unit == one.unit and two.value)


def _shares(figures: list[Figure]) -> Iterator[float]:
    yield from (abs(float(f.value)) for f in figures if f.unit in ("%", "ratio") and isinstance(f.value, int | float))
    yield from _ratios([f for f in figures if f.unit != "%"])
