"""What is said and asked across accounts: competitors named, mentions of a word, questions put to customers."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import clock, resolver


@resolver
def competed_accounts(files: CompanyFiles) -> list[str]:
    """Accounts with a use case for which the CRM names a competitor, the largest estimate first."""
    sql = """SELECT a.account_name FROM use_case u JOIN account a USING (account_id)
             WHERE coalesce(u.competitor, '') <> '' AND coalesce(u.created_at, $known) <= $known
             GROUP BY 1 ORDER BY max(u.est_monthly_usd) DESC NULLS LAST"""
    return files.names(sql, known=clock(files)["known"])


@resolver
def mentioning(files: CompanyFiles, words: str, days: int) -> list[str]:
    """Accounts with an open note of those days that holds the words as they stand."""
    sql = f"""SELECT DISTINCT a.account_name FROM note n JOIN account a USING (account_id)
              WHERE coalesce(n.sensitivity, '') <> 'restricted' AND coalesce(n.created_at, n.occurred_at) <= $known
                AND CAST(n.occurred_at AS DATE) > CAST($known AS DATE) - {days}
                AND lower(coalesce(n.body, '') || ' ' || coalesce(CAST(n.turns AS VARCHAR), '')) LIKE $words ORDER BY 1"""
    return files.names(sql, known=clock(files)["known"], words=f"%{words.lower()}%")


@resolver
def asked_too_often(files: CompanyFiles, most: int = 3, days: int = 30) -> list[str]:
    """Accounts to which at least `most` questions were put in so many days; a prompt inside the product counts half."""
    sql = f"""SELECT a.account_name FROM activity x JOIN account a USING (account_id)
              WHERE coalesce(x.ask_type, '') <> '' AND x.activity_type <> 'internal'
                AND coalesce(x.logged_at, x.occurred_at) <= $known AND CAST(x.occurred_at AS DATE) >= CAST($known AS DATE) - {days}
              GROUP BY 1 HAVING sum(CASE WHEN x.activity_type = 'in_product' THEN 0.5 ELSE 1 END) >= {most}
              ORDER BY count(*) DESC, 1"""
    return files.names(sql, known=clock(files)["known"])


@resolver
def asked_about(files: CompanyFiles, topic: str, least: int, days: int) -> list[str]:
    """Accounts that were asked about a topic at least so often in the days up to the last complete one."""
    sql = f"""SELECT a.account_name FROM activity x JOIN account a USING (account_id)
              WHERE x.ask_type = $topic AND x.activity_type <> 'internal' AND coalesce(x.logged_at, x.occurred_at) <= $known
                AND CAST(x.occurred_at AS DATE) BETWEEN $d1 - {days - 1} AND $d1
              GROUP BY 1 HAVING sum(CASE WHEN x.activity_type = 'in_product' THEN 0.5 ELSE 1 END) >= {least}
              ORDER BY count(*) DESC, 1"""
    return files.names(sql, topic=topic, **clock(files))


@resolver
def not_to_be_contacted(files: CompanyFiles) -> list[str]:
    """Accounts with somebody who is not to be contacted before a day to come."""
    sql = """SELECT DISTINCT a.account_name FROM contact c JOIN account a USING (account_id)
             WHERE c.no_contact_until > CAST($known AS DATE) ORDER BY 1"""
    return files.names(sql, known=clock(files)["known"])
