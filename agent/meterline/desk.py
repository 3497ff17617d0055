"""The wiring: settings become stores, tools and a model; faces ask the desk and nothing else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline.answer import Answer, Question
from meterline.asked import conversation_state, known_names, question_text
from meterline.audit import FREE_SQL, record_of
from meterline.kept_notes import with_kept_note
from meterline.ledger import Ledger
from meterline.manners import quiet
from meterline.opened import OpenedCompany
from meterline.pinboard import Pinboard
from meterline.settings import Settings, read_settings
from meterline.stores import Stores
from meterline.tables import Tables
from meterline.taught import Taught, example_files, load_taught, nearest, read_taught
from meterline.trace import Tracer, make_tracer
from meterline.wiring import make_loop, model_name, model_state
from meterline_tools.errors import MeterlineError, ModelMustRetry, UserError
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import Principal

if TYPE_CHECKING:
    from meterline.answer import Draft
    from meterline.briefs.model import Brief, Rendering
    from meterline.loop import Loop
    from meterline_tools.receipts import Entity
    from meterline_tools.warehouse.coverage import Coverage
    from meterline_tools.warehouse.load import LoadReport

BUILT_IN_ANALYST = "offline"
Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much is done and how much there is."""


def _counted(progress: Progress | None) -> Callable[[int, int, str], None] | None:
    """The same report for those who count first and name the step last."""
    return (lambda done, total, step: progress(step, done, total)) if progress else None


