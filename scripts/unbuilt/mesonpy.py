"""Stands in for the build backend of source packages that are only fetched: it says their names, and builds nothing.

pip asks for a package's metadata before it downloads it, and the real backend compiles for minutes to answer that.
"""

import tomllib
from pathlib import Path

__all__ = ["build_wheel", "prepare_metadata_for_build_wheel"]


def prepare_metadata_for_build_wheel(metadata_directory: str, _settings: object = None) -> str:
    """Write name and version of the package in the current folder; return the folder's name."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    name = f"{project['name']}-{project['version']}.dist-info"
    folder = Path(metadata_directory, name)
    folder.mkdir()
    lines = ("Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}")
    (folder / "METADATA").write_text("\n".join(lines) + "\n")
    return name


def build_wheel(*_arguments: object) -> str:
    """Refuse: this one is for downloads."""
    raise NotImplementedError("this backend builds nothing")
