"""What Meterline can be asked, in examples of the company's own names; who holds an account; and periods to come."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.understand.shape import period_said
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    finish,
    joined,
    kept_state,
    mark,
    measured,
    metric_label,
    nothing,
    subject,
)

_SCOPE = "I answer questions about consumption, accounts, people, quotas, commitments, use cases and customer notes."
_THANKS = frozenset({"thanks", "thx", "cheers", "thank"})


def help_out(reading: Reading, context: Context, turn: Turn) -> Draft:
    """One sentence and three examples; the conversation stays as it was."""
    thanked = bool(_THANKS & reading.tokens.present)
    lead = "You are welcome; ask on whenever you like." if thanked else _SCOPE
    able = "can" in reading.tokens.present or "help" in reading.tokens.present
    draft = Draft(answer_type="ANSWER" if able else "REFUSE_SCOPE", headline=Sentence(text=lead))
    account, person = (next(iter(_names(turn, key)), "") for key in ("account", "person"))
    examples = [
        f"Why did {account} move?" if account else "Which accounts moved most this week?",
        f"How is {person} doing over the last month?" if person else "Net consumption by month?",
        "Biggest gainers and losers this week?",
    ]
    draft.next_steps = [f"Try: {example}" for example in examples]
    draft.state = kept_state(context.thread)
    return draft


def _names(turn: Turn, key: str) -> list[str]:
    return [joined(row.names) for row in Metrics(turn.reply(key)).rows if row.id]


def owner(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Who is credited with an account's consumption in the latest week, largest share first."""
    reply = Metrics(turn.reply("owner"))
    who = subject(reading, context)
    draft = owner_section(reply, who)
    if draft is None:
        return nothing(reading, f"Who holds {who} is not on record in what is loaded.", reply)
    draft.next_steps.append("Ask how that person is doing, or when the account was last in touch with us.")
    return finish(draft, reading, reply, metrics=["M01"])


def owner_section(reply: Metrics, who: str) -> Draft | None:
    rows = [row for row in reply.rows if "M01" in row.figures and joined(row.names) not in ("", "none")]
    if not rows:
        return None
    figure = rows[0].figures["M01"]
    held = joined([joined(row.names) for row in rows[:4]])
    return Draft(headline=measured(f"{capital(who)} is held by {held}: consumption of {mark(figure, 'window')} is credited there."))


def ahead(reading: Reading, context: Context, turn: Turn) -> Draft:
    """A period that has not begun holds nothing: the rate it would start from is the nearest thing."""
    reply = Metrics(turn.reply("ahead"))
    who = subject(reading, context)
    said = capital(period_said(reading))
    lead = f"{said} has not begun, so there is nothing on record for it."
    draft = Draft(answer_type="REFUSE_DATA", headline=Sentence(text=lead))
    known = reply.told(reply.whole)
    if "M05" in known:
        rate = known["M05"]
        text = f"The nearest thing is the run rate: {who} runs at {mark(rate)} (from {mark(rate, 'window')}), one-time amounts not removed."
        draft.sections = [Section(sentences=[measured(text)])]
    elif known:
        draft.sections = [Section(sentences=[measured(f"{metric_label(key)}: {mark(figure)}.") for key, figure in known.items()])]
    draft.not_available = [f"Figures for {period_said(reading)}: they end with the last complete day; a forecast is told of consumption."]
    step = "Ask how much of the run rate is durable before it is carried forward."
    draft.next_steps.append(step if "M05" in known else "Ask for the use cases themselves, with their planned dates.")
    return finish(draft, reading, reply, metrics=[])
