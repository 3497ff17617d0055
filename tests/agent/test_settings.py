"""The settings: what the environment says, checked on the way in."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline.settings import Settings, read_settings, variable
from meterline_tools.errors import UserError


def test_an_empty_environment_gives_the_built_in_analyst_in_a_local_workspace() -> None:
    assert read_settings({}) == Settings(home=Path(".meterline"), model="offline")


def test_variables_set_and_an_option_wins_over_its_variable() -> None:
    environ = {"METERLINE_HOME": "here", "METERLINE_MODEL": "openai:gpt-x", "OPENAI_API_KEY": "k"}
    settings = read_settings(environ, home=Path("there"), model=None)
    assert (settings.home, settings.model) == (Path("there"), "openai:gpt-x")
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "k"


def test_a_key_is_never_printed() -> None:
    assert "sesame" not in repr(read_settings({"OPENAI_API_KEY": "sesame"}))


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"METERLINE_MODEL": ""}).model == "offline"


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"METERLINE_MODEL": "gpt"}, "METERLINE_MODEL is 'gpt', but must be offline, auto or openai:<name>."),
        ({"METERLINE_TURN_SECONDS": "soon"}, "METERLINE_TURN_SECONDS is 'soon', but must be a number of seconds."),
        ({"METERLINE_API": "soap"}, "METERLINE_API is 'soap', but must be auto, chat or responses."),
        ({"METERLINE_MODLE": "offline"}, "METERLINE_MODLE is not a setting of Meterline. Did you mean METERLINE_MODEL?"),
        (
            {"METERLINE_COLOUR": "red"},
            "METERLINE_COLOUR is not a setting of Meterline. There are: "
            "METERLINE_API, METERLINE_CHROMA_URL, METERLINE_EMBEDDINGS, METERLINE_EMBEDDINGS_URL, METERLINE_EXAMPLES, METERLINE_HOME, "
            "METERLINE_MODEL, METERLINE_PRICES, METERLINE_TIMEOUT, METERLINE_TRACE, METERLINE_TURN_SECONDS, "
            "OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL.",
        ),
    ],
)
def test_a_setting_that_does_not_fit_says_what_would(environ: dict[str, str], text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_settings(environ)
    assert str(caught.value) == text


def test_every_setting_stands_in_the_readme_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for field, known in Settings.model_fields.items():
        row = next((row for row in rows if f"`{variable(field)}`" in row.split("|")[1]), None)
        assert row, field
        default = known.default
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert not default or f"| `{shown}` |" in row, field
