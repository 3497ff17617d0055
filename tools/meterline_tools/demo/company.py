"""The order of work: simulate, leave records, find words, compute truth, dirty the telemetry, write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.build import TRUTH_DIR, Manifest, Progress
from meterline_tools.demo.crm import enablement, outside, paperwork, people, pipeline, touches
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.dirt import make_dirty
from meterline_tools.demo.evidence import exhibits
from meterline_tools.demo.ledger import annotation_rows
from meterline_tools.demo.population import make_accounts
from meterline_tools.demo.simulate import simulate
from meterline_tools.demo.streams import Streams
from meterline_tools.demo.talk.sayings import Talk, talk_about
from meterline_tools.demo.truth import truth_records
from meterline_tools.demo.usage import usage_rows
from meterline_tools.demo.words import Words, make_notes
from meterline_tools.demo.write import digest, text, usage_table, write_csv, write_jsonl, write_parquet
from meterline_tools.warehouse.schema import TABLES

STEPS = 5
COMPANY_SETTINGS = ("name", "currency", "fiscal_year_start_month", "fiscal_year_label", "as_of", "settle_lag_days")


def build_company(out: Path, seed: int, accounts: int, days: int, progress: Progress) -> Manifest:
    """See `meterline_tools.demo.build.generate`."""
    axis, streams = Axis(spec.frame().as_of, days), Streams(seed)
    progress(0, STEPS, "simulating accounts")
    world = World(axis, streams, simulate(make_accounts(axis, streams, accounts), axis, streams))
    progress(1, STEPS, "writing records")
    tables, words, talk = records(world)
    progress(2, STEPS, "computing truth")
    shown = exhibits(world, words, tables)
    truth = truth_records(world, shown)
    tables["usage_annotation"] = annotation_rows(world, shown)
    progress(3, STEPS, "metering usage")
    rows, dims = usage_rows(world.company, axis, streams)
    usage = usage_table(make_dirty(rows, dims, world.company, axis, streams), dims, axis)
    progress(4, STEPS, "writing files")
    out.mkdir(parents=True, exist_ok=True)
    written = _write(out, tables, words)
    write_parquet(out / "usage_daily.parquet", usage)
    written["usage_daily.parquet"] = usage.num_rows
    truth_path = _write_truth(out, seed, axis, world, truth, talk)
    digests = {name: digest(out / name) for name in sorted(written)}
    progress(STEPS, STEPS, "done")
    return Manifest(out, truth_path, seed, accounts, days, axis.as_of, dict(sorted(written.items())), digests)


def records(world: World) -> tuple[dict[str, list[Record]], Words, Talk]:
    """The rows of every table but the fact table and the ledger, and the notes."""
    held = people.credits(world)
    pipe = pipeline.make_pipeline(world, held)
    activities = touches.activity_rows(world, held)
    contacts = people.contact_rows(world)
    qbrs = touches.qbr_rows(world, held)
    talk = talk_about(world, held, contacts)
    words = make_notes(world, held, contacts, activities, qbrs, talk)
    touches.link_notes(qbrs, words.ids)
    tables = {
        "rep": people.rep_rows(world),
        "account": people.account_rows(world, held),
        "account_assignment": people.assignment_rows(world, held),
        "quota": paperwork.quota_rows(world, held),
        "contract": paperwork.contract_rows(world),
        "sku": paperwork.sku_rows(),
        "price": paperwork.price_rows(world),
        "workload": paperwork.workload_rows(world, pipe.use_case_of),
        "use_case": pipe.use_cases,
        "use_case_event": pipe.events,
        "contact": contacts,
        "activity": activities,
        "qbr": qbrs,
        "action_item": touches.action_rows(world, held, qbrs),
        "enablement_event": enablement.enablement_rows(world),
        "support_ticket": outside.ticket_rows(world, talk),
        "change_event": outside.change_rows(world),
        "forecast": outside.forecast_rows(world, held, pipe.use_cases),
    }
    return tables, words, talk


def _write(out: Path, tables: dict[str, list[Record]], words: Words) -> dict[str, int]:
    written: dict[str, int] = {}
    frame = spec.frame()
    company = {
        k: getattr(frame, k) for k in ("name", "currency", "fiscal_year_start_month", "fiscal_year_label", "as_of", "settle_lag_days")
    }
    (out / "company.yaml").write_text("".join(f"{k}: {text(v)}\n" for k, v in company.items()), encoding="utf-8")
    written["company.yaml"] = 1
    for table, rows in sorted(tables.items()):
        write_csv(out / f"{table}.csv", [c.name for c in TABLES[table].columns], rows)
        written[f"{table}.csv"] = len(rows)
    write_jsonl(out / "note.jsonl", words.notes)
    written["note.jsonl"] = len(words.notes)
    for name, content in sorted(words.files.items()):
        path = out / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        written[f"notes/{name}"] = 1
    return written


def _write_truth(out: Path, seed: int, axis: Axis, world: World, truth: list[dict[str, Any]], talk: Talk) -> Path:
    path = out / TRUTH_DIR / "truth.json"
    path.parent.mkdir(exist_ok=True)
    document = {
        "seed": seed,
        "as_of": text(axis.as_of),
        "first_day": text(axis.first),
        "quiet_accounts": [s.account.id for s in world.company if not s.events and not s.account.follows],
        "noise": talk.noise,
        "events": truth,
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
