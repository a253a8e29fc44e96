"""A keyring for tests: the library's two functions over a dict."""


class MemoryKeyring:
    """Keeps passwords in memory, as the library's own backends do behind the same two methods."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.kept[service, name] = password


# What a module named `keyring` must have for the program to use it; it keeps its entries in a file of the test.
MODULE = """
import json, os, pathlib

_FILE = pathlib.Path(os.environ["TEST_KEYRING"])

class _Backend:
    priority = 1

def get_keyring():
    return _Backend()

def _kept():
    return json.loads(_FILE.read_text()) if _FILE.exists() else {}

def get_password(service, name):
    return _kept().get(f"{service}/{name}")

def set_password(service, name, password):
    if os.environ.get("TEST_KEYRING_LOCKED"):
        raise RuntimeError(f"locked, cannot keep {password}")
    _FILE.write_text(json.dumps({**_kept(), f"{service}/{name}": password}))
"""
