"""Calls through an object's vtable and callbacks through ours, against an API object whose methods are Python's."""

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError, VenueRefused
from anyvenue.venues.ctp.description import Api, describe
from anyvenue.venues.ctp.native.calls import ApiObject
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.native.session import NOT_CONNECTED, NativeSession, open_session
from anyvenue.venues.ctp.native.spi import SpiObject

WORD = ctypes.sizeof(ctypes.c_void_p)
CTP = describe("ctp", "6.7.11")
TORA_MD = describe("toramd", "4.1.6")
NOW = 1_700_000_000_000_000_000


class FakeObject:
    """A C++ object with a table of Python functions; `calls` says what was called, its pointers read as bytes."""

    def __init__(self, api: Api, read: dict[str, int], returns: dict[str, object]) -> None:
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self._read, self._returns = read, returns
        self._functions = [self._function(i, api) for i in range(len(api.api))]
        self._table = (ctypes.c_void_p * len(api.api))(
            *(ctypes.cast(each, ctypes.c_void_p).value for each in self._functions)
        )
        self._object = (ctypes.c_void_p * 1)(ctypes.addressof(self._table))
        self.address = ctypes.addressof(self._object)

    def _function(self, slot: int, api: Api) -> Callable[..., object]:
        method = api.api[slot]
        result = {"void": None, "int": ctypes.c_int}.get(method.returns, ctypes.c_void_p)
        prototype = ctypes.CFUNCTYPE(
            result, ctypes.c_void_p, *[ctypes.c_void_p] * len(method.params)
        )

        def called(_: int, *values: int | None) -> object:
            size = self._read.get(method.name)
            if method.name == "SubscribeMarketData":
                count = (values[1] or 0) & 0xFFFFFFFF
                listed = ctypes.cast(values[0] or 0, ctypes.POINTER(ctypes.c_char_p))
                self.calls.append((method.name, (*listed[:count], *values[2:])))
            elif size is not None:
                raw = ctypes.string_at(values[0], size) if size else ctypes.string_at(values[0])
                self.calls.append((method.name, (raw, *values[1:])))
            else:
                self.calls.append((method.name, values))
            return self._returns.get(method.name, 0)

        return prototype(called)


class FakeLibrary:
    """What a session needs of a library."""

    version = "v6.7.11 fake"

    def __init__(self, description: object = CTP, which: str = "trader") -> None:
        self.description = description
        self.which = which
        self.api = getattr(description, which)
        self.flow = ""
        self.day = ctypes.create_string_buffer(b"20260504")
        layout = CTP.layout("InputOrder")
        self.object = FakeObject(
            self.api,
            {"ReqOrderInsert": layout.size, "RegisterFront": 0, "RegisterNameServer": 0},
            {"ReqOrderInsert": -2, "GetTradingDay": ctypes.addressof(self.day)},
        )

    def create(self, flow: str, options: object = None) -> int:
        self.flow = flow
        return self.object.address


def open_fake(library: FakeLibrary, flow: Path, called: list[Called]) -> NativeSession:
    return open_session(library, flow, called.append, lambda: NOW)


def spi_slot(spi: SpiObject, name: str, methods: Api) -> int:
    """Return the address that the library would call for a callback."""
    slot = [method.name for method in methods.spi].index(name)
    table = ctypes.c_void_p.from_address(spi.address).value or 0
    return ctypes.c_void_p.from_address(table + WORD * slot).value or 0


def trader() -> Api:
    assert CTP.trader is not None
    return CTP.trader


def test_a_session_registers_subscribes_and_starts_in_the_order_of_the_guide(
    tmp_path: Path,
) -> None:
    library = FakeLibrary()
    session = open_fake(library, tmp_path / "not" / "there", [])
    session.start(["tcp://127.0.0.1:1", "ns+tcp://127.0.0.1:2"], private=1, public=2)
    names = [name for name, _ in library.object.calls]
    assert names == [
        "RegisterSpi",
        "RegisterFront",
        "RegisterNameServer",
        "SubscribePrivateTopic",
        "SubscribePublicTopic",
        "Init",
    ]
    assert [values[0] for _, values in library.object.calls[1:3]] == [
        b"tcp://127.0.0.1:1",
        b"tcp://127.0.0.1:2",
    ]
    assert [values[0] for _, values in library.object.calls[3:5]] == [1, 2]
    assert library.flow == f"{tmp_path / 'not' / 'there'}/"
    assert (tmp_path / "not" / "there").is_dir()
    session.close()
    assert library.object.calls[-1] == ("Release", ())
    assert session.released


