"""The rival that hears and does not measure: what was said of the account, whatever telemetry allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline_evals.explanation_parts import Part

if TYPE_CHECKING:
    from meterline_tools.insight.evidence import Weighed
    from meterline_tools.insight.thresholds import Thresholds
    from meterline_tools.kit.bench import Workbench


def parts_by_words(bench: Workbench, account: str, window: str) -> list[Part]:
    """What words say of each change of the window.

    The rival is given more than notes hold: the slice and the days of what moved. All causes are open to it; it takes the one that
    was named best and that nobody denied.
    """
    from meterline_tools.insight.cues import shipped_cues
    from meterline_tools.insight.evidence import weigh
    from meterline_tools.insight.fingerprints import Fingerprint
    from meterline_tools.insight.locate import Located
    from meterline_tools.insight.slice_words import slice_words
    from meterline_tools.kit.explain import MOST_FURTHER, look_for_change
    from meterline_tools.kit.explain_data import contracts_of
    from meterline_tools.kit.explain_meaning import meaning_of
    from meterline_tools.kit.explain_statements import namesakes, read_statements
    from meterline_tools.kit.own_causes import causes_of, thresholds_of
    from meterline_tools.kit.records import find_account

    entity, rules = find_account(bench, account), thresholds_of(bench)
    usage, found, _ = look_for_change(bench, entity, window, rules)
    if usage is None or not isinstance(found, Located):
        return [Part(None)]
    prints = {name: Fingerprint(cause, "open") for name, cause in causes_of(bench).items()}
    meaning, contracts = meaning_of(bench, causes_of(bench)), contracts_of(bench, entity)
    parts = []
    for located in (found, *found.further[:MOST_FURTHER]):
        words = slice_words(located.frame, located.part, namesakes=namesakes(bench, entity))
        statements = read_statements(bench, entity, usage, located, words, contracts, rules)
        weighed = weigh(statements, shipped_cues(), prints, words, located.onset, located.end, rules, meaning)
        where = (located.part.attribute, tuple(located.part.values)) if located.part else None
        end = None if located.change.ongoing else located.end
        parts.append(Part(_best(weighed, rules), located.onset, end, located.direction, where))
    return parts


def _best(weighed: Weighed, rules: Thresholds) -> str | None:
    from meterline_tools.insight.confidence import evidence_points
    from meterline_tools.insight.evidence import rank

    named = {name: items for name, items in weighed.supporting.items() if name not in weighed.denying}
    worth = {name: (sum(points for _, points in evidence_points(items, rules)), rank(items[0])) for name, items in named.items()}
    return max(sorted(worth), key=lambda name: worth[name], default=None)
