"""A headless Chromium for tests, steered over a pipe; nothing of it is installed by us."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Browser", "Shown", "browser", "chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--remote-debugging-pipe",
)  # fmt: skip
# The browser reads commands from descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, pipe in enumerate(pipes, 3):
    os.dup2(pipe, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
_COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


def chromium() -> str | None:
    """Return the browser's program, None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Shown:
    """What a page came to: its picture, what the console said, and what its scripts answer."""

    def __init__(self, png: bytes, complaints: list[str], answers: dict[str, Any]) -> None:
        self.png = png
        self.complaints = complaints
        self.answers = answers


class Browser:
    """One browser and one tab; commands are answered in order, events are kept."""

    def __init__(self, write: int, read: int) -> None:
        self._write = write
        self._read = read
        self._rest = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its answer; raise RuntimeError where it was refused."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        """Wait for an event."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def show(self, page: Path, width: int, scripts: dict[str, str]) -> Shown:
        """Open a page at a width as tall as it is, and ask it `scripts`, each by its name."""
        self.events.clear()
        self._resize(width, 900)
        self.call("Page.navigate", url=page.absolute().as_uri())
        self.wait_for("Page.loadEventFired")
        height = int(self.ask("document.documentElement.scrollHeight"))
        self._resize(width, height)
        # What is drawn when it comes into view has two frames to see that it did.
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.ask(
            "new Promise(done => { const look = () => document.querySelectorAll('.chart').length"
            " === document.querySelectorAll('.chart .main-svg:first-child').length"
            " ? done() : requestAnimationFrame(look); look(); })"
        )
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        answers = {name: self.ask(script) for name, script in scripts.items()}
        return Shown(base64.b64decode(shot["data"]), self._complaints(), answers)

    def ask(self, script: str) -> Any:
        """Return what a script comes to in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        return answer["result"].get("value")

    def _resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def _complaints(self) -> list[str]:
        return [
            json.dumps(event["params"])[:2_000]
            for event in self.events
            if event.get("method") in _COMPLAINTS
        ]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._read, 65_536)
            if not chunk:
                raise RuntimeError("the browser ended")
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Run a browser with an empty profile."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    given = [str(theirs_in), str(theirs_out), program, *_FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, *given],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Browser(ours_out, ours_in)
    finally:
        process.terminate()
        process.wait(30)
        os.close(ours_out)
        os.close(ours_in)
