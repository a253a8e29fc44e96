"""Which description holds for a library, by what it exports and what it calls itself."""

import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import DESCRIBED, Api, Description, describe
from anyvenue.venues.ctp.native.factories import (
    FACTORIES,
    arguments,
    factory_symbol,
    msvc_factory_symbol,
    version_symbol,
    vtable_symbol,
)
from anyvenue.venues.ctp.native.versions import EQUAL_LAYOUTS, match_version, version_numbers

CTP = ("ctp", "mini")


def apis() -> list[tuple[Description, str, Api]]:
    found = []
    for dialect, versions in DESCRIBED.items():
        for version in (versions[0], versions[-1]):
            description = describe(dialect, version)
            found += [
                (description, which, api)
                for which in ("trader", "md")
                if (api := getattr(description, which)) is not None
            ]
    return found


@pytest.mark.parametrize(
    ("dialect", "version", "which", "symbol"),
    [
        ("ctp", "6.7.10", "trader", "_ZN19CThostFtdcTraderApi19CreateFtdcTraderApiEPKc"),
        ("ctp", "6.7.11", "trader", "_ZN19CThostFtdcTraderApi19CreateFtdcTraderApiEPKcb"),
        ("ctp", "6.7.11", "md", "_ZN15CThostFtdcMdApi15CreateFtdcMdApiEPKcbbb"),
        ("opt", "3.7.3", "md", "_ZN8ctp_sopt15CThostFtdcMdApi15CreateFtdcMdApiEPKcbb"),
        ("femas", "3.02", "md", "_ZN18CUstpFtdcMduserApi19CreateFtdcMduserApiEPKc"),
        (
            "tora",
            "4.1.6",
            "trader",
            "_ZN12TORASTOCKAPI18CTORATstpTraderApi19CreateTstpTraderApiEPKcbcS2_b",
        ),
        ("toramd", "4.1.6", "md", "_ZN11TORALEV1API15CTORATstpXMdApi16CreateTstpXMdApiERKcS2_"),
        (
            "toraopt",
            "1.3.4",
            "trader",
            "_ZN9TORASPAPI20CTORATstpSPTraderApi21CreateTstpSPTraderApiEPKcbcS2_",
        ),
    ],
)
def test_factories_go_by_the_symbols_that_vendors_export(
    dialect: str, version: str, which: str, symbol: str
) -> None:
    description = describe(dialect, version)
    assert factory_symbol(getattr(description, which), description) == symbol


def test_the_table_of_factories_is_the_descriptions() -> None:
    table = {
        (dialect, factory.which, factory.namespace, factory.api_class, factory.create_name)
        for factory in FACTORIES
        for dialect in factory.dialects
    }
    described = {
        (description.dialect, which, api.namespace, api.api_class, api.create_name)
        for description, which, api in apis()
    }
    assert table == described


def test_a_factory_can_be_called_with_what_its_declaration_says() -> None:
    for description, _, api in apis():
        for argument in arguments(api, description):
            assert argument.kind in ("text", "bool", "char", "char reference")
    tora = describe("tora")
    assert tora.trader is not None
    assert [argument.default for argument in arguments(tora.trader, tora)] == [
        "",
        False,
        "0",
        "",
        False,
    ]


def test_other_symbols_of_a_class() -> None:
    api = describe("opt").trader
    assert api is not None
    assert version_symbol(api) == "_ZN8ctp_sopt19CThostFtdcTraderApi13GetApiVersionEv"
    assert vtable_symbol(api) == "_ZTVN8ctp_sopt19CThostFtdcTraderApiE"
    plain = describe("ctp")
    assert plain.trader is not None
    assert vtable_symbol(plain.trader) == "_ZTV19CThostFtdcTraderApi"
    name = "?CreateFtdcTraderApi@CThostFtdcTraderApi@@SAPEAV1@PEBD_N@Z"
    assert msvc_factory_symbol(plain.trader, plain) == name


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("v6.7.11_20250617 16:22:00.10369", (6, 7, 11)),
        ("V6_7_2", (6, 7, 2)),
        ("6.7.2.3 linux", (6, 7, 2, 3)),
        ("1.0.9_20250825.17:00:00", (1, 0, 9)),
        ("v6.3.19_T1_20200423 8:51:25", (6, 3, 19)),
        ("no number", ()),
    ],
)
def test_a_version_is_read_from_the_librarys_words(text: str, numbers: tuple[int, ...]) -> None:
    assert version_numbers(text) == numbers


def test_a_described_version_is_taken_with_a_vendors_own_build_number() -> None:
    assert match_version(CTP, "trader", "v6.7.8_20240918", 126).description is describe(
        "ctp", "6.7.8"
    )
    assert match_version(CTP, "trader", "6.7.2.3 linux", 123).description is describe(
        "ctp", "6.7.2"
    )
    assert match_version(CTP, "trader", "V1.7.7", 66).description is describe("mini", "1.7.7")


def test_a_described_version_with_another_number_of_methods_is_refused() -> None:
    with pytest.raises(ConfigError, match="has 127 methods, of which the layouts are not known"):
        match_version(CTP, "trader", "v6.7.8_20240918", 127)


def test_a_version_without_a_description_is_refused_with_what_to_install() -> None:
    with pytest.raises(ConfigError) as refused:
        match_version(CTP, "trader", "v6.7.3_20230101", 123)
    assert "pip install 'openctp-ctp==6.7.2.*'" in refused.value.text
    assert refused.value.fields["version"] == "6.7.3"


def test_a_version_that_is_proven_equal_is_taken_only_with_the_same_number_of_methods() -> None:
    match = match_version(CTP, "md", "V1.7.5", 13)
    assert match.description is describe("mini", "1.7.7")
    assert "headers of 1.7.7" in match.reason
    for slots in (12, None):
        with pytest.raises(ConfigError):
            match_version(CTP, "md", "V1.7.5", slots)


def test_equal_versions_are_of_described_ones() -> None:
    for (dialect, which, numbers), equal in EQUAL_LAYOUTS.items():
        assert getattr(describe(dialect, equal.version), which) is not None
        assert numbers
        assert equal.reason
