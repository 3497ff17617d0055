"""One system under the scripted server, in a process of its own: asks every question, prints its CPU seconds as JSON.

python run.py meterline|langchain|vanna SERVER DATA PLANS.json, where DATA is Meterline's workspace or a DuckDB file.
Before each question the server is told which one comes, so that it can count and play by question.
Imports nothing of Meterline for the others: it also runs in their virtual environment.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[[str], None]
"""Asks one question in the conversation it belongs to."""
NewConversation = Callable[[], Ask]


def meterline(server: str, data: str) -> NewConversation:
    """The desk, with any OpenAI-compatible model in its loop."""
    from pydantic import SecretStr

    from meterline.answer import Question
    from meterline.desk import Desk
    from meterline.settings import Settings

    key = SecretStr("sk-bench")
    desk = Desk.open(Settings(home=Path(data), model="openai:scripted", openai_base_url=server, openai_api_key=key))

    def begin() -> Ask:
        thread: list[str | None] = [None]

        def ask(question: str) -> None:
            answer = desk.ask(Question(text=question, thread_id=thread[0]))
            if answer.model != "openai:scripted" or answer.withheld:
                raise SystemExit(f"{question}: {answer.assumptions} {answer.withheld}")
            thread[0] = answer.thread_id

        return ask

    return begin


def langchain(server: str, data: str) -> NewConversation:
    """LangChain's SQL agent: its toolkit and prompt under create_agent, the conversation's messages kept."""
    from langchain.agents import create_agent
    from langchain_community.agent_toolkits import SQLDatabaseToolkit
    from langchain_community.agent_toolkits.sql.prompt import SQL_PREFIX
    from langchain_community.utilities import SQLDatabase
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    model = ChatOpenAI(model="scripted", base_url=server, api_key=SecretStr("sk-bench"), temperature=0)
    database = SQLDatabase.from_uri(f"duckdb:///{data}")
    tools = SQLDatabaseToolkit(db=database, llm=model).get_tools()
    agent = create_agent(model, tools, system_prompt=SQL_PREFIX.format(dialect=database.dialect, top_k=10))

    def begin() -> Ask:
        messages: list[Any] = []

        def ask(question: str) -> None:
            messages[:] = agent.invoke({"messages": [*messages, {"role": "user", "content": question}]})["messages"]

        return ask

    return begin


def vanna(server: str, data: str) -> NewConversation:
    """Vanna's agent with SQL and memory tools, as its guide sets them up; replies are not streamed here."""
    import uuid

    from vanna import Agent, AgentConfig, User
    from vanna.core.registry import ToolRegistry
    from vanna.core.user import RequestContext, UserResolver
    from vanna.integrations.duckdb import DuckDBRunner
    from vanna.integrations.local.agent_memory import DemoAgentMemory
    from vanna.integrations.openai import OpenAILlmService
    from vanna.tools import RunSqlTool, VisualizeDataTool
    from vanna.tools.agent_memory import SaveQuestionToolArgsTool, SaveTextMemoryTool, SearchSavedCorrectToolUsesTool

    class OneUser(UserResolver):  # type: ignore[misc, unused-ignore]
        async def resolve_user(self, request_context: Any) -> Any:
            return User(id="bench", group_memberships=["all"])

    registry = ToolRegistry()
    runner = DuckDBRunner(database_path=data, read_only=True)
    for tool in (
        RunSqlTool(sql_runner=runner),
        VisualizeDataTool(),
        SearchSavedCorrectToolUsesTool(),
        SaveQuestionToolArgsTool(),
        SaveTextMemoryTool(),
    ):
        registry.register_local_tool(tool, access_groups=["all"])
    agent = Agent(
        llm_service=OpenAILlmService(model="scripted", api_key="sk-bench", base_url=server),
        tool_registry=registry,
        user_resolver=OneUser(),
        agent_memory=DemoAgentMemory(),
        config=AgentConfig(stream_responses=False),
    )

    async def hear(question: str, conversation: str) -> None:
        async for _ in agent.send_message(RequestContext(), question, conversation_id=conversation):
            pass

    def begin() -> Ask:
        conversation = uuid.uuid4().hex
        return lambda question: asyncio.run(hear(question, conversation))

    return begin


SYSTEMS: dict[str, Callable[[str, str], NewConversation]] = {"meterline": meterline, "langchain": langchain, "vanna": vanna}


def announce(server: str, label: str) -> None:
    """Tells the server which question comes next."""
    body = json.dumps({"label": label}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{server}/label", data=body, method="POST")).read()


def main(system: str, server: str, data: str, plans_file: str) -> None:
    warnings.simplefilter("ignore")
    plans = json.loads(Path(plans_file).read_text(encoding="utf-8"))
    begin = SYSTEMS[system](server, data)
    alone = [plan for plan in plans if not plan.get("follow_up")]
    for plan in alone:  # so that imports and first uses of anything are not in the CPU time
        announce(server, f"alone/{plan['id']}/warm")
        begin()(plan["question"])
    spent = []
    for plan in alone:
        announce(server, f"alone/{plan['id']}")
        ask, started = begin(), time.process_time()
        ask(plan["question"])
        spent.append(time.process_time() - started)
    ask = begin()
    for plan in plans:
        announce(server, f"conversation/{plan['id']}")
        ask(plan["question"])
    print(json.dumps({"cpu_s": spent}))


if __name__ == "__main__":
    main(*sys.argv[1:])
