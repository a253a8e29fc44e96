"""Whether a library can be used here, tried in a child process: one that crashes takes nothing else with it.

python -m anyvenue.venues.ctp.native.probe FILE
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.session import open_session

__all__ = ["Probe", "main", "probe_library"]

# Vendors' libraries write what they like to standard output.
_MARK = "anyvenue-probe:"


class Probe(msgspec.Struct, frozen=True):
    """What became of a library: `problem` is empty for one that loads, makes its API object and releases it.

    `code` and `fields` are those of the error, for other languages.
    """

    path: str
    which: str = ""
    version: str = ""
    dialect: str = ""
    described: str = ""
    reason: str = ""
    problem: str = ""
    code: str = ""
    fields: dict[str, str] = {}

    @property
    def error(self) -> ConfigError | None:
        """The problem as an error."""
        return ConfigError(self.problem, code=self.code, **self.fields) if self.problem else None


def probe_library(path: Path, timeout: float = 20.0) -> Probe:
    """Load a library in a child process, make an API object and release it."""
    command = [sys.executable, "-m", __name__, str(path)]
    try:
        ended = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        text = f"the library {path} did not come back within {timeout:g} s"
        return _failed(path, text, "config.ctp_hangs", seconds=f"{timeout:g}")
    for line in ended.stdout.decode(errors="replace").splitlines():
        if _MARK in line:
            return msgspec.json.decode(line.partition(_MARK)[2], type=Probe)
    how = _signal(-ended.returncode) if ended.returncode < 0 else f"exit code {ended.returncode}"
    said = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
    text = f"the library {path} took its process down: {': '.join([how, *said])}"
    return _failed(path, text, "config.ctp_crashes", how=how)


def main() -> None:
    """Probe the library that the command line names and write what was found."""
    path = Path(sys.argv[1])
    try:
        probe = _probed(path)
    except ConfigError as error:
        fields = {name: str(value) for name, value in error.fields.items()}
        probe = Probe(str(path), problem=error.text, code=error.code, fields=fields)
    print(f"\n{_MARK}{msgspec.json.encode(probe).decode()}", flush=True)
    # Some libraries crash or hang in their last destructors; what was asked is known by now.
    os._exit(0)


def _probed(path: Path) -> Probe:
    library = open_library(path)
    with tempfile.TemporaryDirectory() as folder:
        session = open_session(library, Path(folder), lambda _: None, time.time_ns)
        session.close()
    return Probe(
        str(path),
        library.which,
        library.version,
        library.description.dialect,
        library.description.version,
        library.reason,
    )


def _failed(path: Path, text: str, code: str, **fields: str) -> Probe:
    return Probe(str(path), problem=text, code=code, fields={"path": str(path)} | fields)


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


if __name__ == "__main__":
    main()
