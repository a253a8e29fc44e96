"""An empty folder to call the command line in, without a configuration or a language of one's own."""

from pathlib import Path

import pytest

__all__ = ["enter_empty_home"]


def enter_empty_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in `folder` until the end of the test."""
    monkeypatch.chdir(folder)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(folder / "home"))
