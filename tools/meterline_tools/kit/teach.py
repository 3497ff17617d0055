"""`make sayings`: writes what the packaged sentence model makes of the shipped sayings, after a change of either."""

from __future__ import annotations

from meterline_tools.insight.learnt import SHIPPED, write
from meterline_tools.insight.shipped import shipped_sayings
from meterline_tools.notes.model import shared_embedder


def main() -> None:
    embedder = shared_embedder()
    sayings = shipped_sayings()
    write(SHIPPED, sayings, embedder.views, embedder.fingerprint)
    print(f"{sum(map(len, sayings.values())):,} sayings of {len(sayings) - 1} causes written to {SHIPPED.name}.")


if __name__ == "__main__":
    main()
