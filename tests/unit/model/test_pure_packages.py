"""The pure core loads nothing that touches threads, sockets or an event loop: seen from a fresh process."""

import subprocess
import sys

import pytest

SCRIPT = """
import importlib, pkgutil, sys
early = set(sys.modules)
package = importlib.import_module("anyvenue.{name}")
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
loaded = {{each.partition(".")[0] for each in set(sys.modules) - early}}
print(*sorted(loaded & {{"asyncio", "socket", "threading", "logging", "queue", "uvloop", "numpy", "pandas"}}))
"""


@pytest.mark.parametrize("name", ["model", "reference", "kernel", "oms", "sim"])
def test_importing_every_module_of_a_pure_package_loads_no_thread_socket_or_loop(name: str) -> None:
    script = SCRIPT.format(name=name)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
