"""A pasted or dictated note, summed up in its own words: extracts, who is to do what by when, what it says of risk. No word is added."""

from meterline_tools.notes.digest.model import Action, Digest, Extract
from meterline_tools.notes.digest.summary import summarise

__all__ = ["Action", "Digest", "Extract", "summarise"]
