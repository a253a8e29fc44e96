"""A vendor's thread that never stops calling: while a session closes, and while the process ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """
#include <pthread.h>
typedef void (*Callback)(void *, void *);
static void **spi; static int slot; static char data[4096];
// A thread that the interpreter ends in its callback takes the process with it: it cannot be unwound.
static void *flood(void *unused) noexcept {
    for (;;) ((Callback)(*(void ***)spi)[slot])(spi, data);
    return 0;
}
extern "C" void begin(void *object, int number) {
    pthread_t thread; spi = (void **)object; slot = number;
    pthread_create(&thread, 0, flood, 0);
}
"""
PROGRAM = """
import ctypes, sys, threading
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.native.spi import SpiObject
description = describe("ctp", "6.7.11")
enough, seen = threading.Event(), []
def post(called):
    seen.append(called.callback)
    if len(seen) > 1000:
        enough.set()
spi = SpiObject(description.md.spi, description, post, lambda: 0)
names = [method.name for method in description.md.spi]
library = ctypes.CDLL(sys.argv[1])
library.begin(ctypes.c_void_p(spi.address), names.index("OnRtnDepthMarketData"))
assert enough.wait(20)
if sys.argv[2] == "detach":
    spi.detach()
    count = len(seen)
    threading.Event().wait(0.02)
    assert len(seen) == count, (len(seen), count)
print("whole", flush=True)
"""


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library whose thread calls a callback for ever."""
    compiler = shutil.which("g++") or shutil.which("c++")
    if compiler is None:
        pytest.skip("no C++ compiler here")
    folder = tmp_path_factory.mktemp("flood")
    (folder / "flood.cpp").write_text(SOURCE)
    command = [compiler, "-shared", "-fPIC", "-pthread", "flood.cpp", "-o", "flood.so"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return folder / "flood.so"


@pytest.mark.parametrize("manner", ["detach", "end"])
def test_a_process_ends_whole_while_a_thread_calls_without_a_pause(
    flood: Path, manner: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(flood), manner],
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "whole\n", "")
