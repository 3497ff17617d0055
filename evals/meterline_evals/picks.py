"""Names chosen from a company's own tables, so that one question fits any company.

A pick returns a name, or None when the company has nothing of the kind; the question is then not put to it.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.attainment import with_quota
from meterline_evals.resolvers.registry import CREDITED, USAGE, clock

Picker = Callable[..., str | None]
Named = TypeVar("Named", bound=Picker)
PICKS: dict[str, Picker] = {}

# Names that a question can use as they stand: no other account begins with the same word, and no instruction hides in them.
_PLAIN = """account_id IN (SELECT a.account_id FROM account a WHERE length(a.account_name) < 30 AND NOT EXISTS (
              SELECT 1 FROM account b WHERE b.account_id <> a.account_id
              AND split_part(b.account_name, ' ', 1) = split_part(a.account_name, ' ', 1)))"""
_HELD = f"""
    (SELECT u.account_id, u.account_name, u.full_name, sum(u.credited) AS usd FROM {CREDITED} u
     WHERE u.usage_date > $d1 - 28 GROUP BY 1, 2, 3)
"""


def pick(function: Named) -> Named:
    PICKS[function.__name__] = function
    return function


def _nth(names: list[str], rank: int) -> str | None:
    return names[rank - 1] if len(names) >= rank else None


@pick
def account(files: CompanyFiles, rank: int = 1, **filters: str) -> str | None:
    """The account with the `rank`-th largest consumption in 28 days, among those the filters leave."""
    where = "".join(f" AND {name} = ${name}" for name in filters)
    sql = f"""SELECT account_name FROM {USAGE} WHERE usage_date > $d1 - 28 AND {_PLAIN}{where}
              GROUP BY 1 ORDER BY sum(effective_cost) DESC LIMIT {rank}"""
    return _nth(files.names(sql, **filters, **clock(files)), rank)


@pick
def account_of(files: CompanyFiles, rep: str, rank: int = 1) -> str | None:
    """The `rank`-th largest account in a rep's own book."""
    sql = f"SELECT account_name FROM {_HELD} WHERE full_name = $rep AND {_PLAIN} ORDER BY usd DESC LIMIT {rank}"
    return _nth(files.names(sql, rep=rep, **clock(files)), rank)


@pick
def foreign_account(files: CompanyFiles, rep: str, rank: int = 1) -> str | None:
    """A large account that the rep never had."""
    sql = f"""SELECT account_name FROM {USAGE} WHERE usage_date > $d1 - 28 AND {_PLAIN} AND account_id NOT IN (
                SELECT a.account_id FROM account a LEFT JOIN account_assignment x USING (account_id)
                JOIN rep r ON r.rep_id = x.rep_id OR r.rep_id = a.owner_rep_id WHERE r.full_name = $rep)
              GROUP BY 1 ORDER BY sum(effective_cost) DESC LIMIT {rank}"""
    return _nth(files.names(sql, rep=rep, **clock(files)), rank)


@pick
def committed_account(files: CompanyFiles, rank: int = 1) -> str | None:
    """An account with exactly one running commit, the largest first."""
    sql = f"""SELECT account_name FROM contract c JOIN account a USING (account_id)
              WHERE c.contract_type = 'commit' AND c.start_date <= $d1 AND c.end_date > $d1 AND {_PLAIN}
                AND coalesce(c.status, '') NOT IN ('draft', 'cancelled')
              GROUP BY 1 HAVING count(*) = 1 ORDER BY sum(commit_amount) DESC LIMIT {rank}"""
    return _nth(files.names(sql, d1=files.d1), rank)


@pick
def uncommitted_account(files: CompanyFiles) -> str | None:
    """The largest account that never had a contract with a commitment."""
    sql = f"""SELECT account_name FROM {USAGE} WHERE usage_date > $d1 - 28 AND {_PLAIN}
                AND account_id NOT IN (SELECT account_id FROM contract WHERE contract_type = 'commit' AND account_id IS NOT NULL)
              GROUP BY 1 ORDER BY sum(effective_cost) DESC LIMIT 1"""
    return _nth(files.names(sql, **clock(files)), 1)


@pick
def rep(files: CompanyFiles, rank: int = 1) -> str | None:
    """The rep with the `rank`-th largest book, among those whose first name nobody shares."""
    sql = f"""SELECT full_name FROM {_HELD} h WHERE NOT EXISTS (SELECT 1 FROM rep r WHERE r.full_name <> h.full_name
                AND split_part(h.full_name, ' ', 1) IN (split_part(r.full_name, ' ', 1), r.preferred_name))
              GROUP BY 1 ORDER BY sum(usd) DESC LIMIT {rank}"""
    return _nth(files.names(sql, **clock(files)), rank)


@pick
def rep_with_quota(files: CompanyFiles, rank: int = 1) -> str | None:
    """As `rep`, among those with an incremental quota this year."""
    ranked = [rep(files, n) for n in range(1, 60)]
    able = set(with_quota(files))
    return _nth([name for name in ranked if name in able], rank)


