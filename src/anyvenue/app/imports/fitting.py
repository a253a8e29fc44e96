"""Other programs' words for accounts at exchanges of coins, as our venues call the same things."""

from collections.abc import Mapping

__all__ = ["fitted_secrets", "fitted_settings"]

Found = str | int | float | bool

_COINS = frozenset({"binance", "okx", "backpack"})
# What has no meaning here: the driver takes bars as they come, and spreads are no instruments of ours.
_NOT_NEEDED = frozenset({"kline_stream", "spread_trading"})
_SECRETS = {"api_secret": "secret"}
_SERVERS: Mapping[str, Mapping[Found, Found]] = {
    "binance": {"live": "live", "test": "testnet", "testnet": "testnet", "demo": "demo"},
    "okx": {"live": "live", "test": "demo", "simulated": "demo", "demo": "demo"},
}


def fitted_secrets(venue: str, secrets: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return secrets under the venue's own keys."""
    if venue not in _COINS:
        return dict(secrets)
    return {_SECRETS.get(key, key): value for key, value in secrets.items()}


def fitted_settings(venue: str, settings: Mapping[str, Found]) -> dict[str, Found]:
    """Return settings in the venue's own words; what it does not have stays as it is and is refused later."""
    if venue not in _COINS:
        return dict(settings)
    found = {key: value for key, value in settings.items() if key not in _NOT_NEEDED}
    server = found.pop("server", None)
    if server is not None:
        known = _SERVERS.get(venue, {}).get(server)
        found |= {"server": server} if known is None else {"environment": known}
    host, port = found.pop("proxy_host", None), found.pop("proxy_port", None)
    if host is not None:
        found["proxy"] = f"http://{host}:{port}" if port is not None else f"http://{host}"
    return found
