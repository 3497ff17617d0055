"""A company of a few use cases, activities and certificates, so that every list can be told from the page.

The last complete day is 15 August 2026, the time of knowledge 18 August at noon. Ada holds Kiln & Loom and
Harbor Foods, Ben holds Zephyr Bank.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from meterline_tools.catalog.model import load_catalog
from meterline_tools.catalog.names import NameIndex
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.tools.catalog.snapshot import Company, load_company

D1, KNOWN_AT = date(2026, 8, 15), datetime(2026, 8, 18, 12)
NOTES = '{""champion"": {""text"": ""Ines wants it before the audit"", ""as_of"": ""2026-07-30"", ""note_id"": ""N7""}}'

TABLES = {
    "rep": """
        rep_id,full_name,role,start_date
        R1,Ada Quist,core,2020-01-01
        R2,Ben Ortiz,core,2020-01-01
        R3,Eve Stone,se,2020-01-01
    """,
    "account": """
        account_id,account_name,owner_rep_id,industry,acquisition_source
        A1,Kiln & Loom,R1,retail,partner
        A2,Harbor Foods,R1,retail,self_serve
        A3,Zephyr Bank,R2,finance,self_serve
    """,
    "sku": """
        sku_id,sku_name,sku_family,consumed_unit,is_consumption,launched_on
        s1,Old Engine,Compute,credit,true,2020-01-01
        s2,Mind Reader,Minds,token,true,2026-03-01
    """,
    "contract": """
        contract_id,account_id,contract_type,commit_amount,start_date,end_date,status
        C1,A2,commit,1000,2026-01-01,2026-12-31,active
        C2,A3,payg,,2020-01-01,2099-01-01,active
    """,
    "workload": """
        workload_id,account_id,workload_name,use_case_id
        W1,A1,boards,U5
        W2,A1,dead,U6
    """,
    "usage_daily": """
        usage_date,account_id,sku_id,workload_id,effective_cost,ingested_at
        2026-06-01,A2,s1,,40,2026-06-02 01:00:00
        2026-08-01,A1,s1,W1,50,2026-08-02 01:00:00
        2026-08-10,A2,s2,,30,2026-08-11 01:00:00
        2026-08-11,A3,s2,,70,2026-08-12 01:00:00
    """,
    "use_case": f"""
        use_case_id,account_id,use_case_name,stage,est_monthly_usd,created_at,original_planned_live_date,planned_live_date,actual_live_date,owner_rep_id,primary_sku_family,md_metrics,md_champion,meddpicc_notes
        U1,A1,Churn model,qualified,100,2026-08-10 09:00:00,2026-09-01,2026-09-20,,R1,Compute,3,1,"{NOTES}"
        U2,A2,Cold chain,approved,400,2026-01-10 09:00:00,2026-05-01,2026-09-30,,R1,Minds,,,
        U3,A3,Ledger,evaluating,900,2026-01-10 09:00:00,2026-10-01,2026-10-01,,R2,Minds,3,3,
        U4,A3,Old idea,lost,50,2026-01-10 09:00:00,2026-03-01,2026-09-10,,R2,Compute,,,
        U5,A1,Boards,live,200,2025-01-10 09:00:00,2026-03-01,2026-03-01,2026-03-01,R1,Compute,,,
        U6,A1,Dead boards,live,300,2025-01-10 09:00:00,2026-03-01,2026-03-01,2026-03-01,R1,Compute,,,
    """,
    "use_case_event": """
        event_id,use_case_id,event_at,event_type,field_name,from_value,to_value,reason
        e0,U1,2026-08-10 09:00:00,created,,,identified,
        e1,U2,2026-03-01 09:00:00,date_change,planned_live_date,2026-05-01,2026-06-01,No budget
        e2,U2,2026-05-01 09:00:00,date_change,planned_live_date,2026-06-01,2026-08-20,No budget
        e3,U2,2026-08-05 09:00:00,date_change,planned_live_date,2026-08-20,2026-09-30,Test data not ready
        e4,U1,2026-08-12 09:00:00,date_change,planned_live_date,2026-09-01,2026-09-20,
        e5,U4,2026-02-01 09:00:00,date_change,planned_live_date,2026-03-01,2026-09-10,
        e6,U4,2026-02-02 09:00:00,date_change,planned_live_date,2026-09-10,2026-09-11,
        e7,U4,2026-02-03 09:00:00,date_change,planned_live_date,2026-09-11,2026-09-10,
    """,
    "activity": """
        activity_id,account_id,rep_id,activity_type,purpose,occurred_at,customer_attendees,substance,ask_type,ask_topic,ask_outcome,logged_at
        a1,A1,R1,email,review,2026-08-17 09:00:00,1,1,usage_why,the new boards,no_reply,2026-08-17 10:00:00
        a2,A1,R1,call,discovery,2026-08-03 09:00:00,2,2,,,,2026-08-03 10:00:00
        a3,A2,R1,meeting,review,2026-06-10 09:00:00,2,2,survey,yearly survey,answered,2026-06-10 10:00:00
        a4,A2,R1,internal,admin,2026-08-10 09:00:00,0,0,,,,2026-08-10 10:00:00
        a5,A3,,in_product,,2026-08-10 09:00:00,,,survey,stars,answered,2026-08-10 10:00:00
        a6,A1,R1,call,review,2026-05-15 09:00:00,1,2,,,,2026-05-15 10:00:00
    """,
    "enablement_event": """
        event_id,subject_type,subject_id,account_id,event_type,program,sku_family,quantity,occurred_at,expires_on
        c1,rep,R1,,cert_passed,Mind Reader Expert,Minds,,2026-01-10 09:00:00,2027-01-10
        c2,rep,R2,,cert_passed,Mind Reader Expert,Minds,,2025-07-01 09:00:00,2026-07-01
        c3,rep,R3,,cert_failed,Mind Reader Expert,Minds,,2026-07-01 09:00:00,
        v1,account,A2,A2,voucher_issued,Classes,Minds,8,2026-01-01 09:00:00,2026-08-20
        v2,account,A2,A2,voucher_redeemed,Classes,Minds,3,2026-02-01 09:00:00,2026-08-20
        v3,account,A3,A3,voucher_issued,Classes,Minds,5,2025-07-01 09:00:00,2026-07-01
    """,
}


def open_crm(folder: Path, principal: Principal = LOCAL_ADMIN, *, without: Collection[str] = ()) -> Workbench:
    """A workbench on the company, without some of its tables."""
    tables = {name: text for name, text in TABLES.items() if name not in without}
    return bench_on(load_company(folder, tables, {}, D1, KNOWN_AT), principal)


def bench_on(company: Company, principal: Principal = LOCAL_ADMIN) -> Workbench:
    views = company.views(principal)
    names = NameIndex(views, company.warehouse)
    return Workbench(principal, company.warehouse, company.asof, company.calendar, load_catalog(), views, names, notes=None)


def shown(bench: Workbench, figure: str) -> object:
    """The exact value of a figure."""
    return bench.book.figures[figure].value
