"""The JSON schema of the configuration file, for editors: our own tables, and the accounts by the venues' types."""

import msgspec

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.config import Config
from anyvenue.app.secrets import Secret
from anyvenue.model.errors import ConfigError
from anyvenue.venues.registry import Venue, find_venue, venue_names
from anyvenue.venues.settings import Setting

__all__ = ["config_schema", "setting_json"]

_ACCOUNT = "AccountConfig"
_SECRET = {"$ref": "#/$defs/Secret"}


def config_schema() -> dict[str, object]:
    """Return the schema of the file; venues whose package is broken are left out."""
    schema = msgspec.json.schema(Config, schema_hook=_any_rate)
    definitions = {**schema["$defs"], "Secret": _secret()}
    definitions[_ACCOUNT] = {"oneOf": [_account(venue) for venue in _venues()]}
    return {
        **{key: _numbers_allowed(value) for key, value in schema.items()},
        "$defs": {key: _numbers_allowed(value) for key, value in definitions.items()},
    }


def setting_json(venue: Venue, name: str) -> dict[str, object]:
    """Return the schema of one key of a venue: its type, bounds, choices, default and help."""
    properties = msgspec.json.schema_components([venue.config])[1][venue.config.__name__]
    found: dict[str, object] = dict(properties["properties"][name])
    return found


def _venues() -> list[Venue]:
    found = []
    for name in venue_names():
        try:
            found.append(find_venue(name))
        except ConfigError:
            continue  # `anyvenue config check` says so where an account needs it
    return found


def _account(venue: Venue) -> dict[str, object]:
    named: dict[str, object] = {"const": venue.name}
    if venue.member:
        named = {"type": "string", "pattern": f"^{venue.name}(:[A-Za-z0-9_]+)?$"}
    properties: dict[str, object] = {"venue": named}
    for setting in venue.settings:
        plain = setting_json(venue, setting.name)
        text = {"description": setting.help_en}
        properties[setting.name] = (
            {**_SECRET, **text} if setting.secret else {**text, "anyOf": [plain, _SECRET]}
        )
    return {
        "type": "object",
        "title": venue.title_en,
        "properties": properties,
        "required": ["venue", *(each.name for each in venue.settings if _needed(venue, each))],
        "additionalProperties": False,
    }


def _needed(venue: Venue, setting: Setting) -> bool:
    return setting.required and setting.name != venue.member


def _secret() -> dict[str, object]:
    """Return the schema of the place of a secret: one of two, never both."""
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "description": Secret.__doc__,
        "oneOf": [
            {"properties": {name: text}, "required": [name], "additionalProperties": False}
            for name in Secret.__struct_fields__
        ],
    }


def _any_rate(kind: type) -> dict[str, object]:
    if kind is AccountConfig:
        return {"$ref": f"#/$defs/{_ACCOUNT}"}
    return {"type": ["number", "string", "array", "object"]}


def _numbers_allowed(schema: object) -> object:
    """Return the schema with numbers where a decimal is expected: TOML has them, JSON's decimals are texts."""
    if isinstance(schema, list):
        return [_numbers_allowed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": ["number", "string"]}
    return {key: _numbers_allowed(each) for key, each in schema.items()}
