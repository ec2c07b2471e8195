"""Traces, as a collector gets them: over OTLP, from every worker, with the client's trace continued."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.metrics import STAGES
from tests.api.test_workers import serving
from tests.conftest import environment

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Takes traces, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.paths: set[str] = set()
        self.bodies: list[bytes] = []

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        resources = [resource for request in requests for resource in request.resource_spans]
        return [span for resource in resources for scope in resource.scope_spans for span in scope.spans]


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.paths.add(self.path)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def variables(collector: Collector) -> dict[str, str]:
    return {"PINCITE_TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_request_is_a_span_with_its_stages(workers: int, seeds_data: Path, collector: Collector) -> None:
    with serving(seeds_data, workers, variables(collector)) as (process, address):
        asked = httpx.get(
            f"{address}/v1/ask",
            params={"q": "What did ZTE's ban cause?"},
            headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "mine"},
        )
        for _ in range(5):  # connections of their own, so that each worker has some
            assert httpx.get(f"{address}/secret-path").status_code == 404
        process.terminate()
        assert process.wait(timeout=30) == 0, "what is left is sent before the end"

    spans = collector.spans()
    (request,) = [span for span in spans if span.name == "GET /v1/ask"]
    stages = [span for span in spans if span.parent_span_id == request.span_id]
    values = {one.key: one.value for one in request.attributes}
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert values["pincite.request_id"].string_value == "mine"
    assert values["http.response.status_code"].int_value == 200
    assert values["pincite.outcome"].string_value == "answered"
    assert values["pincite.confidence"].double_value == pytest.approx(asked.json()["confidence"], abs=1e-4)
    assert tuple(span.name for span in sorted(stages, key=lambda span: span.start_time_unix_nano)) == STAGES
    assert {span.trace_id for span in stages} == {request.trace_id}
    for span in stages:
        assert request.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano
    assert sum(span.name == "GET" for span in spans) == 5
    assert collector.paths == {"/v1/traces"}
    sent = b"".join(collector.bodies)
    assert b"pincite" in sent
    assert not [word for word in (b"ZTE", b"secret") if word in sent]


def test_a_service_without_a_collector_answers(seeds_data: Path) -> None:
    nowhere = {"PINCITE_TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with serving(seeds_data, 1, nowhere) as (_, address):
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_what_is_missing_is_named(seeds_data: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None; sys.argv = ['pincite', 'serve', '--port', '0']\n"
        "from pincite.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(seeds_data, PINCITE_TRACING="true"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'pincite[otel]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_of_it_is_loaded_unless_asked_for() -> None:
    code = "import sys, api.app, api.server; print([name for name in sys.modules if 'opentelemetry.' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not [name for name in eval(done.stdout) if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]  # noqa: S307
