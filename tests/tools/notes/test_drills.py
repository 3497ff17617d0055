"""The index under rough hands: kills at random moments, two builders at once, a Chroma server, no way out."""

from __future__ import annotations

import gc
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

import meterline_tools
from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.results import Status
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import BOREAL, KESTREL, ROWS, note, provider

pytestmark = [  # chromadb leaves its connections to a server to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
NEW_ROWS = [*ROWS, *(note(f"N-2{i:03}", BOREAL, "2026-07-30", body=f"Renewal talk number {i}.") for i in range(200))]
QUESTION = "order history load"
PATHS = {"PYTHONPATH": f"{Path(meterline_tools.__file__).parents[1]}:{Path(__file__).parents[3]}"}
BUILD = """
import sys
from pathlib import Path
from meterline_tools.notes.index import NoteStore
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import provider
from tests.tools.notes.test_drills import NEW_ROWS

print("ready", flush=True)
sys.stdin.readline()
print(NoteStore(Path(sys.argv[1]), provider(NEW_ROWS), snapshot="next", embedder=LetterEmbedder()).ensure().state)
"""


def builder(home: Path) -> subprocess.Popen[str]:
    """A process that has everything imported and builds at the next line it is sent."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(home)],
        env=PATHS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def opened(home: Path, rows: list[dict[str, Any]], snapshot: str, **more: Any) -> NoteStore:
    return NoteStore(home, provider(rows), snapshot=snapshot, embedder=LetterEmbedder(), **more)


@pytest.mark.drill
def test_kills_at_random_moments_never_leave_a_workspace_that_cannot_answer(home: Path) -> None:
    dice = random.Random(11)
    for _ in range(8):
        process = builder(home)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        time.sleep(dice.uniform(0.0, 4.0))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        found = opened(home, ROWS, "corpus").search(QUESTION, account_ids=[KESTREL])
        assert found.hits
    assert opened(home, NEW_ROWS, "next").ensure().state in ("ready", "rebuilt")
    assert opened(home, NEW_ROWS, "next").search("renewal talk").status.message is None
    assert not list((home / "notes").glob("building-*"))


@pytest.mark.drill
def test_of_two_builders_one_writes_and_both_end_well(home: Path) -> None:
    processes = [builder(home), builder(home)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ends
    assert {out.strip() for out, _ in ends} <= {"rebuilt", "ready", "degraded"}
    assert opened(home, NEW_ROWS, "next").ensure().state == "ready"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A Chroma server as its package brings it, on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [str(chroma), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(tmp_path / "server")],
        env={"ANONYMIZED_TELEMETRY": "false", "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/api/v2/heartbeat")
        yield url
    finally:
        gc.collect()
        process.kill()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.2)
    raise AssertionError("the server did not start")


@pytest.mark.drill
def test_a_chroma_server_holds_the_vectors_and_its_loss_is_told(server: str, tmp_path: Path) -> None:
    store = opened(tmp_path / "one", ROWS, "corpus", chromas=Chromas(server), few=0)
    assert store.ensure().state == "rebuilt"
    assert not list((tmp_path / "one" / "notes").rglob("chroma.sqlite3"))
    with closing(opened(tmp_path / "one", ROWS, "corpus", chromas=Chromas(server), few=0)) as again:
        found = again.search(QUESTION, limit=20)
    exact = opened(tmp_path / "two", ROWS, "corpus")
    exact.ensure()
    assert (found.status, [h.note_id for h in found.hits]) == (Status("ready"), [h.note_id for h in exact.search(QUESTION, limit=20).hits])

    neighbour = opened(tmp_path / "three", ROWS, "corpus", chromas=Chromas(server), few=0)
    assert neighbour.ensure().state == "rebuilt"
    assert opened(tmp_path / "one", NEW_ROWS, "next", chromas=Chromas(server), few=0).ensure().state == "rebuilt"
    with closing(neighbour):
        assert neighbour.search(QUESTION).status == Status("ready")  # another workspace's collection was left alone


@pytest.mark.drill
def test_without_its_server_a_search_answers_and_says_so(tmp_path: Path) -> None:
    nobody = Chromas("http://127.0.0.1:9")
    first = opened(tmp_path, ROWS, "corpus", chromas=nobody, few=0).search(QUESTION)
    assert first.hits
    assert "cannot be built" in str(first.status.message)


CONNECT = """
import socket, sys
from pathlib import Path

def refuse(*args, **more):
    print("TRIED", args[1:] or args, flush=True)
    raise OSError("no way out")

socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse

from meterline_tools.notes.index import NoteStore
from tests.tools.notes.corpus import ROWS, provider

store = NoteStore(Path(sys.argv[1]), provider(ROWS[:3]), snapshot="x", few=0)
print(store.ensure().state)
print(len(store.search("order history load").hits) > 0)
"""


def test_building_and_searching_with_the_packaged_model_tries_no_connection(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONNECT, str(tmp_path)], env=PATHS, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.split() == ["rebuilt", "True"], done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.drill
def test_native_code_tries_no_connection_either(tmp_path: Path) -> None:
    """onnxruntime looks up a host for its telemetry some seconds after it was imported, below anything Python sees."""
    program = (
        f"import sys, time\nfrom pathlib import Path\nfrom meterline_tools{CONNECT.split('from meterline_tools', 1)[1]}\ntime.sleep(15)"
    )
    traced = ["strace", "-f", "-e", "trace=connect,sendto,sendmsg", "-o", str(tmp_path / "trace"), sys.executable, "-c", program]
    subprocess.run([*traced, str(tmp_path / "home")], env=PATHS, capture_output=True, check=True, timeout=600)
    assert "AF_INET" not in (tmp_path / "trace").read_text()


def test_the_telemetry_of_the_engine_is_off_before_it_is_imported() -> None:
    program = "import ctypes, sys, meterline_tools.notes.model; getenv = ctypes.CDLL(None).getenv; getenv.restype = ctypes.c_char_p"
    program += "; print(getenv(b'ORT_DISABLE_TELEMETRY').decode(), 'onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], env=PATHS, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]
