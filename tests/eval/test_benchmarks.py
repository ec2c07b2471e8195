"""The benchmarks of serving: that they run, count what fails, end what they start, and judge as they should."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.benchmarks.__main__ import main, measure, parse
from eval.benchmarks.bulk import Bulk
from eval.benchmarks.corpus import distinct_questions
from eval.benchmarks.errors import BenchmarkError
from eval.benchmarks.load import Load, put_load
from eval.benchmarks.processes import Memory, tree
from eval.benchmarks.report import markdown
from eval.benchmarks.results import COMMAND, Machine, Results, ServerMemory, Window, budgets, row, rows
from eval.benchmarks.servers import OURS, PLAIN, Server, Service, exchange, serving
from eval.sets import QuestionSet
from qa.parts import split_question
from tests.conftest import ROOT

FILES = {"serving.json", "serving.md"} | {
    f"serving-{name}.{kind}" for name in ("throughput", "latency") for kind in ("png", "svg")
}
MACHINE = Machine("a CPU", 2, 8.0, "Linux x86_64", "3.11", {"pincite": "0"}, 0.0)
LOAD = Load(300, 0, "", 3.0, 2.0, 4.0, 9.0, 400, ran_out=False, server_cpu_seconds=0.6, load_cpu_seconds=0.1)

SERVER = """
import http.server, json, subprocess, sys
child = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"],
    stdout=subprocess.PIPE)
