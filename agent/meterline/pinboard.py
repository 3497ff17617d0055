"""What a desk does with pinned questions: keeps them, lists them, and asks them again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from meterline.answer import Answer, Question
from meterline.asked import question_text
from meterline.pins import Pin, PinRun, changes_between
from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline.stores import Stores
    from meterline_tools.kit.bench import Workbench


class Pinboard:
    """The part of the desk that knows pins; it asks through the desk."""

    stores: Stores

    def workbench(self, asker: str | None, as_of: datetime | None) -> Workbench:
        raise NotImplementedError

    def ask(self, question: Question, *, state: dict[str, Any] | None = None) -> Answer:
        raise NotImplementedError

    def pin(self, name: str, question: str = "", *, thread_id: str | None = None, asker: str | None = None) -> Pin:
        """Keeps a question under a name: the one given, or the last one of a thread with the state it was asked in.

        Raises:
            UserError: no question to pin, or a name that is taken or unfit.
        """
        user = self.workbench(asker, None).principal.user_id
        state: dict[str, Any] = {}
        if not question.strip() and thread_id is not None:
            question, state = self.stores.threads.last_question(thread_id, user) or ("", {})
        if not question.strip():
            raise UserError("There is no question to pin. Give one, or the thread of the question to pin.")
        return self.stores.pins.add(user, name, question_text(question), state)

    def pinned(self, *, asker: str | None = None) -> list[Pin]:
        return self.stores.pins.list(self.workbench(asker, None).principal.user_id)

    def unpin(self, name: str, *, asker: str | None = None) -> None:
        self.stores.pins.remove(self.workbench(asker, None).principal.user_id, name)

    def run_pin(self, name: str, *, asker: str | None = None, as_of: datetime | None = None) -> PinRun:
        """Asks a pinned question again, in the state it was pinned in, and says what changed since the last time."""
        user = self.workbench(asker, None).principal.user_id
        pin = self.stores.pins.get(user, name)
        before = self.stores.pins.last_run(user, name)
        answer = self.ask(Question(text=pin.question, asker=asker, as_of=as_of), state=pin.state)
        self.stores.pins.record(user, name, answer)
        since, earlier = before or (None, None)
        return PinRun(name=name, answer=answer, since=since, changes=changes_between(earlier, answer) if earlier else [])
