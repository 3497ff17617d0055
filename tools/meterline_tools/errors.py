"""Errors, named by who acts next.

Every error carries text that tells its reader what to do. The loop turns `ModelMustRetry`,
`ToolFailed` and `Refused` into tool messages; faces print `UserError` and `Unavailable`
without a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable

NOT_VISIBLE = "not found or not visible to you"


class MeterlineError(Exception):
    """Base of all errors that Meterline raises on purpose."""


class ModelMustRetry(MeterlineError):
    """The model mends its arguments; the text names the nearest valid names."""


class ToolFailed(MeterlineError):
    """A tool could not do its work; the model should say so."""


class UserError(MeterlineError):
    """The person must do something; the text says what. Shown without a traceback."""


class Refused(MeterlineError):
    """The principal's scope or safety forbids it.

    The wording is the same for what is foreign and for what does not exist, so that a
    refusal tells nothing about what others own.
    """


class Unavailable(MeterlineError):
    """A store or a model is down; the text says what still works."""


class NoData(MeterlineError):
    """A metric needs a table or column that this company did not bring ("no quota loaded")."""


def nearest_hint(kind: str, given: str, nearest: Iterable[str]) -> str:
    """Text for an unknown name: what was given and the nearest valid names."""
    names = [n for n in nearest if n]
    hint = f" Nearest: {', '.join(names)}." if names else ""
    return f"Unknown {kind} '{given}'.{hint}"
