"""Addresses that servers of this package listen on."""

from ipaddress import ip_address

from anyvenue.model.errors import ConfigError

__all__ = ["address_taken", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_taken(host: str, port: int, error: OSError) -> ConfigError:
    """Return the error that says that nobody can listen there, and what to do."""
    return ConfigError(
        f"cannot listen on {host}:{port} ({error.strerror or error}); choose another port",
        code="config.address_taken",
        host=host,
        port=port,
        detail=str(error.strerror or error),
    )
