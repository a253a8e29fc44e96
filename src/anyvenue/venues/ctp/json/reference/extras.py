"""The messages beyond CTP: heartbeat, cached queries, strategies; schemas by hand, with examples."""

from collections.abc import Mapping

__all__ = ["EXTRAS", "EXTRA_TITLES"]

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_STAMP: Schema = {"type": "integer", "description": "milliseconds since 1970"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_AGE: Schema = {
    "UpdatedAt": {"type": ["integer", "null"], "description": "milliseconds since 1970"},
    "AgeMs": {"type": ["integer", "null"]},
    "Stale": {"type": "boolean", "description": "older than allowed, or outdated by an event"},
}
_INFO: Schema = {
    "type": "object",
    "properties": {"ErrorID": _NUMBER, "ErrorMsg": _TEXT},
    "required": ["ErrorID", "ErrorMsg"],
}
_OK = {"ErrorID": 0, "ErrorMsg": "成功"}
_STRATEGY: Schema = {
    "type": "object",
    "properties": {
        "strategy_id": _TEXT,
        "name": _TEXT,
        "status": {"enum": ["registered", "running", "stopped", "error"]},
        "subscribed_instruments": _TEXTS,
        "error_count": _NUMBER,
        "last_error": {"type": ["string", "null"]},
        "start_time": {"type": ["number", "null"], "description": "seconds since 1970"},
        "stop_time": {"type": ["number", "null"]},
        "source": _TEXT,
        "account": _TEXT,
    },
}
_RUNNING = {
    "strategy_id": "s1",
    "name": "ema_cross",
    "status": "running",
    "subscribed_instruments": ["rb2701"],
    "error_count": 0,
    "last_error": None,
    "start_time": 1795162079.8,
    "stop_time": None,
    "source": "ema_cross",
    "account": "alice",
}


def _message(name: str, properties: Mapping[str, object], required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": {"MsgType": {"const": name}, **properties},
        "required": ["MsgType", *required],
    }


def _ask(name: str, properties: Mapping[str, object], *required: str, **example: object) -> Schema:
    schema = _message(name, {"RequestID": _NUMBER, **properties}, required)
    return schema | {"examples": [{"MsgType": name, **example}]}


def _cached(name: str, body: str, **more: bool) -> Schema:
    head = {"RspInfo": _INFO, "RequestID": _NUMBER, "IsLast": {"const": True}}
    flags: Schema = {flag: {"type": "boolean"} for flag in more}
    schema = _message(f"Rsp{name}", {**head, body: _OBJECTS, **_AGE, **flags}, ("RspInfo", body))
    told = {"UpdatedAt": 1795162079836, "AgeMs": 12, "Stale": False, **more}
    envelope = {"MsgType": f"Rsp{name}", "RspInfo": _OK, "IsLast": True}
    return schema | {"examples": [{**envelope, body: [], **told}]}


def _strategy(name: str, body: Mapping[str, object] = {}, **example: object) -> Schema:
    properties = {
        "StrategyID": _TEXT,
        **body,
        "Success": {"type": "boolean"},
        "RspInfo": _INFO,
        "RequestID": _NUMBER,
        "Detail": _TEXT,
    }
    schema = _message(f"Rsp{name}", properties, ("Success", "RspInfo"))
    shown = {"MsgType": f"Rsp{name}", **example, "Success": True, "RspInfo": _OK}
    return schema | {"examples": [shown]}


_WHICH = {"StrategyID": _TEXT}
_SNAPSHOT = {
    "RspInfo": _INFO,
    "RequestID": _NUMBER,
    "IsLast": {"const": True},
    "MarketSnapshot": {
        "type": "array",
        "items": {"type": "object", "properties": {"DepthMarketData": {"type": "object"}, **_AGE}},
    },
    "Missing": _TEXTS,
}
_CONFIG: Schema = {
    "type": "object",
    "properties": {
        "source": {
            "type": "string",
            "description": "which strategy, as `anyvenue strategies` lists",
        },
        "parameters": {"type": "object"},
        "error_threshold": {"type": "integer", "description": "restarts after a fault"},
        "enabled": {"type": "boolean"},
        "max_memory_mb": {"type": "number", "description": "taken, not enforced"},
        "max_cpu_percent": {"type": "number", "description": "taken, not enforced"},
    },
}
_REGISTERED = {
    "StrategyID": "s1",
    "StrategyName": "ema_cross",
    "SubscribedInstruments": ["rb2701"],
    "StrategyConfig": {"source": "ema_cross", "parameters": {"fast": 5, "slow": 20}},
}

_SCHEMAS: dict[str, Schema] = {
    "Ping": _message("Ping", {"Timestamp": _STAMP})
    | {"examples": [{"MsgType": "Ping", "Timestamp": 1795162076624}]},
    "Pong": _message("Pong", {"Timestamp": _STAMP})
    | {"examples": [{"MsgType": "Pong", "Timestamp": 1795162076624}]},
    "QueryMarketSnapshot": _ask(
        "QueryMarketSnapshot", {"InstrumentID": _TEXTS}, "InstrumentID", InstrumentID=["rb2701"]
    ),
    "RspQueryMarketSnapshot": _message("RspQueryMarketSnapshot", _SNAPSHOT, ("RspInfo",))
    | {
        "examples": [
            {
                "MsgType": "RspQueryMarketSnapshot",
                "RspInfo": _OK,
                "IsLast": True,
                "MarketSnapshot": [],
                "Missing": ["rb2701"],
            }
        ]
    },
    "QueryPositionCached": _ask("QueryPositionCached", {}, RequestID=1),
    "RspQueryPositionCached": _cached("QueryPositionCached", "InvestorPosition"),
    "QueryAccountCached": _ask("QueryAccountCached", {}, RequestID=1),
    "RspQueryAccountCached": _cached("QueryAccountCached", "TradingAccount"),
    "QueryOrdersCached": _ask("QueryOrdersCached", {}, RequestID=1),
    "RspQueryOrdersCached": _cached("QueryOrdersCached", "Order", Complete=True),
    "RefreshCache": _ask("RefreshCache", {}, RequestID=1),
    "RspRefreshCache": _message(
        "RspRefreshCache",
        {
            "RspInfo": _INFO,
            "RequestID": _NUMBER,
            "IsLast": {"const": True},
            "Refreshing": _TEXTS,
        },
    )
    | {
        "examples": [
            {
                "MsgType": "RspRefreshCache",
                "RspInfo": _OK,
                "IsLast": True,
                "Refreshing": ["InvestorPosition", "TradingAccount", "Order"],
            }
        ]
    },
    "RegisterStrategy": _ask(
        "RegisterStrategy",
        {
            **_WHICH,
            "StrategyName": _TEXT,
            "SubscribedInstruments": _TEXTS,
            "StrategyConfig": _CONFIG,
        },
        "StrategyID",
        **_REGISTERED,
    ),
    "RspRegisterStrategy": _strategy("RegisterStrategy", StrategyID="s1"),
    "UnregisterStrategy": _ask("UnregisterStrategy", _WHICH, "StrategyID", StrategyID="s1"),
    "RspUnregisterStrategy": _strategy("UnregisterStrategy", StrategyID="s1"),
    "StartStrategy": _ask("StartStrategy", _WHICH, "StrategyID", StrategyID="s1"),
    "RspStartStrategy": _strategy("StartStrategy", StrategyID="s1"),
    "StopStrategy": _ask("StopStrategy", _WHICH, "StrategyID", StrategyID="s1"),
    "RspStopStrategy": _strategy("StopStrategy", StrategyID="s1"),
    "QueryStrategyStatus": _ask("QueryStrategyStatus", _WHICH, "StrategyID", StrategyID="s1"),
    "RspQueryStrategyStatus": _strategy(
        "QueryStrategyStatus", {"StrategyInfo": _STRATEGY}, StrategyID="s1", StrategyInfo=_RUNNING
    ),
    "ListStrategies": _ask("ListStrategies", {}, RequestID=1),
    "RspListStrategies": _strategy(
        "ListStrategies",
        {"StrategyList": {"type": "array", "items": _STRATEGY}},
        StrategyList=[_RUNNING],
    ),
}


def _titles() -> dict[str, tuple[str, str]]:
    from anyvenue.venues.ctp.json.reference.kinds import titles

    known = titles()
    return {name: known[name.removeprefix("Rsp")] for name in _SCHEMAS}


EXTRA_TITLES: dict[str, tuple[str, str]] = _titles()
"""What the messages are for, in English and Chinese."""

EXTRAS: dict[str, tuple[str, str, Schema]] = {
    name: (*EXTRA_TITLES[name], schema) for name, schema in _SCHEMAS.items()
}
"""Title in English, in Chinese, and the schema of each message by its name."""
