"""The protocol as an AsyncAPI 3.0 document."""

import msgspec

from anyvenue.venues.ctp.json.reference.kinds import protocol
from anyvenue.venues.ctp.json.reference.schemas import bundle

__all__ = ["asyncapi", "asyncapi_json"]

Document = dict[str, object]

_TD, _MD = "td", "md"
_MD_EXTRAS = ("Ping", "Pong")


def asyncapi_json() -> bytes:
    """Return the document as JSON."""
    text = msgspec.json.encode(asyncapi())
    return text.replace(b'"#/$defs/', b'"#/components/schemas/') + b"\n"


def asyncapi() -> Document:
    """Return the document: two channels, one operation each way on both, every message with its schema."""
    found = bundle()["$defs"]
    assert isinstance(found, dict)
    schemas = {name: schema for name, schema in found.items() if "." not in name}
    structs = {name: schema for name, schema in found.items() if "." in name}
    sides = _sides(list(schemas))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "anyvenue webctp",
            "version": protocol().description.version,
            "description": (
                "CTP over WebSocket as JSON, as openctp/webctp and homalos-webctp speak it. One text frame is one "
                "message; MsgType names it. A token goes into ?token= or the header Authorization: Bearer."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "`anyvenue webctp serve`",
            }
        },
        "channels": {
            side: {
                "address": f"/{side}/",
                "title": "trading" if side == _TD else "quotes",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in sides[side]
                },
            }
            for side in (_TD, _MD)
        },
        "operations": _operations(sides),
        "components": {
            "schemas": structs,
            "messages": {
                name: {
                    "name": name,
                    "title": schema["title"],
                    "contentType": "application/json",
                    "payload": {key: value for key, value in schema.items() if key != "examples"},
                    "examples": [{"payload": each} for each in _list(schema.get("examples"))],
                }
                for name, schema in schemas.items()
            },
        },
    }


def _operations(sides: dict[str, list[str]]) -> Document:
    asked = {kind.name for kind in protocol().requests}
    made: Document = {}
    for side in (_TD, _MD):
        for action, wanted in (("receive", True), ("send", False)):
            # As the server sees it: it receives requests.
            names = [
                name
                for name in sides[side]
                if name in _MD_EXTRAS or (name in asked or _is_extra_request(name)) == wanted
            ]
            made[f"{side}_{action}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{side}"},
                "messages": [{"$ref": f"#/channels/{side}/messages/{name}"} for name in names],
            }
    return made


def _is_extra_request(name: str) -> bool:
    return not name.startswith(("Rsp", "Rtn", "ErrRtn", "Req", "Sub", "UnSub"))


def _sides(names: list[str]) -> dict[str, list[str]]:
    spoken = protocol()
    where = {kind.name: kind.sides for kind in (*spoken.requests, *spoken.answers, *spoken.pushes)}
    return {
        side: [name for name in names if side in where.get(name, (_TD, _MD))] for side in (_TD, _MD)
    }


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
