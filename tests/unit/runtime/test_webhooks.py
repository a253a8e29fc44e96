"""Alerts to a web address: in order, again when it fails, never in the way."""

import json
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from anyvenue.runtime.webhooks import Webhook


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted; answers what the test wants."""

    got: list[dict[str, object]] = []
    codes: list[int] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body))
        self.send_response(self.codes.pop(0) if self.codes else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.got, Receiver.codes = [], []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/T0KEN"
    server.shutdown()
    thread.join()
    server.server_close()


def test_alerts_arrive_in_order_as_json(address: str) -> None:
    notes: list[str] = []
    hook = Webhook(address, notes.append)
    for number in range(3):
        hook.send({"event": "fault", "text": "策略出错", "number": number})
    hook.close()
    assert [each["number"] for each in Receiver.got] == [0, 1, 2]
    assert Receiver.got[0]["text"] == "策略出错"
    assert (hook.delivered, hook.dropped, notes) == (3, 0, [])


def test_a_server_that_is_ill_is_asked_again(address: str) -> None:
    Receiver.codes = [503, 500]
    hook = Webhook(address, lambda text: None, pause_s=0.0)
    hook.send({"event": "x"})
    hook.close()
    assert (len(Receiver.got), hook.delivered) == (3, 1)


def test_a_refusal_is_told_without_the_address(address: str) -> None:
    Receiver.codes = [404]
    notes: list[str] = []
    hook = Webhook(address, notes.append, pause_s=0.0)
    hook.send({"event": "x"})
    hook.close()
    assert notes == ["an alert could not be delivered: HTTP 404"]
    assert (len(Receiver.got), hook.dropped) == (1, 1)


def test_sending_never_waits_and_close_does_not_wait_for_ever() -> None:
    held, entered = threading.Event(), threading.Event()

    def post(url: str, body: bytes) -> None:
        entered.set()
        held.wait(60)
        raise urllib.error.URLError("gone")

    hook = Webhook("http://nowhere", lambda text: None, post=post)
    for number in range(1500):
        hook.send({"number": number})
    assert entered.wait(60)
    assert hook.dropped >= 499
    hook.close(timeout_s=0.05)
    held.set()
    hook._thread.join(60)
    assert not hook._thread.is_alive()
