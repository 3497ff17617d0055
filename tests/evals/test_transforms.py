"""Transforms change how a question is put and nothing else."""

from __future__ import annotations

import pytest

from meterline_evals.company import CompanyFiles
from meterline_evals.model import Task
from meterline_evals.transforms import TRANSFORMS, transformed
from tests.evals.hand_made import write_company


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CompanyFiles:
    return write_company(tmp_path_factory.mktemp("company"))


def task(question: str, asker: str | None = None) -> Task:
    return Task(id="T", intent="I03", style="leader", question=question, asker=asker, metrics=["M01"])


def put(question: str, name: str, files: CompanyFiles, seed: int = 1) -> str | None:
    changed = transformed(task(question), name, files, seed)
    return changed.question if changed else None


def distance(one: str, other: str) -> int:
    """Edits between two texts, a swap of neighbours counting one (optimal string alignment)."""
    grid = [[i + j if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            grid[i][j] = min(grid[i - 1][j] + 1, grid[i][j - 1] + 1, grid[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                grid[i][j] = min(grid[i][j], grid[i - 2][j - 2] + 1)
    return grid[-1][-1]


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_the_contract_and_the_seed_stay(name: str, files: CompanyFiles) -> None:
    asked = task("What did Birch spend on consumption over the last 30 days?")
    changed = transformed(asked, name, files, 1)
    assert changed is not None
    assert changed.model_copy(update={"question": asked.question, "asker": None}) == asked
    assert transformed(asked, name, files, 1) == changed


@pytest.mark.parametrize("seed", range(20))
def test_a_name_gets_one_or_two_typos_and_keeps_its_first_letter(files: CompanyFiles, seed: int) -> None:
    changed = put("What did Aster spend in 2025?", "typos", files, seed)
    assert changed is not None
    before, name, after = changed.partition(changed.split()[2])
    assert (before, after) == ("What did ", " spend in 2025?")
    assert name[0] == "A"
    assert 1 <= distance(name, "Aster") <= 2


def test_a_question_without_names_gets_one_typo_in_its_longest_word(files: CompanyFiles) -> None:
    changed = put("Total consumption by week", "typos", files)
    assert changed is not None
    assert changed.startswith("Total ") and changed.endswith(" by week")
    assert distance(changed, "Total consumption by week") == 1


def test_casing_changes_letters_only_in_size(files: CompanyFiles) -> None:
    changed = put("What did Aster spend?", "casing", files)
    assert changed is not None
    assert changed.lower() == "what did aster spend?"


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("How is Bo doing over the last 30 days?", "Over the last 30 days, how is Bo doing?"),
        ("What did Aster spend last month?", "Last month, what did Aster spend?"),
        ("Aster growth since June", "Since June, Aster growth"),
        ("How many customers do we have in retail?", "In retail, how many customers do we have?"),
        ("RPO", None),
    ],
)
def test_the_period_or_the_place_comes_first(files: CompanyFiles, question: str, changed: str | None) -> None:
    assert put(question, "reordered", files) == changed


def test_a_word_is_replaced_by_one_of_its_line(files: CompanyFiles) -> None:
    changed = put("What is our NRR in retail?", "synonyms", files)
    assert changed in {f"What is our {word} in retail?" for word in ("net retention", "NDR", "net dollar retention")}
    assert put("Who are you?", "synonyms", files) is None


def test_a_foreign_rep_has_nothing_to_do_with_the_account(files: CompanyFiles) -> None:
    # Bo holds both accounts, Ana only ever held Aster.
    changed = transformed(task("What did Birch spend?"), "foreign_rep", files, 1)
    assert changed is not None and changed.asker == "Ana"
    assert transformed(task("What did Birch spend?", asker="Bo"), "foreign_rep", files, 1) is None
