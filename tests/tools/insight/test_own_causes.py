"""A company extends the causes, their words and the thresholds in files of its own, and is told plainly what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline_tools.insight.causes import CauseError, load_causes, own_causes, read_causes
from meterline_tools.insight.fingerprints import evaluate
from meterline_tools.insight.thresholds import ThresholdError, load_thresholds, own_thresholds, read_thresholds

HARVEST = """
harvest:
  label: the harvest
  direction: up
  durability: seasonal
  must: [{fact: volume_or_mix, at_least: 0.5}]
  must_not: [{fact: ended, below: 1}]
  treatment: Use the month's own factor.
  settle: the harvest calendar
  act: Leave it alone.
  cues: {en: [combine harvester*]}
"""


def test_a_cause_of_its_own_stands_beside_the_shipped_ones_and_is_tested_like_them() -> None:
    causes = read_causes(HARVEST, load_causes())
    assert set(causes) == {*load_causes(), "harvest"}
    facts = {"direction": 1.0, "volume_or_mix": 1.0, "ended": 1.0}
    assert evaluate(causes["harvest"], facts).state == "confirmed"
    assert evaluate(causes["harvest"], facts | {"ended": 0.0}).state == "denied"


def test_an_entry_of_a_shipped_cause_changes_what_it_names_and_adds_its_words() -> None:
    causes = read_causes("backfill: {label: a replay of the ledger, cues: {en: [ledger replay*]}}", load_causes())
    before, now = load_causes()["backfill"], causes["backfill"]
    assert now.label == "a replay of the ledger"
    assert now.must == before.must and now.twins == before.twins
    assert now.cues["en"] == [*before.cues["en"], "ledger replay*"] and now.cues["de"] == before.cues["de"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HARVEST.replace("volume_or_mix", "volume_or_mx"), "cause harvest: nothing measures 'volume_or_mx'. Did you mean 'volume_or_mix'?"),
        (HARVEST + "  twins: [backfil]", "cause harvest: unknown twin backfil. Did you mean 'backfill'?"),
        (HARVEST + "  colour: red", "cause harvest: colour: Extra inputs are not permitted."),
        (HARVEST.replace("  label: the harvest\n", ""), "cause harvest: label: Field required."),
        (HARVEST.replace("durability: seasonal", "durability: for ever"), "cause harvest: durability: Input should be"),
        ("backfill: often", "cause backfill: give its fields"),
        ("- backfill", "the causes must be entries by id"),
        ("a: [", "the causes are no YAML"),
    ],
)
def test_what_is_wrong_is_said_with_the_cause_and_the_field(text: str, told: str) -> None:
    with pytest.raises(CauseError) as problem:
        read_causes(text, load_causes())
    assert str(problem.value).startswith(told)


def test_thresholds_and_points_of_confidence_are_laid_over_the_shipped_ones() -> None:
    own = read_thresholds("confidence: {points: {vendor: 2}, high: 6}\nnoise: {least_per_day: 25}", load_thresholds())
    assert (own.confidence.points.vendor, own.confidence.high, own.noise.least_per_day) == (2, 6, 25.0)
    assert own.confidence.points.customer == load_thresholds().confidence.points.customer
    assert own.scan == load_thresholds().scan


def test_files_are_read_with_their_name_in_the_error(tmp_path: Path) -> None:
    causes, thresholds = tmp_path / "causes.yaml", tmp_path / "thresholds.yaml"
    causes.write_text(HARVEST, encoding="utf-8")
    assert "harvest" in own_causes(causes, 1.0)
    causes.write_text("harvest: {}", encoding="utf-8")
    with pytest.raises(CauseError, match=r"^causes.yaml: cause harvest: "):
        own_causes(causes, 2.0)
    thresholds.write_text("noise: {zz: 1}", encoding="utf-8")
    with pytest.raises(ThresholdError, match=r"^thresholds.yaml: noise.zz: "):
        own_thresholds(thresholds, 1.0)
