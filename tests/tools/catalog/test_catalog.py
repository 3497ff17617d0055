"""The catalogue as data: complete, unambiguous, and helpful about unknown words."""

from __future__ import annotations

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.builders import BUILDERS
from meterline_tools.catalog.model import Metric
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.metrics import SAVINGS

CATALOG = load_catalog()
METRICS = list(CATALOG.metrics.values())


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_metric_is_fully_described(metric: Metric) -> None:
    assert metric.pitfalls and all(text.strip() for text in metric.pitfalls)
    assert metric.words and metric.definition and metric.owner and metric.version >= 1
    assert metric.kind in BUILDERS or metric.kind == SAVINGS
    assert set(metric.dimensions) <= set(CATALOG.dimensions)
    assert len({output.key for output in metric.outputs}) == len(metric.outputs)


def test_every_metric_of_the_domain_is_here() -> None:
    numbers = [f"M{n:02d}" for n in range(1, 56)]
    assert list(CATALOG.metrics) == sorted([*numbers, "M13b", "M47b"], key=lambda name: (name[:3], name))


def test_no_word_means_two_metrics_or_two_dimensions() -> None:
    assert {word: owners for word, owners in CATALOG.metric_words.items() if len(owners) > 1} == {}
    assert {word: owners for word, owners in CATALOG.dimension_words.items() if len(owners) > 1} == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("M14", "M14"),
        ("m14", "M14"),
        ("quota_attainment", "M14"),
        ("making the number", "M14"),
        ("Burn", "M01"),
        ("run-rate", "M05"),
        ("ARR", "M06"),
        ("incremental", "M13"),
        ("incremental ARR", "M13b"),
        ("shelfware", "M31"),
        ("gainers", "M10"),
    ],
)
def test_people_say_it_in_their_own_words(said: str, meant: str) -> None:
    assert CATALOG.metric(said).id == meant


def test_an_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(ModelMustRetry, match=r"^Unknown metric 'atainment'\. Nearest: M14 \(quota_attainment\)"):
        CATALOG.metric("atainment")
    with pytest.raises(ModelMustRetry, match=r"^Unknown dimension 'industri'\. Nearest: industry"):
        CATALOG.dimension("industri")
