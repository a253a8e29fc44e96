"""The blocking API's terms in a YAML file of openctp/webctp or homalos-webctp, and in the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.json.config_o_h import read_config
from anyvenue.venues.ctp.sync.terms import SyncTerms

__all__ = ["read_terms"]

_NUMBERS = {
    "ConnectTimeout": "connect_timeout",
    "QuoteTimeout": "quote_timeout",
    "QuoteUpdateTimeout": "quote_update_timeout",
    "PositionTimeout": "position_timeout",
    "OrderTimeout": "order_timeout",
    "StopTimeout": "stop_timeout",
    "MaxStrategies": "max_strategies",
}


def read_terms(path: Path, environ: Mapping[str, str] = os.environ) -> SyncTerms:
    """Return the terms; raise ConfigError. A file without fronts means an exchange of one's own.

    The section is ``SyncApi`` with keys such as ``QuoteTimeout``, or ``sync_api`` with ``quote_timeout``; ``Library``
    and ``SyncApi`` are the only keys that the two projects do not share.
    """
    config = read_config(path, environ)
    usual = SyncTerms()
    numbers: dict[str, object] = {}
    for key, name in _NUMBERS.items():
        text = config.rest.get(f"SyncApi.{key}") or config.rest.get(f"sync_api.{name}")
        if text:
            numbers[name] = text.strip()
    try:
        return msgspec.convert(
            {
                "td_front": config.td_front or usual.td_front,
                "md_front": config.md_front or usual.md_front,
                "broker_id": config.broker_id,
                "app_id": config.app_id,
                "auth_code": config.auth_code,
                "library": config.rest.get("Library", usual.library),
                **numbers,
            },
            type=SyncTerms,
            strict=False,
        )
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{path}: {error}", code="config.webctp_file", file=str(path), reason=str(error)
        ) from None
