"""Tool replies for a language model: figures beside their ids, nothing twice, nothing empty, long lists cut.

{"rows": [{"label": "Alder", "keys": {"account": "A1"}, "names": {"account": "Alder"}, "figures": {"M01": "F1"}}], "figures": {"F1": {…}}}
becomes {"rows": [{"account": "Alder (A1)", "M01": "F1 = $1.2M"}]}; three such rows and more share one line of column names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from meterline.marks import MARK
from meterline_tools.receipts import ReceiptBook

SHOWN_CHARS = 1_400
"""The most of a reply that is shown, some 450 tokens; lists are cut until it fits."""
_ROWS = (12, 10, 8, 6, 5, 4, 3, 2)
_FIGURE = re.compile(r"F\d+")
_UNTOLD = frozenset(
    {"receipt", "receipts", "names", "keys", "note_id", "turn", "account_id", "title", "overage_rule", "rollover_rule", "contract_type"}
)
"""Keys a model has no use for: what it cannot refer to, and codes that stand beside their words."""


def terse(reply: Mapping[str, Any], book: ReceiptBook, *, chars: int = SHOWN_CHARS) -> dict[str, Any]:
    """The reply with each figure as "F1 = $1.2M", cut to `chars`; a cut list says how many entries are left out."""
    told: dict[str, Any] = {}
    for rows in _ROWS:
        told = _Shortener(book, rows).object(reply)
        if len(json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)) <= chars:
            break
    return told | marked_values(told, book)


def marked_values(told: Any, book: ReceiptBook) -> dict[str, str]:
    """{"values": "F1 = $1.2M; F2 = 3.4%"} of the marks in a reply's sentences, for those not told beside their id anyway."""
    text = json.dumps(told, ensure_ascii=False, default=str)
    ids = dict.fromkeys(match.group(1) for match in MARK.finditer(text) if match.group(1) in book.figures)
    values = [f"{ident} = {book.figures[ident].display}" for ident in ids if f'"{ident} = ' not in text]
    return {"values": "; ".join(values)} if values else {}


def _is_nothing(held: Any) -> bool:
    """What is not worth a word: nothing, empty, or a flag that is not set."""
    return held is None or held is False or (isinstance(held, str | list | dict) and not held)


def _as_table(entries: list[Any]) -> Any:
    """Entries of the same keys and plain values as {"columns": […], "rows": [[…]]}, so that keys are told once."""
    if len(entries) < 3 or not all(isinstance(entry, dict) and entry.keys() == entries[0].keys() for entry in entries):
        return entries
    if any(isinstance(value, dict | list) for entry in entries for value in entry.values()):
        return entries
    return {"columns": list(entries[0]), "rows": [list(entry.values()) for entry in entries]}


class _Shortener:
    def __init__(self, book: ReceiptBook, rows: int) -> None:
        self._book = book
        self._rows = rows

    def object(self, held: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for key, value in self._named(held).items():
            if key in _UNTOLD or self._is_ledger(key, value):
                continue
            short = self.value(value)
            if _is_nothing(short):
                continue
            if key == "figures" and isinstance(short, dict):
                told |= short
                continue
            told[key] = short
            if isinstance(value, list) and len(value) > self._rows:
                told[f"{key}_left_out"] = len(value) - self._rows
        return told

    def value(self, held: Any) -> Any:
        if isinstance(held, Mapping):
            return self._window(held) or self._entity(held) or self.object(held)
        if isinstance(held, list):
            return _as_table([short for entry in held[: self._rows] if not _is_nothing(short := self.value(entry))])
        if isinstance(held, str) and _FIGURE.fullmatch(held) and held in self._book.figures:
            return f"{held} = {self._book.figures[held].display}"
        return held

    def _named(self, held: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row of a breakdown as {"account": "Orion (A1)", "M01": "F1", …}."""
        keys, names = held.get("keys"), held.get("names")
        if not isinstance(keys, Mapping) or not isinstance(names, Mapping):
            return held
        told = {dim: f"{names[dim]} ({ident})" if names.get(dim, ident) != ident else ident for dim, ident in keys.items()}
        rest = {key: value for key, value in held.items() if key not in ("keys", "names", "label", "entity", "figures")}
        return told | dict(held.get("figures") or {}) | rest

    def _is_ledger(self, key: str, value: Any) -> bool:
        """The table of figures by id, which is told figure by figure where they belong."""
        return key == "figures" and isinstance(value, Mapping) and all(isinstance(entry, Mapping) for entry in value.values())

    def _window(self, held: Mapping[str, Any]) -> str:
        """A period in the form that tools take."""
        return f"{held['from']}..{held['to']}" if held.keys() >= {"from", "to"} else ""

    def _entity(self, held: Mapping[str, Any]) -> str:
        return f"{held['name']} ({held['type']} {held['id']})" if held.keys() == {"type", "id", "name"} else ""
