"""Parts that writers share: figures of a reply, marks, sentences, tables, subjects, and the conversation's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from meterline.answer import ClaimKind, Draft, Section, Sentence, Table
from meterline.models.offline.turn import Reply
from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.context import Context, Thread
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.reading import Reading
from meterline_tools.catalog.buckets import TIME
from meterline_tools.errors import NOT_VISIBLE

Figures = Mapping[str, str]
"""Metric output key -> figure id, as in a row of a query_metrics reply."""


@dataclass(frozen=True)
class Row:
    """A row of a metric reply: what it is about, by name, and its figures."""

    names: tuple[str, ...]
    figures: Figures
    id: str = ""
    type: str = ""


class Metrics:
    """A query_metrics reply, or the absence of one."""

    def __init__(self, reply: Reply | None) -> None:
        self.reply = reply
        self.data: Mapping[str, Any] = reply.data if reply and reply.ok else {}
        self.rows = [_row(raw) for raw in self.data.get("rows") or []]

    @property
    def ok(self) -> bool:
        return bool(self.data)

    @property
    def whole(self) -> Figures:
        """Figures of everything asked for: the total, or the only row."""
        total = (self.data.get("total") or {}).get("figures")
        if total:
            return dict(total)
        return self.rows[0].figures if len(self.rows) == 1 else {}

    @property
    def keys(self) -> list[str]:
        """Every output key of the rows, in order of first sight."""
        return list(dict.fromkeys(key for row in self.rows for key in row.figures))

    @property
    def rest(self) -> Figures:
        return dict((self.data.get("rest") or {}).get("figures") or {})

    @property
    def receipts(self) -> list[str]:
        return list(self.data.get("receipts") or [])

    def value(self, figure: str | None) -> float | str | None:
        """The exact value behind a figure id, for choosing words and order, never for print."""
        found = (self.data.get("figures") or {}).get(figure or "", {}).get("value")
        return found if isinstance(found, int | float | str) and not isinstance(found, bool) else None

    def number(self, figure: str | None) -> float | None:
        found = self.value(figure)
        return float(found) if isinstance(found, int | float) else None

    def told(self, figures: Figures) -> Figures:
        """The figures that hold a value: one without has no place in a sentence."""
        return {key: figure for key, figure in figures.items() if self.value(figure) is not None}

    def label(self, figure: str) -> str:
        return str((self.data.get("figures") or {}).get(figure, {}).get("label", ""))

    def notes(self) -> list[str]:
        return [str(a) for a in self.data.get("assumptions") or []]

    def lacking(self) -> set[str]:
        """Ids of metrics that could not be had."""
        return {str(n.get("metric", "")).partition(".")[0] for n in self.data.get("not_available") or []}

    def missing(self) -> list[tuple[str, str]]:
        """(label, reason) of what is not available."""
        listed = self.data.get("not_available") or []
        return [(metric_label(str(n.get("metric") or n.get("what") or "")), str(n.get("reason", "")).rstrip(".")) for n in listed]


_UNIT_KEY = "consumed_unit"


def _row(raw: Mapping[str, Any]) -> Row:
    keys = {k: str(v) if v is not None else "none" for k, v in (raw.get("keys") or {}).items()}
    known = dict(raw.get("names") or {})
    entity = raw.get("entity") or {}
    if len(keys) > 1:
        keys.pop(_UNIT_KEY, None)  # the figures themselves say their unit
    names = tuple(known.get(k) or (entity.get("name") if str(entity.get("id", "")) == v else None) or v for k, v in keys.items())
    kind = str(entity.get("type") or next((k for k in keys if k not in TIME), ""))
    ident = str(entity.get("id") or keys.get(kind) or next(iter(keys.values()), ""))
    return Row(tuple(plain_name(n) for n in names), dict(raw.get("figures") or {}), ident, kind)


def plain_name(name: str) -> str:
    """A name as text of ours: it cannot carry a mark of its own."""
    return name.replace("[[", "[ [").replace("]]", "] ]")


_COMPARED = {"prior": ", earlier", "delta": ", change", "pct": ", change in percent", "share": ", share of the total", "rank": ", rank"}


def metric_label(key: str) -> str:
    """The catalogue's label of "M14" or "M14.pace"; the key itself when unknown."""
    ident, _, part = key.partition(".")
    metric = vocabulary().metrics.get(ident)
    if metric is None:
        return key
    own = next((o.label for o in metric.outputs if part and o.key == part), None)
    return own or f"{metric.label}{_COMPARED.get(part, '')}"


