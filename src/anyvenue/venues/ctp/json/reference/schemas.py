"""JSON Schema of every message, draft 2020-12."""

from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.json.reference.extras import EXTRAS
from anyvenue.venues.ctp.json.reference.kinds import Body, Kind, protocol
from anyvenue.venues.ctp.json.reference.samples import example

__all__ = ["DRAFT", "all_schemas", "bundle", "plain_codes", "schema_of"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, object]

_REQUEST_ID: Schema = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
_INFO: Schema = {
    "type": ["object", "null"],
    "properties": {"ErrorID": {"type": "integer"}, "ErrorMsg": {"type": "string"}},
    "required": ["ErrorID", "ErrorMsg"],
}


def all_schemas() -> dict[str, Schema]:
    """Return the schemas by ``MsgType``, in the order of the reference."""
    spoken = protocol()
    kinds = (*spoken.requests, *spoken.answers, *spoken.pushes)
    return {kind.name: schema_of(kind) for kind in kinds} | {
        name: _headed(name, en, dict(schema)) for name, (en, _, schema) in EXTRAS.items()
    }


def schema_of(kind: Kind) -> Schema:
    """Return the schema of one message."""
    made = _request(kind) if kind.role == "request" else _told(kind)
    return _headed(kind.name, kind.title_en, made) | {"examples": [example(kind)]}


def _headed(name: str, title: str, schema: Schema) -> Schema:
    return {"$schema": DRAFT, "$id": f"urn:anyvenue:webctp:{name}", "title": title, **schema}


def _request(kind: Kind) -> Schema:
    properties: Schema = {"MsgType": {"const": kind.name}, "RequestID": _REQUEST_ID}
    if kind.list_key:
        codes = {"type": "string", "minLength": 1, "maxLength": 80}
        properties[kind.list_key] = {"type": "array", "items": codes, "minItems": 1}
        required = ["MsgType", kind.list_key]
        return {"type": "object", "properties": properties, "required": required}
    assert kind.body is not None
    name = f"{kind.body.struct}.asked"
    properties |= {key: {"$ref": f"#/$defs/{name}"} for key in kind.keys}
    # The login that either project's description prints has no RequestID, and quotes need none.
    required = ["MsgType"] if "md" in kind.sides else ["MsgType", "RequestID"]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": [{"required": [key]} for key in kind.keys],
        "$defs": {name: _struct(kind.body, whole=False)},
    }


def _told(kind: Kind) -> Schema:
    properties: Schema = {"MsgType": {"const": kind.name}}
    required = ["MsgType"]
    if kind.has_info:
        properties["RspInfo"] = _INFO
        required.append("RspInfo")
    if kind.role == "answer":
        properties["RequestID"] = _REQUEST_ID
        properties["IsLast"] = {"const": True}
    made: Schema = {"type": "object", "properties": properties, "required": required}
    if kind.body is not None:
        name = f"{kind.body.struct}.told" + (".md" if kind.sides == ("md",) else "")
        # An empty answer is null for some structs and {} for others; a failed login has no body at all.
        told = {name: _struct(kind.body, whole=True)}
        if kind.md_body is not None:
            told[f"{name}.md"] = _struct(kind.md_body, whole=True)
        forms: list[Schema] = [{"$ref": f"#/$defs/{each}"} for each in told]
        properties[kind.body.struct] = {"anyOf": [*forms, {"type": "null"}, {"maxProperties": 0}]}
        made["$defs"] = told
    return made


def _struct(body: Body, *, whole: bool) -> Schema:
    made: Schema = {
        "type": "object",
        "properties": {field.name: _field(field, limits=not whole) for field in body.fields},
    }
    if whole:
        made["required"] = [field.name for field in body.fields]
    return made


def _field(field: Field, *, limits: bool) -> Schema:
    if not field.is_text:
        return {"type": "number" if field.c == "double" else "integer"}
    made: Schema = {"type": "string"}
    if limits:
        made["maxLength"] = max(1, field.length - 1)
    codes = plain_codes(field.type_name)
    if codes:
        made["x-codes"] = codes
    return made


def plain_codes(type_name: str) -> dict[str, str]:
    """Return what the codes of a type are called, such as ``{"0": "Buy", "1": "Sell"}``; empty where there are none."""
    scalar = protocol().description.types[type_name]
    return {code: name.rpartition("_")[2] for name, code in scalar.codes.items()}


def bundle() -> Schema:
    """Return one schema for every message, in which structs stand once."""
    shared: Schema = {}
    messages: Schema = {}
    for name, schema in all_schemas().items():
        defs = schema.pop("$defs", {})
        assert isinstance(defs, dict)
        shared |= defs
        messages[name] = {key: value for key, value in schema.items() if key[0] != "$"}
    return {
        "$schema": DRAFT,
        "$id": "urn:anyvenue:webctp",
        "title": "a message of the JSON protocol",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in messages],
        "$defs": {**messages, **shared},
    }
