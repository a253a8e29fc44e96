"""Alerts to a web address, as JSON by POST, from a thread of their own: the node never waits for somebody's server."""

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http import HTTPStatus
from time import monotonic

import msgspec

__all__ = ["Webhook"]

_WAITING_AT_MOST = 1000
_ATTEMPTS = 3
_TIMEOUT_S = 10.0


class Webhook:
    """Posts alerts in the order they came. What cannot be delivered after three attempts is told and dropped."""

    def __init__(
        self,
        url: str,
        on_failure: Callable[[str], None],
        *,
        pause_s: float = 1.0,
        post: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """Post to `url`, which is a secret and never part of what `on_failure` is told, on the alerts' thread."""
        self.delivered = 0
        self.dropped = 0
        self._url = url
        self._on_failure = on_failure
        self._pause = pause_s
        self._post = post or _post
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING_AT_MOST)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def send(self, alert: Mapping[str, object]) -> None:
        """Post an alert soon; never waits."""
        try:
            self._queue.put_nowait(msgspec.json.encode(alert, enc_hook=str))
        except queue.Full:
            self.dropped += 1

    def close(self, timeout_s: float = 5.0) -> None:
        """Give what waits so much time, and end."""
        until = monotonic() + timeout_s
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            self._ended.set()
        self._thread.join(max(until - monotonic(), 0.0))
        self._ended.set()
        self._thread.join(0.2)

    def _run(self) -> None:
        while (body := self._queue.get()) is not None and not self._ended.is_set():
            self._deliver(body)

    def _deliver(self, body: bytes) -> None:
        reason = ""
        for attempt in range(_ATTEMPTS):
            if attempt and self._ended.wait(self._pause * 2**attempt):
                break
            try:
                self._post(self._url, body)
            except OSError as error:
                # An HTTPError's own text has no address in it; others name the host at most.
                reason = str(getattr(error, "reason", "")) or type(error).__name__
                if isinstance(error, urllib.error.HTTPError):
                    reason = f"HTTP {error.code}"
                    error.close()
                    if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                        break
            else:
                self.delivered += 1
                return
        self.dropped += 1
        self._on_failure(f"an alert could not be delivered: {reason}")


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(
        url, body, {"Content-Type": "application/json", "User-Agent": "anyvenue"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        answer.read(1)
