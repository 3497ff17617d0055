"""Kit tools that answer by the contract with made-up figures, and a driver that plays the loop against the analyst."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from meterline.answer import Draft
from meterline.models.offline.model import BuiltInAnalyst
from meterline.models.offline.understand.catalogue import vocabulary

WINDOW = {"from": "2026-07-17", "to": "2026-08-15", "label": "the last 30 days"}
Entity = tuple[str, str, str, str]
"""type, id, name, hint"""

COMPANY: dict[str, list[Entity]] = {
    "greta holm": [("rep", "P1", "Greta Holm", "core, North")],
    "greta": [("rep", "P1", "Greta Holm", "core, North")],
    "otto": [("rep", "P2", "Otto Falk", "core, South"), ("rep", "P3", "Otto Brandt", "hunter, West")],
    "otto falk": [("rep", "P2", "Otto Falk", "core, South")],
    "brandt": [("rep", "P3", "Otto Brandt", "hunter, West")],
    "imani": [("rep", "P4", "Imani Sesay", "core, West")],
    "ruth kessel": [("manager", "P9", "Ruth Kessel", "manager, North")],
    "zephyr foods": [("account", "K1", "Zephyr Foods", "retail, owned by Greta Holm")],
    "zephyr labs": [("account", "K2", "Zephyr Labs", "software, owned by Imani Sesay")],
    "zephyr": [
        ("account", "K1", "Zephyr Foods", "retail, owned by Greta Holm"),
        ("account", "K2", "Zephyr Labs", "software, owned by Imani Sesay"),
    ],
    "marlow": [("account", "K3", "Marlow Freight", "logistics")],
    "marlow freight": [("account", "K3", "Marlow Freight", "logistics")],
    "birchgate": [("account", "K4", "Birchgate Mutual", "finance")],
    "retail": [("industry", "retail", "retail", "9 accounts")],
    "logistics": [("industry", "logistics", "logistics", "7 accounts")],
    "emea": [("region", "EMEA", "EMEA", "")],
    "amer": [("region", "AMER", "AMER", "")],
    "enterprise": [("segment", "enterprise", "enterprise", ""), ("plan", "enterprise", "enterprise", "")],
    "vector search": [("sku_family", "Vector Search", "Vector Search", "")],
}
TYPOS = {"zefyr foods": "zephyr foods", "marlo": "marlow", "gretta": "greta", "birchgat": "birchgate", "retial": "retail"}


TOOLS = (
    "find_entities",
    "query_metrics",
    "explain_change",
    "search_notes",
    "find_savings",
    "commitments",
    "forecast",
    "size",
    "use_cases",
    "activities",
    "enablement",
    "review_rep",
    "morning_coffee",
    "previous_receipts",
    "known_causes",
    "data_loaded",
    "restatement",
    "calculate",
)


@dataclass
class FakeKit:
    """Figures are numbered through the turn; `broken` maps a tool to the error it gives."""

    broken: dict[str, dict[str, str]] = field(default_factory=dict)
    no_quota: bool = False
    explained: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    figures: int = 0

    def __call__(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((name, args))
        if name in self.broken:
            return {"error": self.broken[name]}
        tool: Callable[..., dict[str, Any]] = getattr(self, name)
        return tool(**args)

    def _figure(self, store: dict[str, Any], label: str, value: float | str) -> str:
        self.figures += 1
        ident = f"F{self.figures}"
        store[ident] = {"label": label, "display": str(value), "value": value, "unit": "USD"}
        return ident

    def find_entities(self, text: str, types: list[str] | None = None) -> dict[str, Any]:
        low, taken, mentions = text.lower(), set[int](), []
        for spelling in sorted([*COMPANY, *TYPOS], key=len, reverse=True):
            for match in re.finditer(rf"\b{re.escape(spelling)}\b", low):
                if taken & set(range(*match.span())):
                    continue
                taken |= set(range(*match.span()))
                found = COMPANY[TYPOS.get(spelling, spelling)]
                listed = [{"type": t, "id": i, "name": n, "score": 0.95, "hint": h} for t, i, n, h in found]
                said = text[match.start() : match.end()]
                mentions.append(
                    {"text": said, "start": match.start(), "end": match.end(), "resolved": len(found) == 1, "candidates": listed}
                )
        return {"mentions": sorted(mentions, key=lambda m: m["start"])}

    def query_metrics(self, metrics: list[str], **args: Any) -> dict[str, Any]:
        for given in args.get("filters", {}).get("account", []):
            if not str(given).startswith("K"):
                return {"error": {"kind": "mend_arguments", "text": f"Unknown account '{given}'. Nearest: Zephyr Foods."}}
        store: dict[str, Any] = {}
        keys, missing = self._keys(metrics)
        by = args.get("group_by") or []
        rows = [self._row(by, n, keys, store) for n in range(3 if by else 1)]
        for row, ident in zip(rows, args.get("filters", {}).get(by[0], []) if by else [], strict=False):
            row["entity"]["id"] = row["keys"][by[0]] = ident
        parts: dict[str, Any] = {"rest": None, "total": None}
        if by:
            parts["total"] = {"figures": {k: self._figure(store, k, 60.0) for k in keys}}
        if args.get("limit"):
            parts["rest"] = {"figures": {k: self._figure(store, k, 6.0) for k in keys}, "count": 4}
        body = {"receipts": ["R1"], "window": WINDOW, "compare_window": None, "rows": rows, **parts, "truncated": False}
        return {**body, "assumptions": [], "alternatives": [], "not_available": missing, "figures": store}

    def _keys(self, metrics: list[str]) -> tuple[list[str], list[dict[str, str]]]:
        known, keys, missing = vocabulary().metrics, [], []
        for ident in metrics:
            if self.no_quota and ident in ("M13", "M14", "M15"):
                missing.append({"metric": ident, "reason": "no quota loaded"})
            else:
                keys += [f"{ident}.{o.key}" if o.key else ident for o in known[ident].outputs]
        return keys, missing

    def _row(self, by: list[str], n: int, keys: list[str], store: dict[str, Any]) -> dict[str, Any]:
        names = ["Zephyr Foods", "Marlow Freight", "Birchgate Mutual"]
        entity = {"type": by[0], "id": f"K{n}", "name": names[n]} if by else None
        values = {k: self._figure(store, k, [0.4, 1.3, -0.2][n] if k.startswith("M14") else [30.0, 20.0, -10.0][n]) for k in keys}
        return {"keys": {name: f"K{n}" if name == by[0] else "other" for name in by}, "entity": entity, "figures": values}

    def known_causes(self, window: str = "", strip: str = "", limit: int = 5, **cuts: Any) -> dict[str, Any]:
        """One passing cause at Marlow Freight, and without it two moves."""
        store: dict[str, Any] = {}
        entity = {"type": "account", "id": "K3", "name": "Marlow Freight"}
        excess = {"now": self._figure(store, "Excess", 9.0), "before": self._figure(store, "Excess", 1.0)}
        cause = {"entity": entity, "cause": "backfill", "label": "a one-time re-load", "durability": "one_time", "removed": True}
        reply: dict[str, Any] = {"receipt": "R7", "causes": [cause | {"figures": excess, "citation": "C1"}], "assumptions": []}
        if strip:
            values = {"Zephyr Foods": (30.0, 0.0), "Marlow Freight": (20.0, 8.0), "all others": (10.0, 0.0), "total": (60.0, 8.0)}
            lines = [
                {
                    "entity": None,
                    "label": label,
                    "figures": {
                        "change": self._figure(store, "Change", change),
                        "removed": self._figure(store, "Change that will not last", gone),
                        "durable": self._figure(store, "Change without it", change - gone),
                    },
                }
                for label, (change, gone) in values.items()
            ]
            reply["stripped"] = {"receipt": "R8", "rows": lines[:2], "rest": lines[2], "total": lines[3]}
        return reply | {"figures": store}

    def data_loaded(self) -> dict[str, Any]:
        store: dict[str, Any] = {}
        days = {
            "first": self._figure(store, "First usage day", "2025-01-01"),
            "last": self._figure(store, "Last complete day", "2026-08-15"),
        }
        tables = [{"table": "usage_daily", "name": "usage daily", "figures": {"rows": self._figure(store, "Rows", 900.0)}}]
        return {"receipt": "R9", "tables": tables, "days": days, "notes": ["quota: no attainment"], "figures": store}

    def restatement(self, **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        values = {"before": 150.0, "now": 150.0, "change": 0.0, "late": 0.0, "corrections": 0.0, "new_days": 0.0}
        figures = {f"M01.{part}": self._figure(store, part, value) for part, value in values.items()}
        return {"receipts": ["R9"], "about": [], "total": {"figures": figures}, "rows": [], "rest": None, "arrivals": [], "figures": store}

    def calculate(self, expression: str) -> dict[str, Any]:
        store: dict[str, Any] = {}
        return {"figure": self._figure(store, expression, 1.5), "display": "1.5", "value": 1.5, "unit": "ratio", "receipt": "R10"}

    def explain_change(self, account: str, window: str = "") -> dict[str, Any]:
        headline = {"text": "Usage is [[F1.change]].", "kind": "measured", "citations": []}
        sections = [{"heading": "Is it real", "sentences": [headline], "table": None}]
        base = {"account": {"type": "account", "id": account, "name": "Zephyr Foods"}, "verdict": "EXPLAINED", "headline": headline}
        return {**base, "sections": sections, "durability_text": "It ends by itself.", "evidence": [], "question": None, **self.explained}

    def search_notes(self, query: str, **args: Any) -> dict[str, Any]:
        account = {"type": "account", "id": "K1", "name": "Zephyr Foods"}
        hit = {"citation": "C1", "note_id": "N7", "account": account, "date": "2026-07-01", "side": "customer", "speaker": "Ana"}
        return {"receipt": "R1", "hits": [{**hit, "title": "Call", "turn": 3, "text": "we paused", "flagged": False}], "status": None}

    def find_savings(self, account: str) -> dict[str, Any]:
        tip = {"rule": "R01", "name": "Idle compute", "text": "Compute idles [[F3]].", "caveat": "Warm pools may be meant.", "low": "F1"}
        return {"receipt": "R1", "tips": [{**tip, "high": "F2", "evidence": ["F3"]}], "total": {"low": "F1", "high": "F2"}, "figures": {}}

    def commitments(self, account: str = "", **args: Any) -> dict[str, Any]:
        figures = {"M27": "F1", "M28": "F2", "M29_date": "F3", "commit": "F4", "start": "F5", "end": "F6"}
        return {"contracts": [{"contract_id": "XK", "running": True, "text_rules": [], "figures": figures}], "not_available": []}

    def use_cases(self, account: str = "", rep: str = "", which: str = "", **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        figures = {name: self._figure(store, name, 3.0) for name in ("est", "name", "planned", "times", "M38.days", "M41", "M43")}
        row = {"use_case_id": "U1", "name": "Orders", "account": {"type": "account", "id": "K1", "name": "Zephyr Foods"}, "stage": "live"}
        total = {name: self._figure(store, name, 4.0) for name in ("count", "open", "usd", "listed", "rest")}
        listed = {"gaps": ["champion"], "evidence": [], "citations": []} if which else {}
        rows = [{**row, **listed, "figures": figures}]
        return {"rows": rows, "total": {"figures": total}, "window": WINDOW, "not_available": [], "figures": store}

    def activities(self, view: str = "log", **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        names = ("date", "substance", "usd", "last_touch", "renewal", "before_usd", "first_usage", "first_touch")
        account = {"type": "account", "id": "K1", "name": "Zephyr Foods"}
        said = {"type": "call", "purpose": "review", "who": "Greta Holm", "ask": "usage_why", "topic": "usage", "outcome": "answered"}
        row = {"activity_id": "A1", "account": account, "owner": "Greta Holm", "source": "partner", **said, "citations": []}
        row["figures"] = {name: self._figure(store, name, "2026-07-01") for name in names}
        total = {name: self._figure(store, name, 2.0) for name in ("count", "usd", "rest", "rest_usd", "since")}
        more = {"load": self.query_metrics(["M46"], group_by=["topic"])} if view == "asks" else {}
        body = {"view": view, "rows": [row], "total": {"figures": total}, "window": WINDOW, "last": {"touch": row}, "sources": []}
        return {**body, **more, "assumptions": [], "not_available": [], "figures": store}

    def forecast(self, by: str = "month", **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        names = ("actual", "model", "overlay", "landing", "low", "high", "total", "own", "with_excess", "level")
        total = {name: self._figure(store, name, 5.0 + n) for n, name in enumerate(names)}
        line = {"keys": {by: "x"}, "label": "Zephyr Foods", "entity": None, "source": "company", "figures": total}
        sums = {name: self._figure(store, name, 2.0) for name in ("count", "unbacked_count", "unbacked", "in_actuals", "in_actuals_count")}
        account = {"type": "account", "id": "K1", "name": "Zephyr Foods"}
        laid = {"id": "O1", "account": account, "month": "September", "amount": sums["unbacked"], "reason": None, "use_case": "Orders"}
        laid |= {"use_case_id": "U1", "submitted_by": "Greta Holm"}
        each = [{**laid, "behind": behind, "added": behind != "note"} for behind in ("nothing", "note", "use_case")]
        track = {key: self._figure(store, key, 0.1) for key in ("M49", "M49.bias_30")}
        return {
            "scope": None,
            "horizon": {"label": "the year", "from": "2026-01-01", "to": "2026-12-31"},
            "by": by,
            "source": "company",
            "total": {"figures": total},
            "rows": [line, line],
            "rest": {"figures": total, "count": 2},
            "committed_share": self._figure(store, "M35", 0.5),
            "track": track,
            "model_made": self._figure(store, "made", "2026-07-01"),
            "overlays": {"figures": sums, "count": 3, "unbacked": 1, "left_out": 1, "rows": each},
            "assumptions": [],
            "not_available": [],
            "figures": store,
        }

    def size(self, **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        names = ("quantity", "net", "list", "discount", "effective", "now", "used", "next", "left")
        figures = {name: self._figure(store, name, 3.0) for name in names}
        tier = {name: self._figure(store, name, 1.0) for name in ("from", "to", "quantity", "price", "amount")}
        line = {"name": "Orders", "unit": "credit", "basis": "list price", "period": "month", "tiers": [tier], "figures": figures}
        body = {"account": {"type": "account", "id": "K1", "name": "Zephyr Foods"}, "lines": [line, line], "total": {"figures": figures}}
        return {**body, "alternatives": False, "assumptions": [], "not_available": [], "figures": store}

    def enablement(self, view: str = "certificates", **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        person = {"type": "rep", "id": "P1", "name": "Greta Holm"}
        figures = {name: self._figure(store, name, "2026-07-01") for name in ("on", "until", "left", "expires")}
        row = {"person": person, "program": "Vector Search", "state": "certified", "account": {"name": "Zephyr Foods"}, "citations": []}
        means = {name: self._figure(store, name, 5.0) for name in ("people", "usd", "mean", "median")}
        groups = [{"group": name, "figures": means} for name in ("certified", "others")]
        rows = groups if view == "pipeline" else [{**row, "figures": figures}]
        total = {"figures": {"sellers": self._figure(store, "sellers", 12.0)}}
        body = {"view": view, "rows": rows, "programs": ["Vector Search"], "families": ["Vector Search"], "total": total}
        return {**body, "assumptions": [], "not_available": [], "figures": store}

    def review_rep(self, rep: str, window: str = "", part: str = "") -> dict[str, Any]:
        store: dict[str, Any] = {}
        keys = ("M01", "M08", "M13", "M14.pace", "M14.gap", "M39.usd", "M39.weighted", "M44.count", "M44.substantive", "M44.unscored")
        card = {key: self._figure(store, key, 0.5) for key in keys}
        moved = {"account": {"type": "account", "id": "K3", "name": "Marlow Freight"}, "way": "out", "on": self._figure(store, "On", 1.0)}
        body: dict[str, Any] = {
            "person": {"type": "rep", "id": rep, "name": "Greta Holm"},
            "window": WINDOW,
            "handovers": [moved],
            "held_throughout": {},
            "receipts": ["R1"],
        }
        if not part:
            steps = [{"step": "consumption", "name": "Consumption", "asks": "", "result": "met", "why": ""}]
            body |= {"scorecard": card, "movers": [], "rest": {}, "assumptions": [], "not_available": [], "new": False, "is_team": False}
            body["ladder"] = [step | {"value": card["M14.pace"], "threshold": card["M08"]} for step in steps]
            body["stop"] = {"step": "consumption", "name": "Consumption", "result": "met", "says": "so it ends here"}
            body |= {"label": None, "questions": ["Who?", "What?", "When?"], "team": []}
        return body | {"figures": store}

    def morning_coffee(self, focus: str = "") -> dict[str, Any]:
        store: dict[str, Any] = {}
        day, count = self._figure(store, "Day", "2026-08-15"), self._figure(store, "Count", 1.0)
        item = {"metric": "M54", "state": "told", "sentences": [f"Complete to [[{day}]]."], "table": None, "chart": None}
        items = [{"id": "freshness", "title": "Data", **item}, {"id": "daily", "title": "Daily consumption", **item}]
        told = [{"id": "move:K1", "kind": "move", "text": f"Zephyr Foods moved by [[{count}]]."}]
        exceptions = {"told": told, "count": count, "left_out": [], "muted": None}
        body = {"focus": focus, "items": items, "exceptions": exceptions, "people": [], "drafts": [], "since": ["First look."]}
        return {**body, "receipts": ["R1"], "figures": store}

    def previous_receipts(self) -> dict[str, Any]:
        return {"receipts": [{"receipt": "R1", "tool": "query_metrics", "rows": 3}]}


def state(thread: dict[str, Any] | None = None, *, role: str = "admin", rep_id: str | None = None) -> dict[str, Any]:
    """The state block of a company whose fiscal year starts in February."""
    asker = {"name": "Greta Holm" if rep_id else "local admin", "role": role, "rep_id": rep_id}
    fiscal = {"start_month": 2, "label": "end"}
    return {"asker": asker, "d1": "2026-08-15", "known_at": "2026-08-18T12:00:00", "fiscal": fiscal, "thread": thread or {}}


@dataclass
class Played:
    draft: Draft
    calls: list[tuple[str, dict[str, Any]]]
    model_calls: int

    @property
    def queries(self) -> list[dict[str, Any]]:
        return [args for name, args in self.calls if name == "query_metrics"]

    def metrics(self) -> set[str]:
        return {m for q in self.queries for m in q["metrics"]}


def play(question: str, about: dict[str, Any] | None = None, kit: FakeKit | None = None) -> Played:
    """Runs one turn: the analyst against the fake kit, until it writes a draft."""
    kit = kit or FakeKit()
    tools = [getattr(kit, name) for name in TOOLS]
    model = BuiltInAnalyst().bind_tools(tools)
    shown = json.dumps(about or state(), ensure_ascii=False)
    messages: list[BaseMessage] = [SystemMessage(f"Rules.\n\nState\n```json state\n{shown}\n```\n"), HumanMessage(question)]
    for calls in range(1, 6):
        reply = model.invoke(messages)
        messages.append(reply)
        if not isinstance(reply, AIMessage) or not reply.tool_calls:
            return Played(Draft.model_validate_json(str(reply.content)), kit.calls, calls)
        for call in reply.tool_calls:
            answer = json.dumps(kit(call["name"], call["args"]))
            messages.append(ToolMessage(answer, tool_call_id=str(call["id"]), name=call["name"]))
    raise AssertionError("the analyst never wrote a draft")
