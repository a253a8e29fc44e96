"""Strategies by message: registered, started, stopped, looked at; they are the project's own, run by a `Supervisor`."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import StrategyId
from anyvenue.model.protocols import StrategyStatus, Supervisor
from anyvenue.venues.ctp.json.features.clients import Client, Message

__all__ = ["STRATEGY_REQUESTS", "StrategyDesk", "StrategyTerms"]

STRATEGY_REQUESTS = (
    "RegisterStrategy",
    "UnregisterStrategy",
    "StartStrategy",
    "StopStrategy",
    "QueryStrategyStatus",
    "ListStrategies",
)
_READ_ONLY = ("QueryStrategyStatus", "ListStrategies")
_STATES = {"new": "registered", "running": "running", "stopped": "stopped", "faulted": "error"}
_INACTIVE_KEYS = ("enabled", "max_memory_mb", "max_cpu_percent")


class StrategyTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How many there may be, which `source` is meant without one, and whose `account` is traded without a login."""

    most: int = 10
    source: str = ""
    account: str = ""


class _Failure(Exception):
    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


_TEXTS = {
    0: "成功",
    -400: "参数有误",
    -401: "未登录",
    -403: "没有交易权限",
    -404: "Not implemented",
    -500: "内部错误",
}


class _Registered(msgspec.Struct):
    name: str
    instruments: tuple[str, ...]
    account: str
    source: str
    started: int = 0
    stopped: int = 0
    errors: int = 0
    last_state: str = ""


class StrategyDesk:
    """Answers the six strategy messages."""

    def __init__(
        self, supervisor: Supervisor | None, terms: StrategyTerms, now: Callable[[], int]
    ) -> None:
        """Ask `supervisor`; without one every request is answered with -500."""
        self._supervisor = supervisor
        self._terms = terms
        self._now = now
        self._registered: dict[tuple[str, str], _Registered] = {}

    def take(self, client: Client, message: Message) -> None:
        """Answer a strategy request."""
        name = str(message["MsgType"])
        body: dict[str, object] = {}
        identity = message.get("StrategyID")
        if isinstance(identity, str) and identity:
            body["StrategyID"] = identity
        try:
            body |= self._act(client, name, message)
            code, detail = 0, ""
        except _Failure as failure:
            code, detail = failure.code, str(failure)
        except AnyvenueError as error:
            code, detail = -400, error.text
        client.send(_answer(message, body, code, detail))

    def _act(self, client: Client, name: str, message: Message) -> dict[str, object]:
        supervisor = self._supervisor
        if supervisor is None:
            raise _Failure(-500, "this service runs no strategies")
        if not client.may_trade and name not in _READ_ONLY:
            raise _Failure(-403, "the token only reads")
        account = client.user or self._terms.account
        if name == "ListStrategies":
            statuses = self._statuses(supervisor)
            own = [key for key in self._registered if key[0] == account]
            return {"StrategyList": [self._info(key, statuses) for key in own]}
        identity = message.get("StrategyID")
        if not isinstance(identity, str) or not identity:
            raise _Failure(-400, "StrategyID is missing")
        if not account:
            raise _Failure(-401, "a strategy trades an account: log in on the trading side first")
        key = (account, identity)
        if name == "RegisterStrategy":
            self._register(supervisor, key, message)
            return {}
        # What another account runs is not there for this one.
        if key not in self._registered:
            raise _Failure(-404, f"no strategy {identity!r} is registered")
        return self._act_on(supervisor, name, key)

    def _act_on(self, supervisor: Supervisor, name: str, key: tuple[str, str]) -> dict[str, object]:
        found = self._registered[key]
        if name == "StartStrategy":
            supervisor.start(_name(key))
            found.started, found.stopped = self._now(), 0
        elif name == "QueryStrategyStatus":
            return {"StrategyInfo": self._info(key, self._statuses(supervisor))}
        else:
            supervisor.stop(_name(key))
            found.stopped = self._now()
            if name == "UnregisterStrategy":
                del self._registered[key]
        return {}

    def _register(self, supervisor: Supervisor, key: tuple[str, str], message: Message) -> None:
        account, identity = key
        if key in self._registered:
            raise _Failure(-500, f"strategy {identity!r} is registered already")
        if len(self._registered) >= self._terms.most:
            raise _Failure(-500, f"{self._terms.most} strategies are registered, which is the most")
        config = message.get("StrategyConfig") or {}
        instruments = _texts(message.get("SubscribedInstruments") or [])
        if not isinstance(config, Mapping) or instruments is None:
            raise _Failure(
                -400, "StrategyConfig is an object, SubscribedInstruments a list of codes"
            )
        label = str(message.get("StrategyName") or identity)
        source = str(config.get("source") or self._terms.source or label)
        parameters = {
            str(key): str(value)
            for key, value in _parameters(config).items()
            if key not in _INACTIVE_KEYS
        }
        parameters |= {"account": account, "instruments": ",".join(instruments)}
        supervisor.register(_name(key), source, parameters)
        self._registered[key] = _Registered(label, instruments, account, source)

    def _statuses(self, supervisor: Supervisor) -> dict[str, StrategyStatus]:
        return {str(each.strategy): each for each in supervisor.status()}

    def _info(
        self, key: tuple[str, str], statuses: Mapping[str, StrategyStatus]
    ) -> dict[str, object]:
        found = self._registered[key]
        status = statuses.get(_name(key))
        state = status.state if status is not None else "new"
        if state == "faulted" and found.last_state != "faulted":
            found.errors += 1
        found.last_state = state
        return {
            "strategy_id": key[1],
            "name": found.name,
            "status": _STATES.get(state, state),
            "subscribed_instruments": list(found.instruments),
            "error_count": found.errors,
            "last_error": (status.error if status is not None else "") or None,
            "start_time": _seconds(found.started),
            "stop_time": _seconds(found.stopped),
            "source": found.source,
            "account": found.account,
        }


def _name(key: tuple[str, str]) -> StrategyId:
    """Return what the supervisor calls a strategy: two accounts may have one of the same id."""
    return StrategyId(".".join(key))


def _answer(
    message: Message, body: Mapping[str, object], code: int, detail: str
) -> dict[str, object]:
    made: dict[str, object] = {"MsgType": f"Rsp{message['MsgType']}", **body}
    made["Success"] = code == 0
    made["RspInfo"] = {"ErrorID": code, "ErrorMsg": _TEXTS[code]}
    number = message.get("RequestID")
    if type(number) is int and number:
        made["RequestID"] = number
    if detail:
        made["Detail"] = detail
    return made


def _parameters(config: Mapping[str, object]) -> Mapping[str, object]:
    """Return the strategy's own parameters: an object of their own, and the error threshold beside it."""
    own = config.get("parameters")
    threshold = config.get("error_threshold")
    kept = {} if threshold is None else {"error_threshold": threshold}
    return {**(own if isinstance(own, Mapping) else {}), **kept}


def _texts(value: object) -> tuple[str, ...] | None:
    """Return a list of codes, None for anything else."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    found = tuple(each for each in value if isinstance(each, str) and each)
    return found if len(found) == len(value) else None


def _seconds(at: int) -> float | None:
    return at / 1e9 if at else None
