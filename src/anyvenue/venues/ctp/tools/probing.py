"""Trying an access step by step: library, address, handshake, authentication, login; what failed and why."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from anyvenue.model.errors import AnyvenueError, ConnectivityError
from anyvenue.venues.ctp.login_trouble import login_trouble
from anyvenue.venues.ctp.native.factories import Which
from anyvenue.venues.ctp.native.probe import probe_library
from anyvenue.venues.ctp.tools.access import Access, converse, library_of
from anyvenue.venues.ctp.tools.conversation import Conversation
from anyvenue.venues.ctp.tools.login import (
    authenticate,
    cut_advice,
    log_in_md,
    user_login,
)
from anyvenue.venues.ctp.tools.reaching import MALFORMED, reach
from anyvenue.venues.probing.steps import Step

__all__ = ["StepName", "probe_access"]

StepName = Literal["library", "address", "handshake", "authentication", "login"]


def probe_access(access: Access, which: Which, timeout: float) -> list[Step]:
    """Try one side of an access until something fails; without a user it ends at the handshake."""
    return _Probe(access, which, timeout).steps


class _Probe:
    def __init__(self, access: Access, which: Which, timeout: float) -> None:
        self.steps: list[Step] = []
        self._access = access
        self._which: Which = which
        self._timeout = timeout
        if self._try("library", self._library) and self._address():
            with tempfile.TemporaryDirectory() as flow:
                self._talk(Path(flow))

    def _try(self, step: StepName, act: Callable[[], str]) -> bool:
        """Do a step and note what came of it; one that returns "" was not needed."""
        began = time.monotonic()
        try:
            found = act()
        except AnyvenueError as error:
            number = int(error.fields.get("number", 0) or 0)  # type: ignore[call-overload]
            advice = login_trouble(number)
            if isinstance(error, ConnectivityError):
                number = int(error.fields.get("reason", 0) or 0)  # type: ignore[call-overload]
                advice = cut_advice(number) or ("silent" if step == "handshake" else "")
            self._note(step, False, began, number=number, advice=advice, error=error)
            return False
        if found:
            self._note(step, True, began, found=found)
        return True

    def _note(
        self,
        step: StepName,
        good: bool,
        began: float,
        *,
        found: str = "",
        number: int = 0,
        advice: str = "",
        error: AnyvenueError | None = None,
    ) -> None:
        seconds = round(time.monotonic() - began, 4)
        self.steps.append(
            Step(
                side=self._which,
                step=step,
                state="good" if good else "failed",
                found=found,
                seconds=seconds,
                number=number,
                advice=f"ctp_advice.{advice}" if advice else "",
                error=error,
            )
        )

    def _library(self) -> str:
        path = library_of(self._access, self._which)
        if path is None:
            return f"anyvenue {self._access.api} {self._access.version}".strip()
        probe = probe_library(path)
        if probe.error is not None:
            raise probe.error
        return f"{probe.version} ({probe.dialect} {probe.described}) {path}"

    def _address(self) -> bool:
        """Try all fronts; one that can be reached is enough."""
        reached = [reach(front, self._timeout) for front in self._access.fronts(self._which)]
        began = time.monotonic()
        for each in reached:
            error = None
            if each.problem:
                error = ConnectivityError(
                    f"{each.front}: {each.problem}",
                    code="venue.ctp_unreachable",
                    front=each.front,
                    problem=each.problem,
                )
            self._note(
                "address",
                error is None,
                began - each.seconds,
                found="" if error else each.front,
                advice="address" if error and each.problem != MALFORMED else "",
                error=error,
            )
        return any(not each.problem for each in reached)

    def _talk(self, flow: Path) -> None:
        access, timeout = self._access, self._timeout
        conversation: Conversation | None = None

        def connected() -> str:
            nonlocal conversation
            conversation = converse(access, self._which, flow)
            conversation.start(access.fronts(self._which))
            conversation.wait_connected(timeout)
            return "OnFrontConnected"

        try:
            if self._try("handshake", connected) and conversation is not None and access.user:
                self._log_in(conversation)
        finally:
            if conversation is not None:
                conversation.close()

    def _log_in(self, conversation: Conversation) -> None:
        access, timeout = self._access, self._timeout
        if self._which == "md":
            self._try("login", lambda: _md(conversation, access, timeout))
        elif self._try("authentication", lambda: _authenticated(conversation, access, timeout)):
            self._try("login", lambda: _trader(conversation, access, timeout))


def _authenticated(conversation: Conversation, access: Access, timeout: float) -> str:
    return access.app_id if authenticate(conversation, access, timeout) else ""


def _trader(conversation: Conversation, access: Access, timeout: float) -> str:
    found = user_login(conversation, access, timeout)
    return f"{found.system} {found.trading_day} FrontID {found.front_id} SessionID {found.session_id}".strip()


def _md(conversation: Conversation, access: Access, timeout: float) -> str:
    log_in_md(conversation, access, timeout)
    return access.user