child.stdout.readline()
asked = {}

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["question"]
        if question == "how often?":
            body = json.dumps(asked).encode()
        else:
            asked[question] = asked.get(question, 0) + 1
            body = b"{}"
        self.send_response(503 if question.startswith("bad") else 200)
        if not question.startswith("endless"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if question.startswith("last"):
            self.close_connection = True

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[Server]:
    """A server that answers at once, or as its questions want, and counts them; with a child that will not end."""
    with serving(Service("small", ("-c", SERVER), {}), "first?", tmp_path) as server:
        yield server


def load_on(server: Server, questions: list[str], connections: int = 2, seconds: float = 0.3) -> Load:
    requests = iter([server.service.request(question) for question in questions])
    loading = put_load(server.port, requests, connections=connections, warmup=0.1, seconds=seconds, pid=server.pid)
    return asyncio.run(loading)


def received(server: Server) -> dict[str, int]:
    counts: dict[str, int] = json.loads(exchange(server.port, server.service.request("how often?"))[1])
    return counts


def test_a_quick_run_measures_every_server_and_writes_whole_files(
    seeds_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work, out = tmp_path / "work", tmp_path / "deep" / "out"
    shutil.copytree(seeds_data / "encoders", work / "data" / "encoders")  # so that nothing has to be exported
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PINCITE_PORT", "nonsense")  # whose settings these are, is nothing to a benchmark
    assert measure(parse(["--quick", "--out", str(out)]), work) == 0
    assert "Written to" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == FILES

    written = json.loads((out / "serving.json").read_text(encoding="utf-8"))
    asked = [(window["server"], window["connections"]) for window in written["windows"]]
    servers = [PLAIN, *(["txtai"] if "txtai" not in written["missing"] else []), OURS]
    assert asked == [(server, connections) for connections in (1, 4) for server in servers]
    for window in written["windows"]:
        load = window["load"]
        assert (load["errors"], load["first_error"], load["ran_out"]) == (0, "", False)
        assert 0 < load["requests"] <= load["asked"]
        assert 0 < load["p50_ms"] <= load["p99_ms"] <= load["max_ms"]
    assert {name for name, seconds in written["starts"].items() if len(seconds) == 1 and seconds[0] > 0} == {
        *servers,
        COMMAND,
    }
    assert (written["passages"], written["questions"], written["quick"]) == (54, 201, True)
    assert written["bulk"]["least_cosine"] > 0.999
    assert written["bulk"]["texts"] == 16
    if sys.platform == "linux":
        assert all(window["load"]["server_cpu_seconds"] > 0 for window in written["windows"])
        assert written["memory"][PLAIN]["most_pss_mb"] > written["memory"][OURS]["most_pss_mb"] > 20
    assert {one["verdict"] for one in written["budgets"]} <= {"met", "NOT MET", "not measured"}

    page = (out / "serving.md").read_text(encoding="utf-8")
    assert "python -m eval.benchmarks --quick" in page
    assert "Every request was answered with status 200." in page
    for name in ("throughput", "latency"):
        assert f"(serving-{name}.svg)" in page
        assert (out / f"serving-{name}.png").read_bytes().startswith(b"\x89PNG")
        assert ElementTree.parse(out / f"serving-{name}.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file
    for path in out.glob("*.[jms][sdv]*"):
        told = path.read_text(encoding="utf-8")
        assert [
            word for word in (str(ROOT), str(tmp_path), socket.gethostname(), str(Path.home())) if word in told
        ] == []


def test_the_questions_of_a_round_are_all_different_and_each_round_has_its_own_order(questions: QuestionSet) -> None:
    known = [case.question for case in questions.cases]
    first, again, second = (distinct_questions(known, 30_000, number) for number in (1, 1, 2))
    assert len(set(first)) == len(first) == 30_000
    assert set(first[: len(known)]) == set(known)
    assert first == again
    assert first != second


def test_a_question_behind_other_words_has_as_many_parts_as_before(questions: QuestionSet) -> None:
    known = {case.question for case in questions.cases}
    for reworded in distinct_questions(sorted(known), 17 * len(known), 1):
        own = next(question for question in known if reworded.endswith(question))
        assert len(split_question(reworded)) == len(split_question(own)), reworded


def test_a_server_that_does_not_start_is_reported_with_its_output(empty_data: Path, tmp_path: Path) -> None:
    ours = Service(OURS, ("-m", "pincite", "serve", "--port", "0"), {"PINCITE_DATA_DIR": str(empty_data)})
    with pytest.raises(BenchmarkError) as caught, serving(ours, "who?", tmp_path):
        pytest.fail("there is nothing to serve")
    assert "Pincite does not start: it ended with exit code 1" in str(caught.value)
    assert "there is no collection 'default'" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are listed in /proc")
def test_nothing_outlives_a_server_even_what_ignores_being_told_to_end(tmp_path: Path) -> None:
    with serving(Service("small", ("-c", SERVER), {}), "first?", tmp_path) as server:
        pids = tree(server.pid)
        assert server.start_seconds > 0
        assert len(pids) == 2
    deadline = time.monotonic() + 10  # a process that is killed goes when the system comes to it
    while any(runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in pids if runs(pid)] == []


def runs(pid: int) -> bool:
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def test_load_asks_each_question_once_and_counts_what_is_answered(small_server: Server) -> None:
    load = load_on(small_server, [f"question {number}?" for number in range(20_000)])
    counts = received(small_server)
    assert counts.pop("first?") == 1
    assert set(counts.values()) == {1}
    assert (len(counts), load.errors, load.first_error) == (load.asked, 0, "")
    assert 0 < load.requests < load.asked  # the warm-up's are not counted
    assert 0.3 <= load.seconds < 1
    assert not load.ran_out


@pytest.mark.parametrize(
    ("kind", "told"), [("bad", "HTTP/1.1 503"), ("endless", "without Content-Length"), ("last", "closed a connection")]
)
def test_load_hides_no_error(small_server: Server, kind: str, told: str) -> None:
    load = load_on(small_server, [f"{('good', kind)[number % 2]} {number}?" for number in range(20_000)])
    counts = received(small_server)
    failed = sum(question.startswith(kind) for question in counts)
    if kind == "last":  # its answer is good, but whatever is asked on that connection afterwards gets none
        failed = load.asked - (len(counts) - 1)
    assert (load.errors, failed > 0) == (failed, True)
    assert told in load.first_error
    assert 0 < load.requests < load.asked - load.errors


def test_load_says_when_the_questions_have_run_out(small_server: Server) -> None:
    load = load_on(small_server, ["one?", "two?", "three?"])
    assert (load.asked, load.ran_out, load.errors) == (3, True, 0)


def test_load_on_a_server_that_is_gone_is_an_error_of_each_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    loading = put_load(port, iter([b"x"] * 9), connections=3, warmup=0.0, seconds=0.1, pid=os.getpid())
    load = asyncio.run(loading)
    assert (load.requests, load.errors) == (0, 3)
    assert load.first_error.startswith("no connection: ")


def window(number: int, server: str, rate: int, connections: int = 32, **changes: float | str) -> Window:
    """Return a window of 3 s with 4 ms at the 99th percentile, unless that is changed."""
    return Window(number, connections, server, replace(LOAD, requests=rate * 3, **changes))  # type: ignore[arg-type]


def results(*windows: Window, start: float = 1.0, pss: float = 200.0, bulk: float = 90.0) -> Results:
    memory = ServerMemory(pss, (Memory(pss - 1, pss + 9), Memory(1, 2)))
    return Results(
        date="2026-01-01",
        command="python -m eval.benchmarks",
        machine=MACHINE,
        corpus="some",
        passages=10,
        spans=20,
        questions=350,
        workers=None,
        quick=False,
        warmup=1,
        seconds=3,
        missing={"txtai": "it is not installed."},
        windows=windows,
        starts={PLAIN: (6.0, 7.0, 9.0), OURS: (start, 0.1, 9.0), COMMAND: (0.5,)},
        memory={PLAIN: memory, OURS: memory},
        bulk=Bulk(8, (bulk, bulk), (40.0, 40.0), 1.0),
    )


def verdicts(measured: Results) -> dict[str, str]:
    return {budget.name.split(",")[0]: budget.verdict for budget in budgets(measured)[2:]}


def test_a_ratio_is_taken_within_its_round_and_the_rest_are_medians() -> None:
    rates = [(100, 1000), (50, 550), (10, 120)]
    measured = results(
        *(window(number, PLAIN, plain, p99_ms=9.0 * number) for number, (plain, _) in enumerate(rates, 1)),
        *(window(number, OURS, ours, errors=number) for number, (_, ours) in reversed(list(enumerate(rates, 1)))),
    )
    ours, plain = row(measured, OURS, 32), row(measured, PLAIN, 32)
    assert ours.ratio == (11.0, 10.0, 12.0)
    assert (ours.rate, plain.rate, plain.p99_ms) == (550.0, 50.0, 18.0)
    assert ours.cpu_ms == pytest.approx(600 / 1650)
    assert (ours.errors, plain.errors, measured.errors) == (6, 0, 6)
    assert measured.reworded(OURS) == 3 * 50


def test_budgets_are_met_or_not() -> None:
    good = results(window(1, PLAIN, 70), window(1, OURS, 700))
    assert set(verdicts(good).values()) == {"met"}
    assert [budget.verdict for budget in budgets(good)[:2]] == ["not measured"] * 2
    bad = results(window(1, PLAIN, 70), window(1, OURS, 699, p99_ms=80.0), start=1.5, pss=250.0, bulk=79.0)
    assert {name for name, verdict in verdicts(bad).items() if verdict == "NOT MET"} == set(verdicts(good)) - {
        next(name for name in verdicts(good) if name == "start to first answer")
    }


def test_the_page_tells_of_errors_of_what_is_missing_and_of_questions_behind_other_words() -> None:
    measured = results(window(1, PLAIN, 70, asked=300), window(1, OURS, 700, errors=1, first_error="HTTP/1.1 503"))
    page = markdown(measured, rows(measured), budgets(measured))
    assert "**1 request failed**; the first, of Pincite: `'HTTP/1.1 503'`." in page
    assert "txtai was not measured: it is not installed." in page
    assert '("In short words, ..."): 50 to Pincite.' in page
    assert "| 32 | Pincite | 700.0 | 10.00 (10.00 to 10.00) | 2.0 | 4.0 | 9.0 | 0.29 | 1 |" in page
    assert "| p99 latency at 32 connections | 4 ms | 4 ms | under 80 ms | met |" in page


def test_what_cannot_be_measured_is_refused_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--quick"]) == 1
    assert f"error: {tmp_path} is no BEIR folder" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main(["--rounds", "0"])
    assert caught.value.code == 2
    assert "--rounds must be more than 0" in capsys.readouterr().err


def test_without_a_folder_the_sample_documents_have_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--quick"]) == 1
    assert "name a BEIR folder: python -m eval.benchmarks FOLDER" in capsys.readouterr().err
