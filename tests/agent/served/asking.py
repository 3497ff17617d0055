"""A question put to a served model over real HTTP on loopback, with the built-in analyst's stand-in behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from meterline.answer import Answer
from meterline.compose import compose
from meterline.loop import Loop
from meterline.models.openai import openai_model
from meterline.prompting import load_prompt
from tests.agent.scripted import KIT, Play, ScriptedModel, call, completion, draft, make_bench

KEY = "sk-open-sesame"
ASK = completion(calls=[("consumption", '{"account": "Orion Foods"}')])
SAY = completion(draft("Orion Foods consumed [[F1]]."))
GOOD = "Orion Foods consumed $1.19M."
BUILT_IN = "Built in: $1.19M."
HTML = "<html><body>Bad gateway sk-open-sesame</body></html>"


@dataclass
class Asked:
    """A loop at a server, with pauses that are noted down and not made."""

    url: str
    seconds: float = 60.0
    timeout: float = 20.0
    api: str = "auto"
    paused: list[float] = field(default_factory=list)
    loop: Loop = field(init=False)

    def __post_init__(self) -> None:
        prompt = load_prompt("answer")
        model = openai_model("small", base_url=self.url, api_key=KEY, api=self.api, timeout=self.timeout)
        model.sleep = self.paused.append
        script = [call("consumption", account="Orion Foods"), draft("Built in: [[F1]].")]
        analyst = Loop(ScriptedModel(script=script), "offline", KIT, prompt)
        self.loop = Loop(model, "openai:small", KIT, prompt, fallback=analyst, seconds=self.seconds)

    def answer(self) -> Answer:
        return compose(self.loop.run("What did Orion Foods burn?", make_bench(), {}), thread_id="t", elapsed_ms=1.0)


def error(status: int, text: str, **headers: str) -> Play:
    body = json.dumps({"error": {"message": text, "echo": KEY}})
    return Play(body, status, headers={name.replace("_", "-"): value for name, value in headers.items()})