def test_a_request_goes_as_the_bytes_of_its_struct(tmp_path: Path) -> None:
    library = FakeLibrary()
    session = open_fake(library, tmp_path, [])
    fields = {"InstrumentID": "rb2701", "LimitPrice": 3500.0, "VolumeTotalOriginal": 2}
    assert session.request("ReqOrderInsert", fields, 7) == -2
    name, (raw, number) = library.object.calls[-1]
    assert isinstance(raw, bytes)
    assert (name, number) == ("ReqOrderInsert", 7)
    values = CTP.layout("InputOrder").unpack(raw)
    assert (values["InstrumentID"], values["LimitPrice"]) == ("rb2701", 3500.0)


def test_a_request_that_this_version_does_not_have_is_refused(tmp_path: Path) -> None:
    session = open_fake(FakeLibrary(), tmp_path, [])
    with pytest.raises(VenueRefused, match="has no ReqTeleport"):
        session.request("ReqTeleport", {}, 1)


def test_what_the_session_does_itself_is_not_called_from_outside(tmp_path: Path) -> None:
    library = FakeLibrary()
    session = open_fake(library, tmp_path, [])
    for name in ("Join", "Release"):
        with pytest.raises(VenueRefused, match="the session's own to call"):
            session.call(name)
        with pytest.raises(VenueRefused, match="the session's own to call"):
            session.request(name, {}, 1)
    assert library.object.calls == []


def test_a_struct_that_the_library_fills_is_read(tmp_path: Path) -> None:
    session = open_fake(FakeLibrary(), tmp_path, [])
    assert session.front_info()["FrontAddr"] == ""
    assert open_fake(FakeLibrary(which="md"), tmp_path, []).front_info() == {}


def test_a_closed_session_answers_as_one_without_a_connection(tmp_path: Path) -> None:
    library = FakeLibrary()
    session = open_fake(library, tmp_path, [])
    session.start(["tcp://127.0.0.1:1"])
    session.close()
    session.close()
    calls = len(library.object.calls)
    assert session.request("ReqOrderInsert", {}, 1) == NOT_CONNECTED
    assert session.trading_day() == ""
    assert session.call("GetTradingDay") is None
    assert len(library.object.calls) == calls


def test_an_object_that_never_started_is_not_released(tmp_path: Path) -> None:
    library = FakeLibrary()
    open_fake(library, tmp_path, []).close()
    assert library.object.calls == []


def test_a_session_starts_once_and_with_a_front(tmp_path: Path) -> None:
    session = open_fake(FakeLibrary(), tmp_path, [])
    with pytest.raises(ConfigError, match="at least one front"):
        session.start([])
    session.start(["tcp://127.0.0.1:1"])
    with pytest.raises(ConfigError, match="starts once"):
        session.start(["tcp://127.0.0.1:1"])
    session.close()


def test_the_trading_day_is_a_day_or_nothing(tmp_path: Path) -> None:
    library = FakeLibrary()
    session = open_fake(library, tmp_path, [])
    assert session.trading_day() == "20260504"
    library.day.value = b"\xa0\xb1garb"
    assert session.trading_day() == ""


def test_quotes_are_subscribed_by_a_list_and_those_of_tora_by_exchange(tmp_path: Path) -> None:
    library = FakeLibrary(which="md")
    session = open_fake(library, tmp_path, [])
    assert session.subscribe("SubscribeMarketData", ["rb2701", "IF2612"]) == 0
    assert library.object.calls == [("SubscribeMarketData", (b"rb2701", b"IF2612"))]
    tora = FakeLibrary(TORA_MD, "md")
    session = open_fake(tora, tmp_path, [])
    session.subscribe("SubscribeMarketData", ["600000@1", "000001@2", "600519@1"])
    assert tora.object.calls == [
        ("SubscribeMarketData", (b"600000", b"600519", ord("1"))),
        ("SubscribeMarketData", (b"000001", ord("2"))),
    ]


