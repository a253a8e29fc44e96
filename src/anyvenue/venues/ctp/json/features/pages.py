"""The pages that the service serves beside its sockets: one that trades, and the protocol as data."""

from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["page_of"]

_HTML = "text/html"
_JSON = "application/json"
_ASSETS = {
    "/": (_HTML, "page.html"),
    "/index.html": (_HTML, "page.html"),
    "/page.css": ("text/css", "page.css"),
    "/page.js": ("text/javascript", "page.js"),
}


def page_of(path: str) -> tuple[str, bytes] | None:
    """Return the content type and content of a page, None where there is none.

    ``/`` trades; ``/asyncapi.json`` and ``/schema`` describe every message, ``/schema/ReqOrderInsert.json`` one of
    them.
    """
    if path in _ASSETS:
        kind, name = _ASSETS[path]
        return kind, files(__package__).joinpath("assets", name).read_bytes()
    if path == "/asyncapi.json":
        return _JSON, _asyncapi()
    if path in ("/schema", "/schema/"):
        return _JSON, _schemas()
    if path.startswith("/schema/"):
        return _one(path.removeprefix("/schema/").removesuffix(".json"))
    return None


@cache
def _asyncapi() -> bytes:
    from anyvenue.venues.ctp.json.reference.asyncapi import asyncapi_json

    return asyncapi_json()


@cache
def _schemas() -> bytes:
    from anyvenue.venues.ctp.json.reference.schemas import bundle

    return msgspec.json.encode(bundle())


def _one(name: str) -> tuple[str, bytes] | None:
    from anyvenue.venues.ctp.json.reference.schemas import all_schemas

    schema = all_schemas().get(name)
    return None if schema is None else (_JSON, msgspec.json.encode(schema))
