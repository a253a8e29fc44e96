"""A program that uses CTP's Python classes: hears every callback, and waits for one without sleeping."""

import os
import threading
from types import ModuleType
from typing import Any

from anyvenue.ctp import thostmduserapi, thosttraderapi

PATIENCE_S = 60.0
# No folder can be made there: the counts of the streams stay in memory.
NOWHERE = f"{os.devnull}/"


class Heard:
    """What was called, in order; `of` and `until` pick callbacks by name."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def note(self, *call: Any) -> None:
        with self._changed:
            self.calls.append(call)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [call for call in self.calls if call[0] == name]

    def until(self, name: str, count: int = 1) -> tuple[Any, ...]:
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.of(name)) >= count, PATIENCE_S)
            assert found, (name, count, self.calls[-5:])
        return self.of(name)[count - 1]


def hearing(base: type) -> Any:
    """Return an object of a class derived from an SPI's that notes every callback in its `heard`."""

    def hears(name: str) -> Any:
        return lambda self, *values: self.heard.note(name, *values)

    body: dict[str, Any] = {name: hears(name) for name in dir(base) if name.startswith("On")}
    made: Any = type("Hearing", (base,), body)()
    made.heard = Heard()
    return made


def filled(struct: str, module: ModuleType = thosttraderapi, **fields: Any) -> Any:
    """Return a struct with these fields."""
    made = getattr(module, f"CThostFtdc{struct}Field")()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class Trader:
    """A trader's api object with a hearing SPI, not yet begun."""

    def __init__(self, flow: str = NOWHERE, module: ModuleType = thosttraderapi) -> None:
        self.module = module
        self.api = module.CThostFtdcTraderApi.CreateFtdcTraderApi(flow)
        self.spi = hearing(module.CThostFtdcTraderSpi)
        self.heard: Heard = self.spi.heard
        self.api.RegisterSpi(self.spi)
        self.number = 0

    def begin(self, *fronts: str, private: int | None = None) -> "Trader":
        """Register the fronts and connect."""
        for front in fronts:
            self.api.RegisterFront(front)
        if private is not None:
            self.api.SubscribePrivateTopic(private)
        self.api.Init()
        return self

    def ask(self, request: str, struct: str = "", **fields: Any) -> int:
        """Send ``ReqQryOrder`` and the like with a struct that is named as they are, or as told."""
        self.number += 1
        known = hasattr(self.module, f"CThostFtdc{request}Field")
        usual = request if known else request.removeprefix("Req")
        made = filled(struct or usual, self.module, **fields)
        code = getattr(self.api, request)(made, self.number)
        assert isinstance(code, int)
        return code

    def login(self, count: int = 1, user: str = "alice") -> Any:
        """Log in on connection number `count`; return RspUserLogin."""
        self.heard.until("OnFrontConnected", count)
        assert self.ask("ReqUserLogin", BrokerID="9999", UserID=user, Password="secret") == 0
        _, login, info, *_ = self.heard.until("OnRspUserLogin", count)
        assert info.ErrorID == 0, info
        return login


class Md:
    """The same for quotes."""

    def __init__(self, flow: str = NOWHERE) -> None:
        self.api = thostmduserapi.CThostFtdcMdApi.CreateFtdcMdApi(flow)
        self.spi = hearing(thostmduserapi.CThostFtdcMdSpi)
        self.heard: Heard = self.spi.heard
        self.api.RegisterSpi(self.spi)

    def begin(self, front: str) -> "Md":
        """Connect and log in."""
        self.api.RegisterFront(front)
        self.api.Init()
        self.heard.until("OnFrontConnected")
        assert self.api.ReqUserLogin(filled("ReqUserLogin", thostmduserapi), 1) == 0
        self.heard.until("OnRspUserLogin")
        return self
