"""Governed metrics and dimensions: what they mean, what people call them, and the SQL that computes them."""

from meterline_tools.catalog.model import Catalog, load_catalog

__all__ = ["Catalog", "load_catalog"]
