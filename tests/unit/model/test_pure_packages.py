"""The pure core loads nothing that touches threads, sockets or an event loop: seen from a fresh process."""

import subprocess
import sys

import pytest

SCRIPT = """
import importlib, pkgutil, sys
import msgspec, datetime, decimal, zoneinfo, warnings, csv, importlib.resources
before = set(sys.modules)
package = importlib.import_module("anyvenue.{name}")
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(" ".join(sorted(loaded & {{"asyncio", "socket", "threading", "_socket", "concurrent", "uvloop",
    "logging", "queue", "ssl", "subprocess", "multiprocessing", "numpy", "pandas"}})))
"""


@pytest.mark.parametrize("name", ["model", "reference", "kernel", "oms", "sim"])
def test_importing_a_pure_package_loads_no_thread_socket_or_loop(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(name=name)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["model", "reference", "kernel", "oms", "sim"])
def test_importing_a_pure_package_alone_loads_none_of_the_three(name: str) -> None:
    script = (
        "import sys; early = set(sys.modules)\n"
        f"import anyvenue.{name}\n"
        "print(*({'asyncio', 'socket', 'threading'} & (set(sys.modules) - early)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
