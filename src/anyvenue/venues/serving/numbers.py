"""Numbers as text without exponents, and the JSON that is sent."""

from decimal import Decimal
from math import isfinite

import msgspec

from anyvenue.model.numbers import plain

__all__ = ["Row", "decimals_of", "encode", "ms_of", "quantized", "text_of"]

Row = dict[str, object]
"""A JSON object whose names are the venue's."""

_encoder = msgspec.json.Encoder()
_CENT = Decimal("1e-8")


def text_of(value: float, decimals: int | None = None) -> str:
    """Return an observed number as the venue writes it, 0 where it is absent."""
    if not isfinite(value):
        return "0"
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return plain(Decimal(repr(round(value, 8))))


def quantized(value: Decimal) -> Decimal:
    """Return a worked-out number with eight decimals at most."""
    return value.quantize(_CENT)


def ms_of(ns: int) -> int:
    """Return milliseconds."""
    return ns // 1_000_000


def encode(value: object) -> bytes:
    """Return JSON; exact numbers become texts without an exponent, which Decimal's own text may have."""
    return _encoder.encode(_texts(msgspec.to_builtins(value, builtin_types=(Decimal,))))


def _texts(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(each) for each in value]
    return value


def decimals_of(step: Decimal) -> int:
    """Return how many decimals a step has."""
    return max(0, -int(step.normalize().as_tuple().exponent))
