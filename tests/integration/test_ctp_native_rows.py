"""CTP's errors as a native program meets them: the same rows, through the library that is built for programs."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.library.build import build_libraries
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.native.session import open_session
from ctp_python import Heard

UNIT = Path(__file__).resolve().parents[1] / "unit" / "venues" / "ctp"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
]

with pytest.MonkeyPatch.context() as path:
    path.syspath_prepend(str(UNIT))
    import test_counter_door_rows as rarer
    import test_ctp_python_refusals as usual

# Every test of the two files is one of this file, too: they make their program by the name that `native` replaces.
globals().update(
    {
        name: test
        for module in (usual, rarer)
        for name, test in vars(module).items()
        if name.startswith("test_") and callable(test)
    }
)
trader = usual.trader


class NativeProgram(usual.Program):
    """A `Program` over the native library: the same words, by ctypes."""

    folder: Path
    library: Path

    def __init__(self) -> None:
        self.heard = Heard()
        self.number = 0
        self.session = open_session(
            open_library(self.library), self.folder / "flow", self._post, time.time_ns
        )
        self.description = self.session.description
        self.api = SimpleNamespace(
            Release=self.session.close, GetTradingDay=self.session.trading_day
        )

    def begin(self, *fronts: str, private: int | None = None) -> "NativeProgram":
        self.session.start(fronts, private or 0)
        return self

    def ask(self, request: str, struct: str = "", **fields: Any) -> int:
        self.number += 1
        return self.session.request(request, fields, self.number)

    def _post(self, called: Called) -> None:
        method = self.description.callbacks[called.callback]
        values: list[Any] = []
        if method.struct:
            values.append(self._read(method.struct, called.data))
        if called.callback.startswith(("OnRsp", "OnErrRtn")):
            values.append(self._read("RspInfo", called.error))
        if called.callback.startswith("OnRsp"):
            values += [called.number, called.is_last]
        self.heard.note(called.callback, *values)

    def _read(self, struct: str, data: bytes | None) -> Any:
        if data is None:
            return None
        return SimpleNamespace(**self.description.layout(struct).unpack(data))


@pytest.fixture(scope="module", autouse=True)
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = NativeProgram.folder = tmp_path_factory.mktemp("native")
    built = build_libraries("ctp", "6.7.11", folder)
    NativeProgram.library = next(each.path for each in built if each.side is Side.TRADER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usual, "Program", NativeProgram)
        yield
