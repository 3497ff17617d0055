"""The importer's checks on the snapshot as it would be. `fail` refuses the load, `warn` goes to the coverage page.

Each check is a SELECT of one column `example`: a text for each offence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.company import Company
from meterline_tools.warehouse.loading.merge import SNAP
from meterline_tools.warehouse.loading.report import Check

SHOWN = 20


@dataclass(frozen=True)
class Rule:
    name: str
    level: Literal["fail", "warn"]
    message: str
    """May hold {count}."""
    sql: str


_USAGE = "coalesce(u.charge_category, 'Usage') = 'Usage'"
_NEGATIVE = " OR ".join(
    f"u.{column} < 0" for column in ("consumed_quantity", "list_cost", "contracted_cost", "effective_cost", "billed_cost")
)

RULES: tuple[Rule, ...] = (
    Rule(
        "usage_unknown_account",
        "fail",
        "{count} accounts have usage but stand in no account file; add them to the account file or leave their usage out",
        "SELECT u.account_id || ' (' || count(*) || ' rows)' AS example FROM usage_daily u ANTI JOIN account a USING (account_id)"
        " GROUP BY u.account_id ORDER BY count(*) DESC",
    ),
    Rule(
        "negative_without_correction",
        "fail",
        "{count} usage rows are negative without being corrections; set charge_class to Correction where they are, or mend the sign",
        f"SELECT u.usage_id || ' (' || u.account_id || ', ' || u.usage_date || ')' AS example FROM usage_daily u"
        f" WHERE u.charge_class IS DISTINCT FROM 'Correction' AND {_USAGE} AND ({_NEGATIVE}) ORDER BY u.usage_date",
    ),
    Rule(
        "primary_credit_not_one",
        "fail",
        "{count} times the primary assignments of an account do not sum to 1; mend credit_pct, valid_from or valid_to",
        "WITH primaries AS (SELECT * FROM account_assignment WHERE assignment_role = 'primary' AND coalesce(valid_to, DATE '2999-01-01') > valid_from),"
        " steps AS (SELECT account_id, valid_from AS day, credit_pct AS step FROM primaries"
        " UNION ALL SELECT account_id, valid_to, -credit_pct FROM primaries WHERE valid_to IS NOT NULL),"
        " days AS (SELECT account_id, day, sum(sum(step)) OVER (PARTITION BY account_id ORDER BY day) AS credited FROM steps GROUP BY account_id, day)"
        " SELECT account_id || ' from ' || day || ': ' || round(credited, 4) AS example FROM days"
        " WHERE abs(credited) > 1e-6 AND abs(credited - 1) > 1e-6 ORDER BY account_id, day",
    ),
    Rule(
        "cost_without_quantity",
        "warn",
        "{count} accounts have cost without quantity: unit prices and units leave these rows out",
        "SELECT u.account_id || ' (' || count(*) || ' rows)' AS example FROM usage_daily u"
        f" WHERE u.effective_cost <> 0 AND u.consumed_quantity IS NULL AND {_USAGE} GROUP BY u.account_id ORDER BY count(*) DESC",
    ),
    Rule(
        "rows_without_workload",
        "warn",
        "more than 3% of usage rows name no workload: drivers by workload are incomplete",
        f"SELECT round(100.0 * count(*) FILTER (WHERE workload_id IS NULL) / count(*), 1) || '% of rows' AS example FROM usage_daily u WHERE {_USAGE}"
        " HAVING count(workload_id) > 0 AND count(*) FILTER (WHERE workload_id IS NULL) > 0.03 * count(*)",
    ),
    Rule(
        "cost_above_list",
        "warn",
        "{count} accounts pay more than 1.5 times list on some rows: check list_cost",
        "SELECT u.account_id || ' (' || count(*) || ' rows)' AS example FROM usage_daily u"
        " WHERE u.list_cost > 0 AND u.effective_cost > u.list_cost * 1.5 GROUP BY u.account_id ORDER BY count(*) DESC",
    ),
    Rule(
        "account_without_owner",
        "warn",
        "{count} accounts have no owner and no primary assignment: their consumption is uncredited",
        "SELECT a.account_id || ' ' || a.account_name AS example FROM account a WHERE a.owner_rep_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM account_assignment x WHERE x.account_id = a.account_id AND x.assignment_role = 'primary') ORDER BY 1",
    ),
    Rule(
        "unknown_rep",
        "warn",
        "{count} people own or are assigned to accounts but stand in no rep file",
        "SELECT rep_id AS example FROM (SELECT owner_rep_id AS rep_id FROM account WHERE owner_rep_id IS NOT NULL"
        " UNION SELECT rep_id FROM account_assignment) ANTI JOIN rep USING (rep_id) ORDER BY 1",
    ),
    Rule(
        "day_gaps",
        "warn",
        "{count} accounts have gaps of 3 days or more in daily usage: missing data or real silence",
        "WITH days AS (SELECT account_id, usage_date, lead(usage_date) OVER (PARTITION BY account_id ORDER BY usage_date) AS next_day"
        " FROM (SELECT DISTINCT account_id, usage_date FROM usage_daily)),"
        " steady AS (SELECT account_id FROM days GROUP BY account_id HAVING count(*) >= 28 AND count(*) >= 0.6 * (max(usage_date) - min(usage_date) + 1))"
        " SELECT account_id || ': ' || (max(next_day - usage_date) - 1) || ' days after ' || arg_max(usage_date, next_day - usage_date) AS example"
        " FROM days JOIN steady USING (account_id) WHERE next_day - usage_date > 3 GROUP BY account_id ORDER BY max(next_day - usage_date) DESC",
    ),
    Rule(
        "live_use_case_without_workload",
        "warn",
        "{count} live use cases have no linked workload: what they realise cannot be measured",
        "SELECT c.use_case_id || ' ' || c.use_case_name AS example FROM use_case c ANTI JOIN workload w USING (use_case_id)"
        " WHERE c.stage = 'live' ORDER BY 1",
    ),
    Rule(
        "contract_overlap",
        "warn",
        "{count} pairs of commit contracts of one account overlap in time",
        "SELECT a.contract_id || ' and ' || b.contract_id AS example FROM contract a JOIN contract b ON a.account_id = b.account_id"
        " AND a.contract_id < b.contract_id AND a.start_date < b.end_date AND b.start_date < a.end_date"
        " WHERE a.contract_type = 'commit' AND b.contract_type = 'commit'"
        " AND coalesce(a.status, '') <> 'cancelled' AND coalesce(b.status, '') <> 'cancelled' ORDER BY 1",
    ),
    Rule(
        "activity_without_account",
        "warn",
        "{count} customer-facing activities name no known account",
        "SELECT x.activity_id AS example FROM activity x ANTI JOIN account a USING (account_id) WHERE x.activity_type <> 'internal' ORDER BY 1",
    ),
    Rule(
        "note_without_account",
        "warn",
        "{count} notes name no known account",
        "SELECT n.note_id AS example FROM note n ANTI JOIN account a USING (account_id) WHERE n.note_type <> 'internal_memo' ORDER BY 1",
    ),
    Rule(
        "shared_alias",
        "warn",
        "{count} names are shared by two accounts or two people: questions will ask which one",
        "WITH names AS ("
        "SELECT 'account' AS kind, account_id AS id, account_name AS name FROM account"
        " UNION ALL SELECT 'account', account_id, unnest(CAST(aliases AS VARCHAR[])) FROM account WHERE aliases IS NOT NULL"
        " UNION ALL SELECT 'rep', rep_id, unnest([full_name, preferred_name]) FROM rep"
        " UNION ALL SELECT 'rep', rep_id, unnest(CAST(aliases AS VARCHAR[])) FROM rep WHERE aliases IS NOT NULL)"
        " SELECT any_value(name) || ' (' || string_agg(DISTINCT id, ', ' ORDER BY id) || ')' AS example FROM names WHERE name IS NOT NULL"
        " GROUP BY kind, lower(name) HAVING count(DISTINCT id) > 1 ORDER BY 1",
    ),
)


def run_checks(connection: DuckDBPyConnection, company: Company, usage_currencies: set[str]) -> list[Check]:
    """All checks that found something, failures first."""
    connection.execute(f"USE {SNAP}")
    found = list(_mixed_currency(connection, company, usage_currencies))
    for rule in RULES:
        row = connection.execute(f"SELECT count(*), list(example)[:{SHOWN}] FROM ({rule.sql})").fetchone()
        if row and row[0]:
            found.append(Check(name=rule.name, level=rule.level, count=row[0], message=rule.message.format(count=row[0]), examples=row[1]))
    connection.execute("USE memory")
    return sorted(found, key=lambda check: check.level != "fail")


def _mixed_currency(connection: DuckDBPyConnection, company: Company, usage_currencies: set[str]) -> Iterator[Check]:
    """Money is in one reporting currency; nothing is converted, so nothing else may come in."""
    of_table = {"usage_daily": usage_currencies}
    for table in ("contract", "price"):
        rows = connection.execute(f"SELECT DISTINCT upper(trim(currency)) FROM {table} WHERE currency IS NOT NULL").fetchall()
        of_table[table] = {row[0] for row in rows}
    for table, currencies in of_table.items():
        foreign = sorted(currencies - {company.currency})
        if foreign:
            yield Check(
                name="mixed_currency",
                level="fail",
                count=len(foreign),
                message=f"{table} has money in {', '.join(foreign)}, but the company reports in {company.currency};"
                f" convert it, or set `currency` in company.yaml",
                examples=foreign,
            )
