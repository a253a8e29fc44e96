"""Names of currencies and coins."""

from functools import cache

from anyvenue.reference.tables import read_table

__all__ = ["asset_name", "asset_name_zh", "known_assets"]


def asset_name(code: str) -> str:
    """Return the English name of a currency or coin, its code when the table has none."""
    return _names().get(code, (code, code))[0]


def asset_name_zh(code: str) -> str:
    """Return the Chinese name of a currency or coin, its code when the table has none."""
    return _names().get(code, (code, code))[1]


def known_assets() -> frozenset[str]:
    """Return the codes the table knows."""
    return frozenset(_names())


@cache
def _names() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["name"], row["name_zh"]) for row in read_table("assets")}