def dimension_label(ident: str) -> str:
    """The catalogue's label of a dimension."""
    return vocabulary().dimension_labels.get(ident, capital(ident.replace("_", " ")))


def mark(figure: str, view: str = "") -> str:
    return f"[[{figure}.{view}]]" if view else f"[[{figure}]]"


def measured(text: str) -> Sentence:
    return Sentence(text=text)


def table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]], sentences: Sequence[Sentence] = ()) -> Section:
    body = [list(r) for r in rows]
    return Section(heading=heading, sentences=list(sentences), table=Table(columns=list(columns), rows=body) if body else None)


def cells(figures: Figures, keys: Sequence[str], views: Mapping[str, str] | None = None) -> list[str]:
    """Table cells for the keys; a figure that is not there shows as a dash."""
    return [mark(figures[k], (views or {}).get(k, "")) if k in figures else "–" for k in keys]


def subject(reading: Reading, context: Context, *, own: str = "") -> str:
    """What the question is about, in words: "Alder Glass", "glass in Norway", "your book", "all accounts visible to you"."""
    things = [n for n in reading.named if n.type in ("account", "rep", "manager")]
    slices = [n for n in reading.named if n not in things]
    text = joined([plain_name(n.name) for n in things])
    if reading.among:
        text = "those listed before"
    if slices:
        kinds: dict[str, list[str]] = {}
        for each in _ordered(slices):
            kinds.setdefault(each.type, []).append(plain_name(each.name))
        said = " in ".join(joined(names) for names in kinds.values())
        text = f"{text} ({said})" if text else said
    text = text or own or _EVERYTHING.get(context.role, "all accounts visible to you")
    left_out = joined([plain_name(n.name) for n in reading.selection.excluded])
    return f"{text} without {left_out}" if left_out else text


_EVERYTHING = {"admin": "the whole company", "rep": "your book"}
"""What a question without a subject is about, by the asker's role; leaders see a team of which only they know the extent."""


def _ordered(slices: Sequence[Named]) -> list[Named]:
    """Places last, so that it reads "retail in EMEA"."""
    return sorted(slices, key=lambda n: n.type in ("region", "country", "territory"))


