"""From the kind of a metric to the SQL that computes it. A new metric of a known kind is YAML only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meterline_tools.catalog.builders import (
    accounts,
    activities,
    attainment,
    commitments,
    completeness,
    concentration,
    durable,
    slips,
    usage,
    use_cases,
    yoy,
)
from meterline_tools.catalog.builders.base import Context, Plan, Request

Builder = Callable[[Context, Sequence[Request]], list[Plan]]

BUILDERS: dict[str, Builder] = {
    "usage": usage.build_usage,
    "usage_units": usage.build_units,
    "yoy": yoy.build_yoy,
    "durable": durable.build_durable,
    "concentration": concentration.build_concentration,
    "attainment": attainment.build_attainment,
    "active_accounts": accounts.build_active,
    "large_accounts": accounts.build_large,
    "new_accounts": accounts.build_new,
    "commitment": commitments.build_commitments,
    "use_cases_created": use_cases.build_created,
    "use_cases_gone_live": use_cases.build_gone_live,
    "use_cases_slipped": slips.build_slipped,
    "use_case_pipeline": use_cases.build_pipeline,
    "activities": activities.build_activities,
    "completeness": completeness.build_completeness,
}
