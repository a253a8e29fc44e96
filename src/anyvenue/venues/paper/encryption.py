"""TLS for a served exchange: what the server shows, and what its clients believe."""

from pathlib import Path
from typing import TYPE_CHECKING

from anyvenue.model.errors import ConfigError

if TYPE_CHECKING:
    import ssl

__all__ = ["client_tls", "pinned_tls", "server_tls"]


def server_tls(certificate: str | Path, key: str | Path) -> "ssl.SSLContext":
    """Return what a server with this certificate (chain) and private key, both PEM files, speaks; raise ConfigError."""
    import ssl  # the connections without it need none

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"certificate {certificate} and key {key} cannot be used ({_reason(error)}); both must be PEM files that "
            "belong to each other",
            code="config.tls",
            certificate=str(certificate),
            key=str(key),
            detail=_reason(error),
        ) from None
    return context


def client_tls(ca_file: str | Path = "") -> "ssl.SSLContext":
    """Return what a client speaks that believes the system's authorities, or only those in `ca_file` (PEM).

    The server's certificate must be for the name or address that it is reached by. Raise ConfigError.
    """
    import ssl

    try:
        return ssl.create_default_context(cafile=str(ca_file) or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"ca_file {ca_file} cannot be used ({_reason(error)}); it must be a PEM file with certificates",
            code="config.tls_ca",
            ca_file=str(ca_file),
            detail=_reason(error),
        ) from None


def pinned_tls(certificate: str | Path) -> "ssl.SSLContext":
    """Return what a client speaks that believes this very certificate, by whatever name the server is reached."""
    import ssl

    context = client_tls(certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