class Desk(Pinboard, Ledger, Tables):
    """Opens the workspace once and serves questions, explanations, briefs and loads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stores = Stores(settings.home)
        self._lock = threading.RLock()
        self._company: OpenedCompany | None = None
        self._tracer: Tracer | None = None
        self._loop: Loop | None = None

    @classmethod
    def open(cls, settings: Settings | None = None) -> Desk:
        return cls(settings or read_settings())

    # Questions -----------------------------------------------------------------------------------------------

    def ask(self, question: Question, *, state: dict[str, Any] | None = None, progress: Callable[[str], None] = quiet) -> Answer:
        """Answers one question within its thread, and records the turn before the answer leaves.

        `state` is what a new thread begins with, as if the conversation had come to that point; `progress` is told in a word
        what goes on.

        Raises:
            UserError: no company loaded, an empty or far too long question, a bad setting.
            Refused: an asker or thread that is unknown or not theirs.
            Unavailable: no model could answer, or another question of the thread is still being answered.
        """
        from meterline.compose import compose
        from meterline.offer.remember import remembered

        started = time.perf_counter()
        text = question_text(question.text)
        bench = self.workbench(question.asker, question.as_of)
        with self.stores.threads.alone(question.thread_id, bench.principal.user_id, seconds=self.settings.turn_seconds) as turns:
            thread_id, thread = self.stores.threads.begin(question.thread_id, bench.principal.user_id)
            thread = thread or state or {}
            shown = conversation_state(bench, thread)
            if model_name(self.settings) != BUILT_IN_ANALYST and (examples := nearest(text, self.taught)):
                shown["examples"] = examples
            bench.previous = self._previous(question.thread_id, bench.principal)
            bench.viewer = self.stores.looks.viewer(bench.principal.user_id)
            bench.asked = text
            with self.tracer.span(
                "invoke_agent meterline", gen_ai__operation__name="invoke_agent", gen_ai__conversation__id=thread_id
            ) as span:
                turn = self.loop.run(text, bench, shown, names=known_names(bench), progress=progress)
                span.set(meterline__model=turn.model, meterline__answer_type=turn.verified.draft.answer_type)
            answer = compose(turn, thread_id=thread_id, elapsed_ms=(time.perf_counter() - started) * 1000)
            draft = turn.verified.draft
            after = draft.state or thread if turn.model == BUILT_IN_ANALYST else remembered(text, draft, turn.bench, thread)
            return self._on_record("ask", text, answer, after, turn.bench, turns=turns, refused=turn.refused)

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
        verified = check(draft, bench.book, names=known_names(bench), told=told_in([reply]), dates=dates)
        turn = Turn(verified, bench, "offline", load_prompt("answer").fingerprint)
        answer = compose(turn, thread_id=thread_id, elapsed_ms=(time.perf_counter() - started) * 1000)
        return self._on_record(tool, asked, answer, draft.state, bench)

    def _on_record(
        self,
        kind: str,
        asked: str,
        answer: Answer,
        state: dict[str, Any],
        bench: Workbench,
        *,
        turns: int = 0,
        refused: Sequence[dict[str, Any]] = (),
    ) -> Answer:
        """The answer, once it is in its thread (after so many turns) and in the audit, and what it showed is kept."""
        user = bench.principal.user_id
        seen = _account_names(bench) if any(receipt.tool == FREE_SQL for receipt in answer.receipts) else None
        snapshot = bench.warehouse.snapshot_id
        entry = record_of(kind, asked, answer, bench.principal, snapshot, refused=refused, accounts=seen)
        self.stores.audit.append(*with_kept_note(entry, bench, lambda: self._opened().asof(None).known_at))
        self.stores.threads.record(asked, answer, state, user, after=turns)
        if bench.look is not None:
            self.stores.looks.keep(user, bench.look)
        return answer

    def brief(self, account: str, *, asker: str | None = None, as_of: datetime | None = None, rendering: Rendering = "internal") -> Brief:
        """The QBR brief of an account."""
        from meterline.briefs.qbr import write_brief

        bench = self.workbench(asker, as_of)
        brief = write_brief(bench, account, rendering=rendering)
        self.stores.audit.append(record_of("brief", f"brief {account} ({rendering})", brief, bench.principal, bench.warehouse.snapshot_id))
        return brief

    def who_saw(self, account: str) -> tuple[Entity, list[dict[str, Any]]]:
        """Everybody who was shown anything about an account, oldest first. UserError when the name is not one account's."""
        from meterline_tools.kit.records import find_account

        try:
            entity = find_account(self.workbench(None, None), account)
        except ModelMustRetry as hint:
            raise UserError(str(hint)) from None
        return entity, list(self.stores.audit.who_saw(entity.id))

    # Charts --------------------------------------------------------------------------------------------------

    def chart(self, thread_id: str, chart_id: str, *, asker: str | None = None) -> dict[str, Any] | None:
        """A chart that an answer in a thread of the asker's own carried; its id stands in `usermeta.meterline`.

        Raises:
            Refused: the thread is somebody else's.
        """
        user_id = self.workbench(asker, None).principal.user_id
        self.stores.threads.begin(thread_id, user_id)
        specs = (spec for answer in self.stores.threads.answers(thread_id, user_id) for spec in answer.charts)
        return next((spec for spec in specs if spec["usermeta"]["meterline"].get("id") == chart_id), None)

    # Companies -----------------------------------------------------------------------------------------------

    def load(
        self,
        paths: list[Path],
        *,
        mapping: Path | None = None,
        dry_run: bool = False,
        overrides: dict[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Loads a company's files and brings the note index up to date."""
        from meterline_tools.warehouse.load import load

        report = load(
            self.settings.home,
            paths,
            mapping=mapping,
            dry_run=dry_run,
            company=overrides or {},
            progress=_counted(progress),
        )
        if not dry_run and report.status in ("loaded", "unchanged"):
            self._opened().notes.ensure(progress)
        return report

    def demo(
        self, *, seed: int = 7, accounts: int = 150, days: int = 748, out: Path | None = None, progress: Progress | None = None
    ) -> LoadReport:
        """Writes the demo company's files, then loads them."""
        from meterline_tools.demo import generate

        folder = out or self.settings.home / "demo" / f"seed-{seed}"
        generate(folder, seed=seed, accounts=accounts, days=days, progress=_counted(progress))
        return self.load([folder], progress=progress)

    def prepare(self, progress: Progress | None = None) -> None:
        """Makes what the first forecast would otherwise wait for; what is wrong with it comes up when somebody asks."""
        from meterline_tools.kit.outlooks import book_outlook

        bench = self.workbench(None, None)
        if bench.warehouse.has("usage_daily", "effective_cost"):
            if progress:
                progress("forecasting", 0, 1)
            book_outlook(bench)
            if progress:
                progress("forecasting", 1, 1)

    def health(self) -> dict[str, Any]:
        """What works: the snapshot, its last complete day, the model, the notes index."""
        company = self._opened()
        asof = company.asof(None)
        return {
            "status": "ok",
            "company": company.warehouse.company.name,
            "snapshot": company.warehouse.snapshot_id,
            "d1": asof.d1.isoformat(),
            "known_at": asof.known_at.isoformat(),
            **model_state(self.settings, self._loop),
        }

    def warm(self) -> None:
        """Opens in the background what the first question needs, so that a service answers it as fast as the next one."""

        def prepare() -> None:
            with suppress(MeterlineError):  # what is wrong comes up when somebody asks
                bench = self.workbench(None, None)
                self.loop.built_in.run("hello", bench, conversation_state(bench, {}))

        threading.Thread(target=prepare, name="desk-warm").start()

    def coverage(self) -> Coverage:
        """Which tables and key columns are there, and which questions are thereby off."""
        from meterline_tools.warehouse.coverage import coverage

        return coverage(self._opened().warehouse)

    # Parts, made when first used -----------------------------------------------------------------------------

    @property
    def tracer(self) -> Tracer:
        with self._lock:
            if self._tracer is None:
                self._tracer = make_tracer(self.settings.trace)
            return self._tracer

    @property
    def loop(self) -> Loop:
        with self._lock:
            if self._loop is None:
                self._loop = make_loop(self.settings, self._example_files(), self.tracer)
            return self._loop

    @property
    def taught(self) -> tuple[Taught, ...]:
        """The company's own verified questions.

        Raises:
            UserError: a file that is not there or cannot be used.
        """
        return load_taught(self._example_files())

    def _example_files(self) -> tuple[Path, ...]:
        return example_files(self.settings.examples, self.settings.home)

    def _opened(self) -> OpenedCompany:
        from meterline_tools.warehouse.store import Store

        with self._lock:
            if self._company is None or self._company.warehouse.snapshot_id != Store(self.settings.home).current():
                self._reopen()
                self._company = OpenedCompany(self.settings, self.stores.causes, self.stores.notes)
            return self._company

    def _reopen(self) -> None:
        with self._lock:
            if self._company is not None:
                self._company.close()
                self._company = None

    def workbench(self, asker: str | None, as_of: datetime | None) -> Workbench:
        return self._opened().bench(asker, as_of)

    def _previous(self, thread_id: str | None, principal: Principal) -> list[Any]:
        answer = self.stores.threads.last_answer(thread_id, principal.user_id) if thread_id else None
        return list(answer.receipts) if answer else []

    def close(self) -> None:
        self._reopen()
        self.stores.close()
        with self._lock:
            if self._loop is not None:
                self._loop.close()
                self._loop = None
            if self._tracer is not None:
                self._tracer.close()
                self._tracer = None


def _account_names(bench: Workbench) -> dict[str, str]:
    """Ids and names of the visible accounts, with their ids."""
    from sqlalchemy import select

    accounts = bench.views.accounts().c
    rows = bench.warehouse.run(select(accounts.account_id, accounts.account_name), limit=1_000_000).rows
    return {name: ident for ident, name in rows} | {ident: ident for ident, _ in rows}


def check_examples(path: Path) -> int:
    """How many examples a file holds, all of them usable.

    Raises:
        UserError: what is wrong with the others.
    """
    return len(read_taught(path))


def as_json(answer: Answer) -> str:
    """The answer contract as JSON text, the same for every face."""
    return json.dumps(answer.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2)