def test_a_flow_folder_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        open_fake(FakeLibrary(), tmp_path / "file" / "flow", [])


def test_callbacks_are_copied_and_posted() -> None:
    called: list[Called] = []
    spi = SpiObject(trader().spi, CTP, called.append, lambda: NOW)
    order = CTP.layout("Order").pack({"OrderRef": "12", "OrderStatus": "3"})
    info = CTP.layout("RspInfo").pack({"ErrorID": 31, "ErrorMsg": "资金不足"})
    place = ctypes.create_string_buffer(order, len(order))
    notice = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
    answer = ctypes.CFUNCTYPE(
        None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_bool
    )
    error = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_bool)
    number = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
    returned = notice(spi_slot(spi, "OnRtnOrder", trader()))
    returned(spi.address, place)
    ctypes.memset(place, 0, len(order))
    answer(spi_slot(spi, "OnRspQryOrder", trader()))(spi.address, None, None, 5, True)
    answer(spi_slot(spi, "OnRspOrderInsert", trader()))(spi.address, None, info, 6, False)
    error(spi_slot(spi, "OnRspError", trader()))(spi.address, info, 7, True)
    number(spi_slot(spi, "OnFrontDisconnected", trader()))(spi.address, 4097)
    assert called == [
        Called("OnRtnOrder", order, None, 0, True, NOW),
        Called("OnRspQryOrder", None, None, 5, True, NOW),
        Called("OnRspOrderInsert", None, info, 6, False, NOW),
        Called("OnRspError", None, info, 7, True, NOW),
        Called("OnFrontDisconnected", None, None, 4097, True, NOW),
    ]


def test_every_callback_of_every_api_can_be_made() -> None:
    for description in (CTP, TORA_MD, describe("femas"), describe("mini"), describe("toraopt")):
        for api in filter(None, (description.trader, description.md)):
            assert SpiObject(api.spi, description, lambda _: None, lambda: NOW).address


def test_after_detach_nothing_is_posted_and_every_slot_still_leads_somewhere() -> None:
    called: list[Called] = []
    spi = SpiObject(trader().spi, CTP, called.append, lambda: NOW)
    connected = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    late = connected(spi_slot(spi, "OnFrontConnected", trader()))
    late(spi.address)
    spi.detach()
    late(spi.address)  # one that was under way: it had read the table before
    table = ctypes.c_void_p.from_address(spi.address).value or 0
    for slot in range(len(trader().spi) + 5):
        connected(ctypes.c_void_p.from_address(table + WORD * slot).value)(spi.address)
    assert [each.callback for each in called] == ["OnFrontConnected"]


def test_a_callback_beyond_the_description_does_nothing() -> None:
    called: list[Called] = []
    spi = SpiObject(trader().spi, CTP, called.append, lambda: NOW)
    table = ctypes.c_void_p.from_address(spi.address).value or 0
    beyond = ctypes.c_void_p.from_address(table + WORD * len(trader().spi)).value
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(beyond)(spi.address)
    assert called == []


def test_a_thread_that_python_did_not_make_posts_and_keeps_its_state() -> None:
    """A thread of the C library's, whose whole work is one callback."""
    threads: list[str] = []
    spi = SpiObject(
        trader().spi,
        CTP,
        lambda _: threads.append(threading.current_thread().name),
        lambda: NOW,
    )
    libc = ctypes.CDLL(None)
    handle = ctypes.c_ulong()
    begin = ctypes.c_void_p(spi_slot(spi, "OnFrontConnected", trader()))
    libc.pthread_create(ctypes.byref(handle), None, begin, ctypes.c_void_p(spi.address))
    libc.pthread_join(handle, None)
    assert len(threads) == 1
    assert threads[0].startswith("Dummy")


def test_an_api_object_knows_its_methods() -> None:
    library = FakeLibrary()
    api = ApiObject(library.object.address, trader())
    assert api.has("ReqOrderInsert")
    assert not api.has("ReqTeleport")
    assert api.call("Join") == 0