@pick
def rep_without_quota(files: CompanyFiles) -> str | None:
    """Somebody with a book and no quota row, at a company that has quotas."""
    ranked = [rep(files, n) for n in range(1, 60)]
    able = set(with_quota(files))
    return _nth([name for name in ranked if name and name not in able], 1) if able else None


@pick
def first_name(files: CompanyFiles, of: str) -> str | None:
    return of.split(maxsplit=1)[0]


@pick
def shared_first_name(files: CompanyFiles) -> str | None:
    """A first name that two people with a book have."""
    names = files.names(f"SELECT DISTINCT full_name FROM {_HELD}", **clock(files))
    firsts = sorted(n.split()[0] for n in names)
    return next((a for a, b in pairwise(firsts) if a == b), None)


@pick
def nickname(files: CompanyFiles) -> str | None:
    """What people call somebody who has a quota: a preferred name that is nobody's own first name."""
    sql = """SELECT preferred_name FROM rep r WHERE coalesce(preferred_name, '') <> '' AND full_name IN (SELECT unnest($able))
             AND NOT EXISTS (SELECT 1 FROM rep o WHERE o.rep_id <> r.rep_id AND (split_part(o.full_name, ' ', 1) = r.preferred_name
             OR o.preferred_name = r.preferred_name)) ORDER BY 1 LIMIT 1"""
    return _nth(files.names(sql, able=with_quota(files)), 1)


@pick
def called(files: CompanyFiles, nickname: str) -> str | None:
    """The full name of who goes by a nickname."""
    return _nth(files.names("SELECT full_name FROM rep WHERE preferred_name = $nickname", nickname=nickname), 1)


@pick
def manager(files: CompanyFiles, rank: int = 1) -> str | None:
    """A manager whose direct reports have books, the largest first."""
    sql = f"""SELECT m.full_name FROM {_HELD} h JOIN rep r ON r.full_name = h.full_name JOIN rep m ON m.rep_id = r.manager_rep_id
              GROUP BY 1 ORDER BY sum(h.usd) DESC LIMIT {rank}"""
    return _nth(files.names(sql, **clock(files)), rank)


@pick
def value(files: CompanyFiles, column: str, rank: int = 1) -> str | None:
    """The `rank`-th largest value of a column of accounts or SKUs (industry, region, segment, sku_family …)."""
    sql = f"""SELECT {column} FROM {USAGE} WHERE usage_date > $d1 - 28 AND coalesce({column}, '') <> ''
              GROUP BY 1 ORDER BY sum(effective_cost) DESC LIMIT {rank}"""
    return _nth(files.names(sql, **clock(files)), rank)


@pick
def spoken(files: CompanyFiles, of: str) -> str | None:
    """A value as people say it: without underscores."""
    return of.replace("_", " ")


@pick
def newest_sku(files: CompanyFiles) -> str | None:
    """The consumption SKU launched last that is used."""
    sql = f"""SELECT sku_name FROM {USAGE} WHERE usage_date > $d1 - 28 AND launched_on IS NOT NULL
              GROUP BY 1 ORDER BY max(launched_on) DESC LIMIT 1"""
    return _nth(files.names(sql, **clock(files)), 1)


@pick
def certificate(files: CompanyFiles, rank: int = 1) -> str | None:
    """A program in which reps passed."""
    sql = "SELECT program FROM enablement_event WHERE event_type = 'cert_passed' GROUP BY 1 ORDER BY count(*), 1"
    return _nth(files.names(sql), rank)


@pick
def busy_rep(files: CompanyFiles, rank: int = 1) -> str | None:
    """The rep with the most activities of the calendar month before."""
    sql = """SELECT full_name FROM activity JOIN rep USING (rep_id) WHERE activity_type <> 'internal' AND role IN ('core', 'hunter')
             AND CAST(occurred_at AS DATE) BETWEEN $first AND $last GROUP BY 1 ORDER BY count(*) DESC, 1"""
    return _nth(files.names(sql, first=files.day("pm0"), last=files.day("m0-1")), rank)


@pick
def asked_account(files: CompanyFiles) -> str | None:
    """The account with the most questions put to it of late."""
    sql = f"""SELECT account_name FROM activity JOIN account USING (account_id) WHERE coalesce(ask_type, '') <> ''
                AND activity_type <> 'internal' AND {_PLAIN}
                AND CAST(occurred_at AS DATE) BETWEEN $d1 - 29 AND $d1 GROUP BY 1 ORDER BY count(*) DESC, 1"""
    return _nth(files.names(sql, d1=files.d1), 1)


@pick
def month_word(files: CompanyFiles, before: int = 1, year: bool = False) -> str | None:
    """The name of the calendar month so many before that of d1."""
    index = files.d1.year * 12 + files.d1.month - 1 - before
    return calendar.month_name[index % 12 + 1] + (f" {index // 12}" if year else "")


def binding(chosen: dict[str, Any], files: CompanyFiles) -> dict[str, str] | None:
    """All names of a task; a later pick may use an earlier one in its arguments. None when the company lacks one."""
    names: dict[str, str] = {}
    for key, spec in chosen.items():
        arguments = {k: v.format(**names) if isinstance(v, str) else v for k, v in spec.args.items()}
        name = PICKS[spec.pick](files, **arguments)
        if name is None:
            return None
        names[key] = name
    return names
