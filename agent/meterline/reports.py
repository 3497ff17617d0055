"""What a desk tells without a question in words: one tool's findings, written, checked and rendered like any answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from meterline.answer import Answer, Draft
from meterline.asked import known_names
from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline.stores import Stores
    from meterline_tools.kit.bench import Workbench


class Reports:
    """The part of the desk behind the commands that each run one tool."""

    stores: Stores

    def workbench(self, asker: str | None, as_of: datetime | None) -> Workbench:
        raise NotImplementedError

    def _on_record(self, kind: str, asked: str, answer: Answer, state: dict[str, Any], bench: Workbench) -> Answer:
        raise NotImplementedError

    def explain(self, account: str, window: str = "", *, asker: str | None = None, as_of: datetime | None = None) -> Answer:
        """Why this account's usage moved: the explanation tool's findings, checked and rendered like any answer."""
        from meterline.models.offline.write.explain import draft_explanation

        asked = f"explain {account} {window}".strip()
        return self._told(asked, "explain_change", {"account": account, "window": window}, draft_explanation, asker, as_of)

    def review(self, rep: str, window: str = "", *, asker: str | None = None, as_of: datetime | None = None) -> Answer:
        """How somebody's book does, where the exception ladder ends, and what to ask in the next one to one."""
        from meterline.models.offline.write.review import draft_review

        return self._told(f"review {rep} {window}".strip(), "review_rep", {"rep": rep, "window": window}, draft_review, asker, as_of)

    def forecast(
        self, who: str = "", *, by: str = "month", horizon: str = "", asker: str | None = None, as_of: datetime | None = None
    ) -> Answer:
        """Where consumption lands, of an account, of a person's book or of everything in sight."""
        from meterline.models.offline.write.forecast import draft_forecast

        names = self.workbench(asker, as_of).names
        person = bool(who) and not names.find("account", who) and bool(names.find("rep", who))
        arguments = {"rep" if person else "account": who, "by": by, "horizon": horizon, "limit": 20}
        return self._told(f"forecast {who} {horizon}".strip(), "forecast", arguments, draft_forecast, asker, as_of)

    def summarise(
        self,
        text: str,
        *,
        account: str = "",
        keep: bool = True,
        on: date | None = None,
        asker: str | None = None,
        as_of: datetime | None = None,
    ) -> Answer:
        """A pasted or dictated text summed up in its own words, and kept with the account that is named or that it names itself."""
        from meterline.models.offline.write.digest import draft_digest

        clean = text.encode("utf-8", "replace").decode("utf-8").strip()
        if not clean:
            raise UserError("There is no text to sum up.")
        arguments = {"text": clean, "account": account, "keep": keep, "on": on.isoformat() if on else ""}
        return self._told(f"summarise {account}: {clean}", "summarize_note", arguments, draft_digest, asker, as_of)

    def coffee(self, *, asker: str | None = None, as_of: datetime | None = None) -> Answer:
        """The morning coffee; what it showed is kept, so that the next one can say what changed."""
        from meterline.models.offline.write.coffee import draft_coffee

        return self._told("morning coffee", "morning_coffee", {}, draft_coffee, asker, as_of)

    def watch(
        self, *, days: int = 1, only: str = "", everything: bool = False, asker: str | None = None, as_of: datetime | None = None
    ) -> Answer:
        """Surges and drops within sight, what was told before left out unless it changed or everything is wanted."""
        from meterline.models.offline.write.watch import draft_watch

        arguments = {"days": days, "only": only, "everything": everything}
        return self._told("watch", "watch", arguments, draft_watch, asker, as_of)

    def tune_coffee(
        self, *, asker: str | None = None, budget: int | None = None, mute: tuple[str, ...] = (), unmute: tuple[str, ...] = ()
    ) -> None:
        """Sets for one person how many exceptions are told, and which are not to be."""
        self.stores.looks.wish(self.workbench(asker, None).principal.user_id, budget=budget, mute=mute, unmute=unmute)

    def _told(
        self,
        asked: str,
        tool: str,
        arguments: dict[str, Any],
        write: Callable[[dict[str, Any]], Draft],
        asker: str | None,
        as_of: datetime | None,
    ) -> Answer:
        """What one tool found, written, checked and rendered like any answer, in a thread of its own."""
        from meterline.compose import compose
        from meterline.loop import Turn
        from meterline.prompting import load_prompt
        from meterline.told import told_in
        from meterline.verify import check
        from meterline_tools.kit import TOOLS

        started = time.perf_counter()
        bench = self.workbench(asker, as_of)
        thread_id, _ = self.stores.threads.begin(None, bench.principal.user_id)
        bench.viewer = self.stores.looks.viewer(bench.principal.user_id)
        reply = TOOLS[tool](bench, **arguments)
        draft = write(reply)
        dates = [bench.asof.d1, bench.asof.today, bench.asof.local_today]
        verified = check(draft, bench.book, names=known_names(bench), told=told_in([reply]), dates=dates, own_words=True)
        turn = Turn(verified, bench, "offline", load_prompt("answer").fingerprint)
        answer = compose(turn, thread_id=thread_id, elapsed_ms=(time.perf_counter() - started) * 1000)
        return self._on_record(tool, asked, answer, draft.state, bench)
