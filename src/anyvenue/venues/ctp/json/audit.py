"""A line for every request that changes something: who sent it, from where, and what was asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.json.envelope import to_json

__all__ = ["Audit", "is_audited"]

_SECRET = ("assword", "PassWord", "AuthCode", "Captcha")


def is_audited(request: str) -> bool:
    """Tell whether a request changes something."""
    return request.startswith("Req") and not request.startswith(("ReqQry", "ReqQuery"))


class Audit:
    """Appends JSON lines to a file; secrets are left out. A line is with the system before its request is sent."""

    def __init__(self, path: Path) -> None:
        """Open the file; raise ConfigError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise ConfigError(
                f"cannot write the audit file {path}: {error.strerror}",
                code="config.webctp_audit",
                file=str(path),
            ) from None
        path.chmod(0o600)

    def note(
        self,
        ts: int,
        address: str,
        token: str,
        account: str,
        request: str,
        request_id: int,
        fields: Mapping[str, Value],
        code: int | str,
    ) -> None:
        """Write a line: `ts` int ns UTC, `token` the name of the token, `code` what became of it at the door."""
        told = {
            key: value
            for key, value in fields.items()
            if value not in ("", 0) and not any(each in key for each in _SECRET)
        }
        line = {
            "ts": ts,
            "address": address,
            "token": token,
            "account": account,
            "MsgType": request,
            "RequestID": request_id,
            "fields": told,
            "code": code,
        }
        self._file.write(to_json(line) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
