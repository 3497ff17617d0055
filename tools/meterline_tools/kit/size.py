"""size: what a quantity would cost, by the price tiers and the discount that hold for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ModelMustRetry, nearest_hint
from meterline_tools.insight.tiers import Tier, TiersDoNotFit, discounted, next_tier, ordered, steps
from meterline_tools.kit.records import figure_index, find_account
from meterline_tools.kit.size_data import (
    MIX_DAYS,
    Paper,
    Sku,
    paid_lately,
    quantities,
    read_prices,
    read_skus,
    running_paper,
    units_per,
    used_in_term,
)
from meterline_tools.kit.size_reply import Priced, told
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_DAYS_A_MONTH = 30.4
_MOST = 1e15


def size(bench: Workbench, *, quantity: float = 0.0, product: str = "", unit: str = "", account: str = "") -> dict[str, Any]:
    """Price a quantity of a product a month: tier by tier, list and net, effective price a unit, and what is left until the next tier.

    Args:
        quantity: Units a month, e.g. 500000; 0 prices what the account uses now.
        product: SKU, product or family, e.g. "Compute"; may be empty when the unit tells it.
        unit: The unit as said ("credits", "rows", "GB", "tokens"); empty for the SKU's own unit.
        account: Account id or name, for its contract, discount and mix; empty for list prices.
    """
    if not 0 <= quantity < _MOST:
        raise ModelMustRetry("quantity must be a number of units from 0 on.")
    if not bench.warehouse.has("sku"):
        return _nothing("no SKUs loaded, so a quantity has no price")
    before = len(bench.book.figures)
    entity = find_account(bench, account) if account.strip() else None
    used = quantities(bench, entity.id if entity else None)
    chosen = _chosen(read_skus(bench), product, unit, used, quantity, of_account=entity is not None)
    paper = running_paper(bench, entity.id) if entity else None
    records, prices = read_prices(bench, [sku.id for sku, _ in chosen], paper)
    parts, alternatives = _parts(chosen, quantity, used, mixed=entity is not None)
    priced, missing = [], []
    for sku, amount in parts:
        try:
            found = _price(bench, sku, amount, prices, paper, entity, used)
        except TiersDoNotFit as problem:
            found, reason = None, f"{sku.name}: {problem}"
        else:
            reason = f"no price on record for {sku.name}"
        if found is None:
            missing.append({"what": sku.name, "reason": reason})
        else:
            priced.append(found)
    if not (product.strip() or unit.strip()):  # everything the account uses: what has one price has no tiers to tell of
        priced = [part for part in priced if part.following or len(part.net_steps) > 1]
    notes = _notes(paper, priced, alternatives, entity)
    return {
        "receipts": [records.receipt.id],
        "account": entity.model_dump() if entity else None,
        "contract": paper.id if paper else None,
        **told(bench, priced, entity, alternatives=alternatives),
        "alternatives": alternatives,
        "assumptions": notes,
        "not_available": missing,
        "figures": figure_index(bench, before),
    }


def _nothing(reason: str) -> dict[str, Any]:
    return {"lines": [], "total": None, "assumptions": [], "not_available": [{"what": "price", "reason": reason}], "figures": {}}


def _chosen(
    skus: list[Sku], product: str, unit: str, used: dict[str, float], amount: float, *, of_account: bool
) -> list[tuple[Sku, float]]:
    """SKUs that product and unit mean, with how many of their units one said unit is."""
    said = product.strip().casefold()
    named = [s for s in skus if said in (s.id.casefold(), s.name.casefold())] or [s for s in skus if said == s.family.casefold()]
    if said and not named:
        named = [s for s in skus if said in s.name.casefold() or said in s.family.casefold()]
    if said and not named:
        raise ModelMustRetry(nearest_hint("product", product, sorted({s.family for s in skus} | {s.name for s in skus})[:8]))
    fitting = [(s, factor) for s in named or skus if (factor := units_per(s.unit, unit)) is not None]
    if not fitting:
        raise ModelMustRetry(
            f"'{unit}' is not a unit of {product or 'any product'}. Units: {', '.join(sorted({s.unit for s in named or skus}))}."
        )
    if not said and not unit.strip():
        if amount > 0 or not (used and of_account):
            raise ModelMustRetry("Name a product or a unit, such as credits or rows; for the next price tier, an account.")
        return [(s, factor) for s, factor in fitting if used.get(s.id)]
    if len({s.unit for s, _ in fitting}) > 1 and amount > 0:
        raise ModelMustRetry(
            f"These products are counted in different units: {', '.join(f'{s.name} ({s.unit})' for s, _ in fitting[:6])}. Name one."
        )
    in_use = [(s, factor) for s, factor in fitting if used.get(s.id)]
    return in_use or fitting


def _parts(
    chosen: list[tuple[Sku, float]], quantity: float, used: dict[str, float], *, mixed: bool
) -> tuple[list[tuple[Sku, float]], bool]:
    """How the quantity falls on the SKUs: by the account's mix; without an account each SKU is an alternative for all of it."""
    now = {sku.id: used.get(sku.id, 0.0) / MIX_DAYS * _DAYS_A_MONTH for sku, _ in chosen}
    if quantity == 0:
        return [(sku, now[sku.id]) for sku, _ in chosen], False
    total = sum(now.values())
    if len(chosen) > 1 and mixed and total > 0:
        return [(sku, quantity * factor * now[sku.id] / total) for sku, factor in chosen], False
    return [(sku, quantity * factor) for sku, factor in chosen], len(chosen) > 1


def _price(
    bench: Workbench,
    sku: Sku,
    amount: float,
    prices: dict[tuple[str, bool], list[Tier]],
    paper: Paper | None,
    entity: Entity | None,
    used: dict[str, float],
) -> Priced | None:
    """Contract prices are what is paid; a discount is taken off list prices; without a price list, what was paid lately."""
    listed, agreed = prices.get((sku.id, False)), prices.get((sku.id, True))
    now = used.get(sku.id, 0.0) / MIX_DAYS * _DAYS_A_MONTH
    if listed is None and agreed is None:
        lately = paid_lately(bench, entity.id if entity else None, sku.id)
        if lately is None:
            return None
        tiers = [Tier(0.0, None, lately)]
        return Priced(sku, amount, [], steps(tiers, amount), "paid lately", 0.0, now, None)
    list_tiers = ordered(listed) if listed else []
    net = ordered(agreed) if agreed else discounted(list_tiers, paper.discount if paper else 0.0)
    term = any(tier.period == "contract_term" for tier in net)
    before = used_in_term(bench, paper, entity.id, sku.id) if term and paper and entity else 0.0
    basis = "contract price" if agreed else "list price less discount" if paper and paper.discount else "list price"
    following = next_tier(net, before + (amount if not term else 0.0))
    return Priced(sku, amount, steps(list_tiers, amount), steps(net, amount, before), basis, before, now, following)


def _notes(paper: Paper | None, priced: list[Priced], alternatives: bool, entity: Entity | None) -> list[str]:
    notes = []
    if entity is None:
        notes.append("No account was named, so these are list prices")
    elif paper is None:
        notes.append(f"{entity.name} has no running contract on record, so these are list prices")
    elif paper.kind == "enterprise_license":
        notes.append(f"{entity.name} has an enterprise licence: the price a unit shows the worth of the usage, not a bill")
    if alternatives:
        notes.append("Each product is priced as if all of it were that product")
    elif len(priced) > 1:
        notes.append("The quantity is split as the account uses the products now")
    if any(part.basis == "paid lately" for part in priced):
        notes.append("There is no price on record for some of it; it is priced at what was paid a unit lately")
    return notes
