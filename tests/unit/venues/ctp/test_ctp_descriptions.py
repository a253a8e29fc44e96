"""Descriptions of the CTP family: they load whole, lie in memory as a compiler lays them, and carry text unharmed."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import (
    ABSENT,
    DESCRIBED,
    Layout,
    ParamKind,
    decode_text,
    describe,
    encode_text,
    error_table,
)

EVERY = [(dialect, version) for dialect, versions in DESCRIBED.items() for version in versions]


@pytest.mark.parametrize(("dialect", "version"), EVERY)
def test_every_description_lays_out_every_struct(dialect: str, version: str) -> None:
    description = describe(dialect, version)
    for name in description.structs:
        assert description.layout(name).size == sum(
            f.size for f in description.layout(name).fields
        ) or (description.layout(name).size % 2 == 0)
    for api in filter(None, (description.trader, description.md)):
        named = {
            param.struct for method in api.api + api.spi for param in method.params if param.struct
        }
        assert named <= description.structs.keys()


@pytest.mark.parametrize(("dialect", "version"), EVERY)
def test_sizes_and_offsets_are_the_compilers(dialect: str, version: str, tmp_path: Path) -> None:
    compiler = shutil.which("g++") or shutil.which("c++")
    if compiler is None:
        pytest.skip("no C++ compiler here")
    description = describe(dialect, version)
    lines = ["#include <cstddef>"]
    for name in description.structs:
        layout = description.layout(name)
        fields = [
            f"{f.c} {f.name}" + (f"[{f.length}]" if f.length else "") + ";" for f in layout.fields
        ]
        lines.append(f"struct S_{name} {{ {' '.join(fields)} }};")
        lines.append(f'static_assert(sizeof(S_{name}) == {layout.size}, "{name}");')
        lines += [
            f'static_assert(offsetof(S_{name}, {f.name}) == {f.offset}, "{name}.{f.name}");'
            for f in layout.fields
        ]
    source = tmp_path / "layouts.cpp"
    source.write_text("\n".join(lines))
    subprocess.run([compiler, "-std=c++11", "-fsyntax-only", str(source)], check=True, timeout=120)


def test_a_struct_comes_back_as_it_was_packed() -> None:
    layout = describe().layout("Order")
    raw = layout.pack(
        {"InstrumentID": "rb2701", "Direction": "0", "LimitPrice": 3500.0, "VolumeTotal": 2}
    )
    values = layout.unpack(raw)
    assert len(raw) == layout.size
    assert (
        values["InstrumentID"],
        values["Direction"],
        values["LimitPrice"],
        values["VolumeTotal"],
    ) == (
        "rb2701",
        "0",
        3500.0,
        2,
    )
    assert values["OrderRef"] == ""
    assert layout.pack(values) == raw


def test_chinese_goes_through_and_is_cut_between_characters() -> None:
    layout = describe().layout("RspInfo")
    assert layout.unpack(layout.pack({"ErrorMsg": "CTP:资金不足"}))["ErrorMsg"] == "CTP:资金不足"
    long = layout.unpack(layout.pack({"ErrorMsg": "资" * 60}))["ErrorMsg"]
    assert long == "资" * 40


def test_text_that_fills_its_room_still_ends_with_a_nul() -> None:
    layout = describe().layout("InputOrder")
    raw = layout.pack({"OrderRef": "1234567890123456"})
    offset = layout.by_name["OrderRef"].offset
    assert raw[offset : offset + 13] == b"123456789012\0"


def test_text_ends_at_the_first_nul_and_bad_bytes_are_marked() -> None:
    assert decode_text(b"rb\0junk") == "rb"
    assert "�" in decode_text(b"\xff\xff")
    assert encode_text("a\0b", 10) == b"a"
    assert decode_text(encode_text("上期所€𠮷", 20)) == "上期所€𠮷"


def test_a_value_of_the_wrong_type_names_its_field() -> None:
    layout = describe().layout("InputOrder")
    with pytest.raises(TypeError, match="LimitPrice is a C double, was 'dear'"):
        layout.pack({"LimitPrice": "dear"})
    with pytest.raises(TypeError, match="InstrumentID is text, was 5"):
        layout.pack({"InstrumentID": 5})
    with pytest.raises(ValueError, match="another version"):
        layout.unpack(b"short")


def test_pieces_of_a_statement_stay_bytes() -> None:
    layout = describe().layout("SettlementInfo")
    piece = "结算".encode("gbk")[:3]
    assert layout.unpack(layout.pack({"Content": piece}))["Content"] == piece


def test_fields_of_other_versions_are_passed_over() -> None:
    layout = Layout("Pair", [("A", "AType", "char", 0), ("B", "BType", "double", 0)])
    assert layout.pack({"A": "x", "C": 5}) == struct.pack("<c7xd", b"x", 0.0)


def test_absent_is_dbl_max() -> None:
    assert struct.pack("<d", ABSENT).hex() == "ffffffffffffef7f"


def test_methods_know_their_structs_and_parameters() -> None:
    method = describe().requests["ReqOrderInsert"]
    assert (method.struct, [param.kind for param in method.params]) == (
        "InputOrder",
        [ParamKind.STRUCT, ParamKind.INT],
    )
    kinds = {
        p.kind
        for v in EVERY
        for a in (describe(*v).trader, describe(*v).md)
        if a
        for m in a.api
        for p in m.params
    }
    assert kinds == set(ParamKind)


def test_an_error_has_its_number_and_text() -> None:
    error = error_table()["INSUFFICIENT_MONEY"]
    assert (error.code, error.text) == (31, "CTP:资金不足")


def test_an_unknown_version_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"6\.7\.11"):
        describe("ctp", "9.9.9")
    with pytest.raises(ConfigError, match="toraopt"):
        describe("nope")