def joined(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def in_sentence(label: str) -> str:
    """A label inside a sentence: "Net consumption" gets a small letter, "ARR" keeps its capitals."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def missing_text(replies: Sequence[Metrics]) -> list[str]:
    """What is not available, one line for each reason."""
    labels: dict[str, list[str]] = {}
    for label, reason in (pair for reply in replies for pair in reply.missing()):
        labels.setdefault(reason, []).append(label)
    return [f"{capital(joined([in_sentence(n) for n in dict.fromkeys(named)]))}: {reason}." for reason, named in labels.items()]


def told_error(reply: Reply) -> str:
    """A tool's error as the reader should see it: names and hints stay, instructions to a model do not."""
    return reply.error.partition(" Say so")[0] or "A tool gave no reply."


def change_clause(reply: Metrics, figures: Figures) -> str:
    """ ", up 12% on the preceding equal period"; from next to nothing there is no percentage, so nothing is said."""
    figure = figures.get("M08")
    known = figure is not None and reply.number(figure) is not None
    return f", {mark(str(figure), 'change')} on the preceding equal period" if known else ""


def finish(draft: Draft, reading: Reading, *replies: Metrics, metrics: Sequence[str] | None = None) -> Draft:
    """Adds what every answer tells: assumptions, what was inherited, what is missing, and what a follow-up inherits."""
    told = [*reading.assumptions]
    if reading.inherited:
        told.append(f"Inherited from the conversation: {joined([plain_name(n) for n in dict.fromkeys(reading.inherited)])}.")
    for reply in replies:
        told += reply.notes()
        if reply.reply is not None and not reply.reply.ok:
            draft.not_available.append(told_error(reply.reply))
    draft.not_available += missing_text(replies)
    if reading.uncut:
        labels = joined([metric_label(m) for m in reading.uncut])
        draft.not_available.append(
            f"{labels} cannot be cut the way the question asks and {'is' if len(reading.uncut) == 1 else 'are'} left out."
        )
    if reading.named and reading.intent not in ("notes", "definition"):
        left_out = [plain_name(u) for u in reading.unknown if u[:1].isupper() and not any(c.isdigit() for c in u)]
        draft.not_available += [f"‘{name}’ is {NOT_VISIBLE}, so it is left out." for name in left_out]
    draft.assumptions = list(dict.fromkeys(capital(text) for text in [*draft.assumptions, *told]))
    draft.not_available = list(dict.fromkeys(draft.not_available))
    if reading.assumptions and draft.answer_type == "ANSWER":
        draft.answer_type = "ANSWER_ASSUME"
    reading.listed = next((found for reply in replies if (found := _listed(reply))), reading.listed)
    draft.state = state_of(reading, metrics)
    return draft


_REMEMBERED = 10
"""Rows of a table that a follow-up may point at."""


def _listed(reply: Metrics) -> list[Named]:
    """The things a reply lists, when it lists several."""
    rows = [row for row in reply.rows if row.type and row.id != "none"]
    named = list(dict.fromkeys(Named(row.type, row.id, row.names[0]) for row in rows))
    return named[:_REMEMBERED] if len(named) > 1 else []


def state_of(reading: Reading, metrics: Sequence[str] | None = None) -> dict[str, Any]:
    """What a follow-up inherits from this reading."""
    return {
        "intent": reading.intent,
        "entities": [n.as_state() for n in reading.named],
        "before": [n.as_state() for n in reading.before],
        "metrics": list(metrics if metrics is not None else reading.metrics),
        "window": reading.periods.window,
        "compare": reading.periods.compare,
        "group_by": reading.measure.group_by,
        "direction": reading.measure.direction,
        "limit": reading.measure.limit,
        "ranked": reading.measure.ranked,
        "exclude": [n.as_state() for n in reading.selection.excluded],
        "part": [n.as_state() for n in reading.selection.part],
        "shares": reading.selection.shares,
        "rank": reading.selection.rank,
        "conditions": [asdict(c) for c in reading.selection.conditions],
        "listed": [n.as_state() for n in reading.listed],
        "topic": reading.topic,
        "asked": reading.question,
        "pending": None,
    }


def kept_state(thread: Thread) -> dict[str, Any]:
    """The conversation as it was: after a refusal or a question of ours nothing is lost."""
    return {
        "intent": thread.intent,
        "entities": [n.as_state() for n in thread.entities],
        "before": [n.as_state() for n in thread.before],
        "metrics": list(thread.metrics),
        "window": thread.window,
        "compare": thread.compare,
        "group_by": list(thread.group_by),
        "direction": thread.direction,
        "limit": thread.limit,
        "ranked": thread.ranked,
        "exclude": [n.as_state() for n in thread.exclude],
        "part": [n.as_state() for n in thread.part],
        "shares": thread.shares,
        "rank": thread.rank,
        "conditions": list(thread.conditions),
        "listed": [n.as_state() for n in thread.listed],
        "topic": thread.topic,
        "asked": thread.asked,
        "pending": None,
    }


def nothing(reading: Reading, text: str, *replies: Metrics, kind: ClaimKind = "measured") -> Draft:
    """An honest draft when the reply holds no figure."""
    draft = Draft(answer_type="ANSWER_THIN", headline=Sentence(text=text, kind=kind))
    draft.next_steps.append("Ask how fresh the data is, or for another period or a wider selection.")
    return finish(draft, reading, *replies)


def fits(reply: Metrics, figure: str | None, way: str) -> bool:
    """A list of gainers shows no account that lost, and the other way round."""
    value = reply.number(figure)
    return value is None or way == "all" or (value > 0 if way == "up" else value < 0)
