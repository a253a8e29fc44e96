"""What a quote of a vendor's thread costs: the CPU of that thread for each, and how many reach the loop a second.

    python bench/ctp_callbacks.py [count]

A library of a few lines, compiled here, calls OnRtnDepthMarketData `count` times from a thread of its own, as a CTP
library does. Three receivers: one that drops, a deque, and an inbox whose loop unpacks each quote's 44 fields. The
plain row keeps no thread state, as a ctypes callback does by itself. Needs g++.
"""

import asyncio
import ctypes
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from anyvenue.runtime.inbox import LoopInbox
from anyvenue.runtime.loop import run
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.native import spi as spi_module
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.native.spi import SpiObject

SOURCE = """
#include <ctime>
#include <pthread.h>
typedef void (*Callback)(void *, void *);
struct Work { void **spi; int slot; long count; void *data; double cpu; pthread_t thread; };
static double cpu_now() {
    timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec + t.tv_nsec * 1e-9;
}
static void *work(void *given) {
    Work *w = (Work *)given;
    void **table = *(void ***)w->spi;
    double before = cpu_now();
    for (long i = 0; i < w->count; i++) ((Callback)table[w->slot])(w->spi, w->data);
    w->cpu = cpu_now() - before;
    return 0;
}
extern "C" void *begin(void *spi, int slot, long count, void *data) {
    Work *w = new Work{(void **)spi, slot, count, data, 0, 0};
    pthread_create(&w->thread, 0, work, w);
    return w;
}
extern "C" double finish(void *w) { pthread_join(((Work *)w)->thread, 0); return ((Work *)w)->cpu; }
"""

DESCRIPTION = describe("ctp", "6.7.11")
LAYOUT = DESCRIPTION.layout("DepthMarketData")


def compiled(folder: str) -> ctypes.CDLL:
    """Return the driver as a loaded library."""
    source, library = Path(folder, "vendor.cpp"), Path(folder, "vendor.so")
    source.write_text(SOURCE)
    subprocess.run(
        ["g++", "-O2", "-shared", "-fPIC", "-pthread", str(source), "-o", str(library)], check=True
    )
    loaded = ctypes.CDLL(str(library))
    loaded.begin.restype = ctypes.c_void_p
    loaded.begin.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p]
    loaded.finish.restype = ctypes.c_double
    loaded.finish.argtypes = [ctypes.c_void_p]
    return loaded


def begin(vendor: ctypes.CDLL, post: Callable[[Called], object], count: int) -> int:
    """Let the vendor's thread begin; return its handle."""
    assert DESCRIPTION.md is not None
    methods = DESCRIPTION.md.spi
    spi = SpiObject(methods, DESCRIPTION, post, time.time_ns)  # type: ignore[arg-type]
    slot = [method.name for method in methods].index("OnRtnDepthMarketData")
    raw = LAYOUT.pack({"InstrumentID": "rb2701", "LastPrice": 3500.0, "UpdateTime": "09:30:00"})
    handle: int = vendor.begin(spi.address, slot, count, raw)
    return handle


def direct(vendor: ctypes.CDLL, post: Callable[[Called], object], count: int) -> str:
    """Measure a receiver that needs no loop."""
    started = time.perf_counter()
    cpu = vendor.finish(begin(vendor, post, count))
    return line(cpu, time.perf_counter() - started, count)


def into_a_loop(vendor: ctypes.CDLL, count: int) -> str:
    """Measure into an inbox, whose loop unpacks every quote."""

    async def receive() -> str:
        loop = asyncio.get_running_loop()
        unpacked = 0
        all_there = asyncio.Event()

        def handle(called: Called) -> None:
            nonlocal unpacked
            LAYOUT.values(called.data or b"")
            unpacked += 1
            if unpacked == count:
                all_there.set()

        inbox = LoopInbox(loop, handle)  # type: ignore[arg-type]
        started = time.perf_counter()
        handle_of_thread = begin(vendor, inbox.post, count)  # type: ignore[arg-type]
        await all_there.wait()
        elapsed = time.perf_counter() - started
        return line(vendor.finish(handle_of_thread), elapsed, count)

    return run(receive())


def line(cpu: float, elapsed: float, count: int) -> str:
    """Return one row's figures."""
    return f"{cpu / count * 1e6:6.2f} us CPU a callback  {count / elapsed:10,.0f} a second"


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    sys.setswitchinterval(0.0002)
    with tempfile.TemporaryDirectory() as folder:
        vendor = compiled(folder)
        kept: deque[Called] = deque(maxlen=1000)
        print(f"dropped         {direct(vendor, lambda called: None, count)}")
        print(f"deque           {direct(vendor, kept.append, count)}")
        print(f"inbox and loop  {into_a_loop(vendor, count)}")
        spi_module._keep_thread_state = lambda: True
        print(f"plain ctypes    {direct(vendor, kept.append, count // 10)}")


if __name__ == "__main__":
    main()
