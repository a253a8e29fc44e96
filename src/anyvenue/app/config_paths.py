"""Where a configuration is looked for."""

import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["FILE_NAME", "config_candidates", "config_folder", "config_path"]

FILE_NAME = "anyvenue.toml"


def config_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder where a user's configuration lies on this platform; it need not exist."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or ".")
    if platform == "win32":
        return Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "anyvenue"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "anyvenue"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "anyvenue"


def config_candidates(given: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """Return the places in the order they are looked at: `given` alone, or ./anyvenue.toml and the user's own."""
    if given is not None:
        return [given]
    return [Path(FILE_NAME), config_folder(environ) / FILE_NAME]


def config_path(given: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file that is read, None when there is none; one that was named need not exist."""
    if given is not None:
        return given
    return next((path for path in config_candidates(None, environ) if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False  # a home that may not be looked into has no configuration
