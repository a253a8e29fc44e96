"""A library of the CTP family in a few lines of C, for tests of what loads such libraries."""

import shutil
import subprocess
from pathlib import Path

import pytest

from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.native.factories import factory_symbol, version_symbol, vtable_symbol

__all__ = ["compile_library"]

# Slot 0 is Release; every other method counts its call and returns how many there were.
_SOURCE = """
static int calls;
static int method(void *self) {{ return ++calls; }}
static void release(void *self) {{ calls = -1; }}
static void *methods[{slots}];
static struct {{ void **table; }} object = {{ methods }};
char {vtable}[{size}] = {{ 1 }};
const char *{version_symbol}(void) {{ return "{version}"; }}
void *{factory}(const char *flow, int production) {{
    for (int i = 0; i < {slots}; i++) methods[i] = (void *)method;
    methods[0] = (void *)release;
    return &object;
}}
"""


def compile_library(
    path: Path, *, version: str = "6.7.11", said: str = "", md: bool = False, slots: int = 0
) -> Path:
    """Write a library of CTP at a version; `said` is what it calls itself, `slots` how many methods it claims."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    description = describe("ctp", version)
    api = description.md if md else description.trader
    assert api is not None
    slots = slots or len(api.api)
    source = path.with_suffix(".c")
    source.write_text(
        _SOURCE.format(
            slots=slots,
            size=8 * (slots + 2),
            vtable=vtable_symbol(api),
            version_symbol=version_symbol(api),
            version=said or f"v{version}_20250101 test",
            factory=factory_symbol(api, description),
        )
    )
    subprocess.run(
        [compiler, "-shared", "-fPIC", str(source), "-o", str(path)], check=True, timeout=60
    )
    source.unlink()
    return path
