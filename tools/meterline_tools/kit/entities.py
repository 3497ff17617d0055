"""find_entities: from words to ids."""

from __future__ import annotations

from typing import Any

from meterline_tools.errors import NOT_VISIBLE, ModelMustRetry, Refused, nearest_hint
from meterline_tools.kit.bench import Workbench

SENSITIVE = frozenset({"account", "rep", "manager", "contract", "workload"})
"""What may belong to somebody else: a foreign one and one that does not exist get the same words."""


def find_entities(bench: Workbench, *, text: str, types: list[str] | None = None) -> dict[str, Any]:
    """Find the people, accounts, industries, products and other named things that a text mentions.

    Tolerates typos, nicknames and former names. A mention with several candidates is ambiguous: ask which one is
    meant and tell the candidates apart by their hints.

    Args:
        text: The words to look in, usually the question as asked.
        types: Only these kinds: account, rep, manager, industry, region, segment, territory, country, sku, sku_family, connector …
    """
    mentions = bench.names.link(text, types)
    return {
        "mentions": [
            {
                "text": mention.text,
                "start": mention.start,
                "end": mention.end,
                "resolved": mention.resolved,
                "candidates": [{"type": c.type, "id": c.id, "name": c.name, "score": c.score, "hint": c.hint} for c in mention.candidates],
            }
            for mention in mentions
        ]
    }


def resolve_value(bench: Workbench, dimension: str, value: str) -> tuple[str, str]:
    """The type and id of a dimension's value, given by id or name.

    Refused when it may belong to somebody else; ModelMustRetry with the nearest names when it is unknown or may mean several.
    """
    found = bench.names.find(dimension, value)
    if len(found) == 1:
        return found[0].type, found[0].id
    if found:
        several = "; ".join(f"{c.name} ({c.id}, {c.hint})" for c in found[:5])
        raise ModelMustRetry(f"'{value}' may be any of these: {several}. Give the id.")
    if dimension in bench.catalog.dimensions and bench.catalog.dimensions[dimension].values:
        allowed = bench.catalog.dimensions[dimension].values
        plain = value.strip().casefold().replace(" ", "_")
        if plain in allowed:
            return dimension, plain
        raise ModelMustRetry(nearest_hint(dimension, value, allowed))
    if dimension in SENSITIVE:
        raise Refused(f"{dimension.capitalize()} '{value}': {NOT_VISIBLE}.")
    raise ModelMustRetry(nearest_hint(dimension.replace("_", " "), value, bench.names.nearest(dimension, value)))


def resolve_one(bench: Workbench, dimension: str, value: str) -> dict[str, str]:
    """The entity behind one name or id, as {"type", "id", "name"}; errors as `resolve_value`."""
    type_, id_ = resolve_value(bench, dimension, value)
    return {"type": type_, "id": id_, "name": bench.names.name_of(type_, id_) or id_}
