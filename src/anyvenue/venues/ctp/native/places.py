"""The packages whose libraries can be swapped: where an environment has them, and whose libraries those are now."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.factories import Which

__all__ = ["PACKAGES", "RECORD", "Place", "Swap", "file_sum", "find_places"]

PACKAGES: dict[str, tuple[str, str]] = {
    "openctp-ctp": ("openctp_ctp.libs", "libthost{}api_se*.so"),
    "openctp-tts": ("openctp_tts.libs", "libthost{}api_se*.so"),
    "openctp-ctpopt": ("openctp_ctpopt.libs", "libsoptthost{}api_se*.so"),
    "vnpy_ctp": ("vnpy_ctp/api", "libthost{}api_se.so"),
}
"""Where each package keeps its two libraries, and under which names."""

RECORD = "anyvenue-library.json"
"""The file beside the libraries that says what was swapped in."""

_ASK = "import sys; print('\\n'.join(sys.path))"


class Place(msgspec.Struct, frozen=True):
    """The two library files of an installed package."""

    package: str
    folder: Path
    trader: Path
    md: Path

    def file(self, which: Which) -> Path:
        """Return one of the two files."""
        return self.trader if which == "trader" else self.md

    def state(self) -> "Swap | None":
        """Return what was swapped in, None when the package has its own libraries."""
        try:
            return msgspec.json.decode((self.folder / RECORD).read_bytes(), type=Swap)
        except (OSError, msgspec.DecodeError):
            return None


class Swap(msgspec.Struct, frozen=True):
    """A swap as it is recorded beside the libraries: from where, when, and the sums of what was put there."""

    library: str
    when: str
    version: str
    sums: dict[str, str]

    def stands(self, place: Place) -> bool:
        """Tell whether the files are still those that were put there."""
        return all(file_sum(place.folder / name) == each for name, each in self.sums.items())


def find_places(python: Path, package: str = "") -> list[Place]:
    """Return the packages that the environment of an interpreter has; raise ConfigError when there is none."""
    wanted = {package: PACKAGES[package]} if package in PACKAGES else PACKAGES
    if package and package not in PACKAGES:
        raise ConfigError(
            f"no package {package!r} whose library can be swapped; there are {', '.join(PACKAGES)}",
            code="config.ctp_no_package",
            package=package,
            known=tuple(PACKAGES),
        )
    found = [
        place
        for folder in _python_path(python)
        for name, (below, pattern) in wanted.items()
        for place in _place(name, folder / below, pattern)
    ]
    if not found:
        raise ConfigError(
            f"the environment of {python} has none of {', '.join(wanted)}",
            code="config.ctp_none_installed",
            python=str(python),
            known=tuple(wanted),
        )
    return found


def file_sum(file: Path) -> str:
    """Return a file's SHA-256, "" for one that is not there."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _python_path(python: Path) -> list[Path]:
    try:
        said = subprocess.run(
            [str(python), "-I", "-c", _ASK], capture_output=True, timeout=30, check=True, text=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"{python} is no Python interpreter that runs: {error}",
            code="config.ctp_no_python",
            python=str(python),
        ) from None
    return [Path(line) for line in said.splitlines() if line]


def _place(package: str, folder: Path, pattern: str) -> Iterator[Place]:
    trader, md = (sorted(folder.glob(pattern.format(kind))) for kind in ("trader", "mduser"))
    if trader and md:
        yield Place(package, folder, trader[0], md[0])
