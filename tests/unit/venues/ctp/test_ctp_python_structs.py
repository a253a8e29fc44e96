"""CTP's structs in Python: what is written is read again, and what cannot be written says why."""

import ast
import copy
import importlib.util
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from anyvenue.ctp import load, mdapi, soptthosttraderapi, tdapi, thosttraderapi
from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import describe, described_versions
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.packages import provide_packages
from anyvenue.venues.ctp.python.structs import pack_struct, struct_family, unpack_struct
from anyvenue.venues.ctp.python.stubs import stub_text, write_stubs
from ctp_python import filled


def order(**fields: Any) -> Any:
    return filled("InputOrder", **fields)


def test_a_new_struct_is_empty() -> None:
    made = order()
    assert (made.InstrumentID, made.Direction) == ("", "")
    assert (made.LimitPrice, made.VolumeTotalOriginal) == (0.0, 0)
    assert isinstance(made.LimitPrice, float)


@pytest.mark.parametrize("given", ["螺纹钢2701", "螺纹钢2701".encode("gbk")])
def test_chinese_text_is_read_as_it_was_written(given: object) -> None:
    made = filled("Instrument", InstrumentName=given)
    assert made.InstrumentName == "螺纹钢2701"
    again = unpack_struct(type(made), pack_struct(made))
    assert vars(type(again))["InstrumentName"].fget(again) == "螺纹钢2701"


def test_text_may_be_str_or_bytes_and_none_clears_it() -> None:
    made = order(InstrumentID=b"rb2701\0\0", Direction="0")
    assert made.InstrumentID == "rb2701"
    made.InstrumentID = None
    made.Direction = None
    assert (made.InstrumentID, made.Direction) == ("", "")


def test_a_char_takes_its_code_too() -> None:
    assert order(Direction=49).Direction == "1"
    assert order(Direction="").Direction == ""


