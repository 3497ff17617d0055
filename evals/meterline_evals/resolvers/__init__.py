"""Expected figures, computed from the company's files by plain SQL written apart from the catalogue.

A resolver takes the files and its arguments and returns one value, a tuple of lawful values, or a range. Days are
expressions of company.py.
"""

from meterline_evals.resolvers import (  # noqa: F401 - each enters its functions into the table
    activity,
    attainment,
    commitments,
    customers,
    enablement,
    forecast,
    prices,
    promises,
    retention,
    slices,
    talk,
    usage,
    use_cases,
)
from meterline_evals.resolvers.registry import RESOLVERS, Range, resolved

__all__ = ["RESOLVERS", "Range", "resolved"]
