"""Paperhouse: a company whose contracts are of every kind, small enough to work out by hand.

Last complete day 15 August 2026; currency GBP; the fiscal year begins in February. Every account uses the same amount a day
on its contract from the first day of the term; d1 is day 196 of a year that begins on 1 February.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from meterline_tools.warehouse.load import load

D1 = date(2026, 8, 15)
_REPS = """rep_id,full_name,email,role,manager_rep_id
P0,Vera Holm,vera@paperhouse.example,vp,
P1,Ines Duarte,ines@paperhouse.example,core,P0
P2,Otto Brandt,otto@paperhouse.example,core,P0
"""
_ACCOUNTS = """account_id,account_name,owner_rep_id,industry,region
A1,Larch Foods,P1,retail,EMEA
A2,Moss Rail,P1,transport,EMEA
A3,Fern Bank,P2,finance,AMER
A4,Reed Energy,P2,energy,AMER
A5,Sedge Media,P2,media,AMER
A6,Thyme Labs,P2,software,AMER
"""
# A1 uses 100 a day of 30,000: 19,600 by d1, 10,400 left, 104 days: 27 November.
# A2 used its 10,000 up by 11 May (day 100 at 100 a day); overage at list since: 96 days at 125, of which 25 a day are the price.
# A3 uses 20 a day of 20,000: 3,920; 169 days left take 3,380; 12,700 stay, and a tenth of that rolls over: 11,430 lost.
# A4 pays as it goes (10 a day, 30 since July), A5 has a licence (10 a day, 4 since July), A6 renewed early: K7 replaced
# K6 on 1 July, and K8 is signed for next year.
_CONTRACTS = """contract_id,account_id,contract_type,commit_amount,start_date,end_date,signed_date,status,overage_rule,overage_multiplier,\
rollover_rule,rollover_cap_pct,prior_contract_id,payment_terms,is_cancellable
K1,A1,commit,30000,2026-02-01,2027-02-01,2026-01-10,active,premium,1.15,on_equal_or_larger_renewal,,,prepaid_annual,false
K2,A2,commit,10000,2026-02-01,2027-02-01,2026-01-10,exhausted,on_demand_list,,none,,,prepaid_quarterly,false
K3,A3,commit,20000,2026-02-01,2027-02-01,2026-01-10,active,hard_stop,,pct_cap,0.1,,arrears_monthly,true
K4,A4,payg,,2026-02-01,2099-01-01,2026-01-10,active,,,,,,,
K5,A5,enterprise_license,50000,2026-02-01,2027-02-01,2026-01-10,active,,,,,,,
K6,A6,commit,5000,2026-01-01,2026-10-01,2025-12-10,renewed,auto_true_up,,auto,,,,false
K7,A6,commit,9000,2026-07-01,2026-09-30,2026-06-10,active,handshake,,none,,K6,,false
K8,A6,commit,12000,2026-09-30,2027-09-30,2026-08-01,active,contracted_rate,,none,,K7,,false
"""


def write_paperhouse(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in {"rep": _REPS, "account": _ACCOUNTS, "contract": _CONTRACTS}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "usage_daily.csv").write_text("\n".join([_HEAD, *_usage()]) + "\n", encoding="utf-8")
    return folder


_HEAD = "usage_id,usage_date,account_id,contract_id,commit_status,effective_cost,list_cost,ingested_at"


def _usage() -> list[str]:
    rows = []
    for n in range((D1 - date(2026, 1, 1)).days + 1):
        day = date(2026, 1, 1) + timedelta(days=n)
        for account, contract, status, net, at_list in _of(day):
            rows.append(f"{account}{n}{status},{day},{account},{contract},{status},{net},{at_list},{day + timedelta(days=1)} 02:00:00")
    return rows


def _of(day: date) -> list[tuple[str, str, str, int, int]]:
    more, less = (30, 4) if day >= date(2026, 7, 1) else (10, 10)
    rows = [("A4", "", "on_demand", more, more), ("A5", "", "on_demand", less, less)]
    rows.append(("A6", "K6" if day < date(2026, 7, 1) else "K7", "drawdown", 10, 10))
    if day >= date(2026, 2, 1):
        rows += [("A1", "K1", "drawdown", 100, 125), ("A3", "K3", "drawdown", 20, 25)]
        rows.append(("A2", "K2", "drawdown", 100, 125) if day <= date(2026, 5, 11) else ("A2", "K2", "overage", 125, 125))
    return rows


def load_paperhouse(folder: Path) -> Path:
    """A workspace with Paperhouse loaded; its path."""
    settings = {"currency": "GBP", "fiscal_year_start_month": 2, "as_of": datetime(2026, 8, 19, 6)}
    report = load(folder / "home", [write_paperhouse(folder / "files")], company=settings)
    assert report.status == "loaded", report
    return folder / "home"
