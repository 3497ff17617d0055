"""What can go wrong between us and a served model, each in words for the reader that hold nothing the server said.

A server's own words may carry a key, a page of HTML or somebody's instructions, so they go to the log alone, and cleaned.
"""

from __future__ import annotations

from enum import Enum

from meterline_tools.errors import Unavailable


class Kind(Enum):
    """A problem: what the reader is told, and whether asking again may help."""

    KEY = "its server does not accept the key: check OPENAI_API_KEY", False
    NOT_ALLOWED = "its server does not allow this key to use it: check the key's rights", False
    UNKNOWN = "its server does not know this model: check METERLINE_MODEL and OPENAI_BASE_URL", False
    CREDIT = "its account has no credit left", False
    REQUEST = "its server does not take our request", False
    TOO_MUCH = "the conversation is longer than it can read", False
    REDIRECT = "its server sends us elsewhere, which is not followed: set OPENAI_BASE_URL to the final address", False
    FILTERED = "its provider's content filter stopped the reply", False
    HUGE = "its reply was far too long and was not read to the end", False
    TRUNCATED = "its reply was cut at the token limit", False
    ARGUMENTS = "the arguments it gave for a tool could not be read", True
    BUSY = "its server is busy", True
    BROKEN = "its server reports an error", True
    UNREACHABLE = "its server cannot be reached", True
    SLOW = "its server does not answer in time", True
    CUT_OFF = "its reply broke off", True
    UNREADABLE = "its reply could not be read", True
    EMPTY = "its reply was empty", True
    PLAIN = "its server does not stream", True

    def __init__(self, words: str, again: bool) -> None:
        self.words = words
        self.again = again


class ModelFailed(Unavailable):
    """A served model gave no usable reply. `str()` is fit for the reader.

    `detail` is what the server said, for deciding how to ask otherwise and for the log; `spent` are tokens paid all the same.
    """

    def __init__(self, kind: Kind, *, status: int | None = None, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind.words)
        self.kind = kind
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.attempts = 1
        self.spent: dict[str, int] = {}

    def __str__(self) -> str:
        tried = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{self.kind.words}{tried}"
