"""What all tables of the model hang on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData

METADATA = MetaData()


def columns(kind: type[Any], *names: str) -> list[Column[Any]]:
    """Columns of one type, none of them required."""
    return [Column(name, kind) for name in names]
