"""The CTP family as data: struct layouts, methods in vtable order, codes; one file per API and version."""

from anyvenue.venues.ctp.description.apis import (
    Api,
    Description,
    Method,
    Param,
    ParamKind,
    ScalarType,
)
from anyvenue.venues.ctp.description.errors import CtpError, error_table
from anyvenue.venues.ctp.description.layout import Layout, Value
from anyvenue.venues.ctp.description.loading import DESCRIBED, describe, described_versions
from anyvenue.venues.ctp.description.text import ABSENT, decode_text, encode_text

__all__ = [
    "ABSENT",
    "DESCRIBED",
    "Api",
    "CtpError",
    "Description",
    "Layout",
    "Method",
    "Param",
    "ParamKind",
    "ScalarType",
    "Value",
    "decode_text",
    "describe",
    "described_versions",
    "encode_text",
    "error_table",
]
