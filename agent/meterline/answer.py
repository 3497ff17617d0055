"""The two contracts of the head: the draft a model writes, and the answer every face returns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meterline_tools.receipts import Citation, Figure, Receipt

AnswerType = Literal[
    "ANSWER",
    "ANSWER_ASSUME",
    "CLARIFY",
    "CLARIFY_OR_BOTH",
    "ANSWER_UNKNOWN",
    "ANSWER_NOISE",
    "ANSWER_THIN",
    "REFUSE_DATA",
    "REFUSE_SCOPE",
    "REFUSE_SAFETY",
]
ClaimKind = Literal["measured", "stated", "inferred"]
MAX_QUESTION_CHARS = 4_000


class Option(BaseModel):
    """One reading to choose from, with a distinguishing fact."""

    label: str
    value: str
    hint: str = ""


class Clarification(BaseModel):
    question: str
    options: list[Option] = Field(default_factory=list)


class Sentence(BaseModel):
    """One sentence of a draft. Values stand as [[F…]] marks, quotations as [[C…]] marks."""

    text: str
    kind: ClaimKind = "measured"
    citations: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """A sentence without more to tell may be a plain text."""
        return {"text": value} if isinstance(value, str) else value


class Table(BaseModel):
    """A small table; cells are text that may carry marks."""

    columns: list[str]
    rows: list[list[str]]


class Section(BaseModel):
    heading: str = ""
    sentences: list[Sentence] = Field(default_factory=list)
    table: Table | None = None
    ready: str = ""
    """Instead of all this: the id of a section that a tool wrote, to be taken as it stands."""


class Chart(BaseModel):
    """What to draw: columns of receipt rows. `charts` turns it into a Vega-Lite spec.

    Columns go by the receipt's name or the tool's ("week" for k_week, "account" for n_account, "M01" for m01).
    """

    receipt: str
    title: str
    """The point of it, as a sentence; values stand as marks."""
    x: str
    """The days of a line, the names of bars."""
    y: str
    mark: Literal["line", "bar", "projection"] = "line"
    series: str = ""
    """A second column of names: a line for each."""
    also: list[str] = Field(default_factory=list)
    """Further receipts of the same reply or kind: those that hold the columns are drawn together."""
    ahead: str = ""
    """With mark "projection": what is expected, its range from low to high, and the line to follow."""
    low: str = ""
    high: str = ""
    target: str = ""
    events: str = ""
    """With mark "projection": what happened on a day, in a word or two."""


class Draft(BaseModel):
    """What a model writes as its last message, as JSON."""

    model_config = ConfigDict(extra="ignore")

    answer_type: AnswerType = "ANSWER"
    headline: Sentence
    sections: list[Section] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    clarification: Clarification | None = None
    not_available: list[str] = Field(default_factory=list)
    next_steps: list[str] = Field(default_factory=list)
    charts: list[Chart] = Field(default_factory=list)
    show_receipts: list[str] = Field(default_factory=list)
    """Receipts whose SQL the text prints ("show me the SQL")."""
    state: dict[str, Any] = Field(default_factory=dict)
    """What a follow-up inherits: entities, metrics, window, filters, intent, pending."""


class Claim(BaseModel):
    text: str
    kind: ClaimKind
    figures: list[str] = Field(default_factory=list)
    citations: list[str] = Field(default_factory=list)


class Withheld(BaseModel):
    text: str
    reason: str


class Usage(BaseModel):
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Part of the prompt tokens that the provider had in its cache."""
    cost_usd: float | None = 0.0
    """None when the model's price or its tokens are not known."""


class Answer(BaseModel):
    """What `--json` prints and HTTP returns, for every question."""

    answer_type: AnswerType
    headline: str
    text: str
    figures: list[Figure] = Field(default_factory=list)
    claims: list[Claim] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    receipts: list[Receipt] = Field(default_factory=list)
    charts: list[dict[str, Any]] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    clarification: Clarification | None = None
    not_available: list[str] = Field(default_factory=list)
    next_steps: list[str] = Field(default_factory=list)
    withheld: list[Withheld] = Field(default_factory=list)
    known_at: datetime | None = None
    d1: date | None = None
    model: str = ""
    prompt_fingerprint: str = ""
    usage: Usage = Field(default_factory=Usage)
    elapsed_ms: float = 0.0
    thread_id: str = ""


class Question(BaseModel):
    """A question as a face hands it to the desk."""

    text: str
    thread_id: str | None = None
    as_of: datetime | None = None
    asker: str | None = None
    """E-mail or rep id taken from the credential; None is the local admin."""