@pytest.mark.parametrize(
    ("field", "value", "error", "said"),
    [
        ("UserID", "a" * 16, TypeError, "CThostFtdcInputOrderField.UserID holds 15 bytes"),
        ("UserID", "钢" * 8, TypeError, "of 16 bytes"),
        ("UserID", 3, TypeError, "is text: a str or bytes is expected, was 3"),
        ("Direction", "00", TypeError, "holds 1 bytes"),
        ("Direction", 256, OverflowError, "was the code 256"),
        ("VolumeTotalOriginal", 1.0, TypeError, "is a C int: a whole number is expected, was 1.0"),
        ("VolumeTotalOriginal", "1", TypeError, "a whole number is expected, was '1'"),
        ("VolumeTotalOriginal", None, TypeError, "was None"),
        ("VolumeTotalOriginal", 2**31, OverflowError, "is a C int, was 2147483648"),
        ("LimitPrice", "1", TypeError, "is a C double: a number is expected, was '1'"),
        ("LimitPrice", None, TypeError, "was None"),
        ("LimitPrice", [], TypeError, "is a C double: a number is expected"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_the_fields_name(
    field: str, value: object, error: type[Exception], said: str
) -> None:
    made = order()
    with pytest.raises(error, match=f"(?s).*{said.replace('(', '.').replace('[', '.')}"):
        setattr(made, field, value)
    assert getattr(made, field) == getattr(order(), field)


def test_fifteen_bytes_fit_into_a_field_of_sixteen() -> None:
    assert order(UserID="a" * 15).UserID == "a" * 15


def test_a_number_field_takes_what_is_one() -> None:
    made = order(LimitPrice=3500, VolumeTotalOriginal=True)
    assert (made.LimitPrice, made.VolumeTotalOriginal) == (3500.0, 1)


def test_a_misspelt_field_is_refused_with_the_right_one() -> None:
    with pytest.raises(
        AttributeError, match=r"no field 'InstrumentId'; did you mean 'InstrumentID'"
    ):
        order(InstrumentId="rb2701")
    with pytest.raises(AttributeError, match="did you mean 'LimitPrice'"):
        _ = order().LimitPirce


def test_the_environment_may_let_misspelt_fields_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_EXTRA_ATTRIBUTES", "1")
    made = order(InstrumentId="rb2701")
    assert made.InstrumentId == "rb2701"
    assert made.InstrumentID == ""


def test_copies_are_of_their_own() -> None:
    made = order(InstrumentID="rb2701", LimitPrice=1.5)
    for copied in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(copied) is type(made)
        assert (copied.InstrumentID, copied.LimitPrice) == ("rb2701", 1.5)
        copied.InstrumentID = "i2701"
        assert made.InstrumentID == "rb2701"


def test_a_piece_of_a_statement_is_bytes() -> None:
    piece = "结算单".encode("gbk")[:5]
    made = filled("SettlementInfo", Content=piece)
    assert made.Content == piece
    assert filled("Notice", Content="通知").Content == "通知"


def test_a_loop_over_dir_finds_the_fields() -> None:
    found = [n for n in dir(order()) if not n.startswith("_") and n not in ("this", "thisown")]
    assert sorted(found) == sorted(describe().layout("InputOrder").by_name)


def test_a_struct_shows_what_is_set() -> None:
    assert repr(order(LimitPrice=2.0)) == "CThostFtdcInputOrderField(LimitPrice=2.0)"


def test_both_sides_have_the_same_classes_under_all_their_names() -> None:
    assert tdapi.CThostFtdcRspInfoField is mdapi.CThostFtdcRspInfoField
    assert tdapi.CThostFtdcTraderApi is thosttraderapi.CThostFtdcTraderApi


def test_constants_are_text_but_for_the_resume_types() -> None:
    assert (tdapi.THOST_FTDC_D_Buy, tdapi.THOST_TERT_QUICK) == ("0", 2)
    assert soptthosttraderapi.THOST_FTDC_D_Sell == "1"
    # These are constants of types that no struct has.
    assert soptthosttraderapi.THOST_FTDC_ACT_Long == load("ctp", "6.7.8")[0].THOST_FTDC_ACT_Long


def test_what_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"'anyvenue.ctp.tdapi'|'anyvenue.ctp.thosttraderapi'"):
        _ = tdapi.CThostFtdcNothingField
    with pytest.raises(ImportError):
        from anyvenue.ctp.tdapi import Nothing  # noqa: F401


def test_the_modules_list_what_they_have() -> None:
    names = dir(tdapi)
    assert {"CThostFtdcTraderApi", "CThostFtdcTraderSpi", "THOST_TERT_QUICK"} <= {*names}
    assert len([n for n in names if n.endswith("Field")]) == 502
    assert len([n for n in names if n.startswith("THOST_")]) == 1327


def test_two_versions_live_side_by_side() -> None:
    old, _ = load("ctp", "6.3.15")
    new, _ = load()
    assert not hasattr(old.CThostFtdcTraderApi, "ReqQryRULEIntraParameter")
    assert hasattr(new.CThostFtdcTraderApi, "ReqQryRULEIntraParameter")


OLDEST, *BETWEEN, NEWEST = described_versions("ctp")


@pytest.mark.parametrize(
    "version", [OLDEST, NEWEST, *(pytest.param(each, marks=pytest.mark.long) for each in BETWEEN)]
)
def test_every_struct_reads_zeros_as_the_layout_does(version: str) -> None:
    described = describe("ctp", version)
    family = struct_family(described)
    for struct in described.structs:
        layout = described.layout(struct)
        made = unpack_struct(family[struct], bytes(layout.size))
        for name, value in layout.unpack(bytes(layout.size)).items():
            assert getattr(made, name) in (value, "")
        assert pack_struct(made) == bytes(layout.size)


def test_a_stub_names_what_the_module_has() -> None:
    tree = ast.parse(stub_text(describe("ctp", "6.5.1"), Side.TRADER))
    names = {each.name for each in tree.body if isinstance(each, ast.ClassDef)}
    names |= {ast.unparse(each.target) for each in tree.body if isinstance(each, ast.AnnAssign)}
    assert names == {*load("ctp", "6.5.1")[0].__all__}


def test_a_version_may_be_named_as_packages_are() -> None:
    made, _ = load("ctp", "6.7.8.0")
    assert made.CThostFtdcTraderApi.GetApiVersion() == "v6.7.8_anyvenue_ctp"
    with pytest.raises(
        ConfigError, match=r"version 6.7.5 of ctp is not described; there are 6.3.15"
    ):
        load("ctp", "6.7.5")


def test_programs_find_the_packages_under_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    assert provide_packages("6.7.8.0") == [
        "openctp_ctp (ctp 6.7.8)",
        "openctp_tts (ctp 6.7.8)",
        "openctp_ctpopt (opt 3.7.3)",
    ]
    for name in ("openctp_ctp.tdapi", "openctp_tts.thostmduserapi", "openctp_ctpopt.mdapi"):
        assert importlib.import_module(name).CThostFtdcRspInfoField().ErrorID == 0
        assert importlib.util.find_spec(name) is not None
    package = importlib.import_module("openctp_ctp")
    assert package.__version__ == "6.7.8.0"
    assert package.tdapi is package.thosttraderapi
    assert importlib.util.find_spec("openctp_ctp") is not None


@pytest.mark.long
def test_stubs_are_written_for_all_packages(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path).as_posix() for path in write_stubs(tmp_path, "6.5.1")}
    assert {"openctp_tts/__init__.pyi", "openctp_ctpopt/soptthostmduserapi.pyi"} <= written
    assert "OnRspQryRULE" not in (tmp_path / "openctp_ctp/thosttraderapi.pyi").read_text("utf-8")
