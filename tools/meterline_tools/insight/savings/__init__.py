"""Savings a customer could have: rules as data, checked over rows of usage and contracts.

A rule is a YAML file with a trigger and a saving written in a small grammar (`expression`), and two
CSV fixtures that show when it fires and when it stays silent. `library.load_rules` reads them,
`check.check_rules` runs them. Nothing here reads a database.
"""

from meterline_tools.insight.savings.check import Report, Unchecked, check_rules
from meterline_tools.insight.savings.library import RuleError, load_rules
from meterline_tools.insight.savings.model import Rule
from meterline_tools.insight.savings.overlap import Total
from meterline_tools.insight.savings.slices import Finding

__all__ = ["Finding", "Report", "Rule", "RuleError", "Total", "Unchecked", "check_rules", "load_rules"]
