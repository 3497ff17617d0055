"""Finds, checks and fingerprints the prompts: words only, one Markdown file each, front matter checked by schema."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from meterline_tools.errors import UserError
from meterline_tools.yamls import YAMLError, parse_yaml

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class FrontMatter(BaseModel):
    """What a prompt file says of itself. `variables` are all placeholders of the text, no more and no fewer."""

    model_config = ConfigDict(extra="forbid")

    name: str
    version: int
    purpose: str
    variables: list[str] = []


class Prompt(BaseModel):
    """A checked prompt. `fingerprint` is name@first 12 hex digits of the text's sha256."""

    meta: FrontMatter
    text: str
    fingerprint: str

    def fill(self, **values: str) -> str:
        """The text with its variables filled in; every declared variable must be given."""
        missing = set(self.meta.variables) - set(values)
        if missing:
            raise ValueError(f"prompt {self.meta.name}: no value for {sorted(missing)}")
        return _VARIABLE.sub(lambda m: values[m.group(1)], self.text)


def prompts_folder() -> Path:
    """The folder of prompts: beside the source tree, or inside the installed package."""
    packaged = Path(__file__).parent / "_prompts"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "prompts"


def parse_prompt(raw: str, source: str) -> Prompt:
    """Checks front matter and variables.

    Raises:
        UserError: no front matter, an unknown or missing key, or variables that do not match the text.
    """
    parts = raw.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise UserError(f"{source}: a prompt starts with front matter between two lines of ---")
    try:
        meta = FrontMatter.model_validate(parse_yaml(parts[1]) or {})
    except (ValidationError, YAMLError) as problem:
        raise UserError(f"{source}: front matter is not as it must be: {problem}") from problem
    text = parts[2].strip() + "\n"
    used = set(_VARIABLE.findall(text))
    if used != set(meta.variables):
        raise UserError(f"{source}: variables in the text {sorted(used)} and in front matter {sorted(meta.variables)} differ")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(meta=meta, text=text, fingerprint=f"{meta.name}@{digest}")


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt `name`, read once."""
    path = prompts_folder() / f"{name}.md"
    if not path.is_file():
        raise UserError(f"There is no prompt '{name}' in {prompts_folder().name}/")
    return parse_prompt(path.read_text(encoding="utf-8"), path.name)
