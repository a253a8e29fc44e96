"""Accounts of a vn.py folder: one `connect_GATEWAY.json` for each gateway, with keys in Chinese or English."""

from pathlib import Path

import msgspec

from anyvenue.app.account_drafts import AccountDraft
from anyvenue.app.imports.keys import draft_of
from anyvenue.model.errors import ConfigError

__all__ = ["read_vntrader", "vntrader_folder"]

_PREFIX = "connect_"
_FOLDER = ".vntrader"

# Where the gateway's name is not the venue's. The account keeps the gateway's name: one venue may have several.
_VENUES = {
    "binances": "binance",
    "binance_spot": "binance",
    "binance_linear": "binance",
    "binance_inverse": "binance",
    "binance_portfolio": "binance",
    "ctptest": "ctp",
    "hbdm": "huobi",
    "huobif": "huobi",
    "huobis": "huobi",
    "okex": "okx",
    "okexf": "okx",
    "okexo": "okx",
    "okexs": "okx",
    "rpc": "vnpy_rpc",
    "toraoption": "tora",
    "torastock": "tora",
}


def vntrader_folder(home: Path) -> Path:
    """Return the folder that vn.py itself would use: that of the working folder, else the user's."""
    here = Path(_FOLDER)
    return here if here.is_dir() else home / _FOLDER


def read_vntrader(folder: Path) -> list[AccountDraft]:
    """Return the accounts of a folder by gateway; raise ConfigError when there are none or a file is broken."""
    files = sorted(folder.glob(f"{_PREFIX}*.json"))
    if not files:
        raise ConfigError(
            f"{folder} has no {_PREFIX}*.json; name the folder vn.py keeps its settings in, such as ~/.vntrader",
            code="config.import_nothing",
            file=str(folder),
            expected=f"{_PREFIX}*.json",
        )
    return [draft for path in files if (draft := _account(path)) is not None]


def _account(path: Path) -> AccountDraft | None:
    gateway = path.stem.removeprefix(_PREFIX).lower()
    fields = _read(path)
    venue = _VENUES.get(gateway, gateway)
    name = gateway.replace("_", "-").replace(" ", "-")
    draft = draft_of(name, venue, f"{path.name}, vn.py", fields)
    return draft if draft.settings or draft.secrets or draft.left_out else None


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return msgspec.json.decode(text, type=dict[str, object])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        # None of their texts repeats what stands in the file.
        raise ConfigError(
            f"{path} cannot be read ({error}); it is to be the JSON object that vn.py wrote",
            code="config.import_unreadable",
            file=str(path),
            detail=str(error),
        ) from None
