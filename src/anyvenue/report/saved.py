"""Results that were saved: the JSON of ``--json``, or a report page, which has it inside."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.report.page import RESULT_CLASS

__all__ = ["Figures", "Saved", "read_saved"]

_INSIDE = re.compile(
    rf'<script type="application/json" class="{RESULT_CLASS}">(.*?)</script>', re.S
)


class Figures(msgspec.Struct, frozen=True):
    """What a saved summary has, as it was written: money is text, because it is exact."""

    paid_in: str
    equity: str
    profit: str
    fees: str
    total_return: float | None
    max_drawdown: float | None
    sharpe: float | None
    days: int
    orders: int
    fills: int
    trades: int
    win_rate: float | None
    events: int


class Saved(msgspec.Struct, frozen=True):
    """One account's result."""

    strategy: str
    account: str
    currency: str
    summaries: Mapping[str, Figures]
    audit_hash: str = ""
    ledger_hash: str = ""


class _Several(msgspec.Struct, frozen=True):
    accounts: list[Saved]


def read_saved(text: str) -> Saved:
    """Return the result in a file; ``FILE:ACCOUNT`` names one of several. Raise ConfigError."""
    name, account = text, ""
    if not Path(name).is_file() and ":" in text:
        name, _, account = text.rpartition(":")
    try:
        content = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"{name} cannot be read: {detail}", code="data.unreadable", file=name, detail=detail
        ) from None
    return _one_of(_parsed(name, content), name, account)


def _parsed(name: str, content: str) -> list[Saved]:
    inside = _INSIDE.search(content)
    document = inside[1] if inside else content
    try:
        return msgspec.json.decode(document, type=_Several).accounts
    except msgspec.DecodeError:
        pass  # not the document of a demo
    try:
        return [msgspec.json.decode(document, type=Saved)]
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{name} holds no result ({error}); give what backtest, paper, run or demo wrote with --json or --report",
            code="config.no_result",
            file=name,
            detail=str(error),
        ) from None


def _one_of(found: list[Saved], name: str, account: str) -> Saved:
    chosen = [each for each in found if not account or each.account == account]
    if len(chosen) == 1:
        return chosen[0]
    known = ", ".join(each.account for each in found)
    raise ConfigError(
        f"{name} has the accounts {known}; name one of them, as in {name}:{found[0].account if found else 'NAME'}",
        code="config.which_account",
        file=name,
        known=known,
    )
