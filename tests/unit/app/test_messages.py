"""What people read: errors and interface words in English and Chinese."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from string import Formatter

import pytest

from anyvenue.app import messages
from anyvenue.app.messages import language, text, translate, word
from anyvenue.model import enums, errors
from anyvenue.model.enums import Offset, OrderState, RiskScope, Side
from anyvenue.model.errors import (
    AnyvenueError,
    ConfigError,
    InsufficientPosition,
    InvalidOrder,
    NotSent,
    OffTick,
    OrderError,
    RiskDenied,
    UnknownInstrument,
    VenueError,
    VenueRefused,
)
from anyvenue.strategy.indicators import SMA
from anyvenue.strategy.parameters import coerce

LOCALE = Path(messages.__file__).with_name("locale")


def read(lang: str) -> dict[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((LOCALE / f"{lang}.toml").read_text(encoding="utf-8"))


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def texts(lang: str) -> dict[str, set[str]]:
    groups = read(lang)["texts"]
    return {
        f"{group}.{key}": places(said)
        for group, keys in groups.items()
        for key, said in keys.items()
    }


def error_classes() -> list[type[AnyvenueError]]:
    return [getattr(errors, name) for name in errors.__all__]


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert texts("en") == texts("zh")


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_chinese_headline(kind: type[AnyvenueError]) -> None:
    assert translate(kind("what happened"), "zh").endswith("：what happened")
    assert kind.code in read("zh")["headlines"]


def test_every_headline_and_template_belongs_to_a_class_of_errors() -> None:
    codes = {kind.code for kind in error_classes()}
    chinese = read("zh")
    assert set(chinese["headlines"]) <= codes
    assert {code for code in chinese["errors"] if code.partition(".")[0] not in codes} == set()


@pytest.mark.parametrize("name", enums.__all__)
def test_every_word_of_the_closed_vocabularies_is_said_in_both_languages(name: str) -> None:
    for value in getattr(enums, name):
        assert word(value, "en")
        assert not word(value, "zh").isascii()


def test_words_of_an_enum() -> None:
    assert word(Side.BUY, "en") == "buy"
    assert word(Side.BUY, "zh") == "买入"
    assert word(OrderState.CANCELLED, "zh") == "已撤单"


def test_english_is_the_text_the_error_was_raised_with() -> None:
    assert translate(ConfigError("as it was", code="config.parameter_type"), "en") == "as it was"


def test_chinese_fills_the_template_of_the_code_from_the_fields() -> None:
    error = OffTick(
        "english",
        instrument="rb2701.SHFE",
        price=Decimal("3500.50"),
        tick=Decimal(1),
        below=Decimal("3.5E+3"),
        above=Decimal(3501),
    )
    assert translate(error, "zh") == (
        "rb2701.SHFE 的价格 3500.5 不在最小变动价位 1 上；请用 3500 或 3501"
    )


def test_the_first_template_whose_fields_are_there_is_used() -> None:
    error = OffTick("english", below=Decimal(1), above=Decimal(2))
    assert translate(error, "zh") == "价格不在最小变动价位上；请用 1 或 2"


def test_fields_that_are_none_or_empty_count_as_missing() -> None:
    bounded = {
        "instrument": "rb2701.SHFE",
        "value": "1",
        "upper": Decimal(9),
        "code": "order.outside_limits",
    }
    error = InvalidOrder("english", lower=None, **bounded)  # type: ignore[arg-type]
    assert translate(error, "zh") == "rb2701.SHFE 的价格 1 高于当日涨停价 9"
    unknown = UnknownInstrument("there is no instrument 'x'", instrument="x", suggestions=[])
    assert translate(unknown, "zh") == "没有这个合约：there is no instrument 'x'"


def test_without_a_template_the_english_text_stands_behind_the_headline() -> None:
    assert (
        translate(ConfigError("key a.b is unknown", file="x"), "zh")
        == "配置有误：key a.b is unknown"
    )
    assert translate(OffTick("off"), "zh") == "价格不在最小变动价位上：off"


def test_a_class_of_a_plug_in_goes_by_the_headline_of_its_base() -> None:
    class Maintenance(VenueError):
        code = "venue.maintenance"

    assert translate(Maintenance("back at nine"), "zh") == "交易通道出错：back at nine"
    assert translate(NotSent("down", code="order.link"), "zh") == "请求未发出，可以重试：down"


def test_a_code_given_at_the_raise_goes_before_the_class() -> None:
    error = OrderError("no such working order", code="order.unknown")
    assert translate(error, "zh") == "没有这笔委托：no such working order"


def test_values_that_have_a_word_are_said_in_the_language() -> None:
    error = InsufficientPosition(
        "english", instrument="rb2701.SHFE", side=Side.SELL, wanted=Decimal(3), closable=Decimal(1)
    )
    assert translate(error, "zh") == "rb2701.SHFE 可平持仓不足：卖出 3，可平 1"
    invalid = InvalidOrder(
        "english",
        field="offset",
        value=Offset.CLOSE_OLD,
        expected="open",
        instrument="BTC-USDT.OKX",
    )
    assert translate(invalid, "zh") == "BTC-USDT.OKX 委托的开平标志为 平昨；应为：open"


def test_the_venues_own_words_are_kept() -> None:
    error = VenueRefused("english", venue_code="31", venue_text="CTP:资金不足")
    assert translate(error, "zh") == "对方拒绝：[31] CTP:资金不足"


def test_braces_in_a_value_are_not_read_as_places() -> None:
    error = VenueRefused("english", venue_code="-1", venue_text='{"msg": "{bad}"}')
    assert translate(error, "zh") == '对方拒绝：[-1] {"msg": "{bad}"}'


def test_errors_of_indicators_and_parameters_are_said_in_chinese() -> None:
    class Cross:
        fast: int = 20

    with pytest.raises(ConfigError) as period:
        SMA(0)
    assert translate(period.value, "zh") == "指标 SMA：period 为 0；请使用不小于 1 的整数"
    with pytest.raises(ConfigError) as unknown:
        coerce(Cross, {"fats": "1"})
    assert translate(unknown.value, "zh") == (
        "策略 Cross 没有参数 fats；最接近的是 fast。全部参数：fast (int)"
    )
    with pytest.raises(ConfigError) as wrong:
        coerce(Cross, {"fast": "2.5"})
    assert translate(wrong.value, "zh") == "策略 Cross：参数 fast 的值为 '2.5'；类型应为 int"


def test_interface_texts_fill_their_places() -> None:
    assert text("phrase.headline", "en", headline="a", text="b") == "a: b"
    assert text("column.margin", "zh") == "保证金"
    assert text("column.margin", "zh_CN.UTF-8") == "保证金"


@pytest.mark.parametrize(
    ("key", "missing"), [("column.nothing", "nothing"), ("phrase.headline", "headline")]
)
def test_a_text_or_field_that_is_missing_is_a_bug_and_named(key: str, missing: str) -> None:
    with pytest.raises(errors.Inconsistent, match=f"{missing}.* is missing"):
        text(key, "zh")


@pytest.mark.parametrize(
    ("explicit", "environ", "wanted"),
    [
        (None, {}, "en"),
        ("zh", {"ANYVENUE_LANG": "en"}, "zh"),
        ("zh-Hans-CN", {}, "zh"),
        ("EN", {"LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"ANYVENUE_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US"}, "zh"),
        (None, {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.GB18030"}, "zh"),
        (None, {"LANG": "fr_FR.UTF-8"}, "en"),
        ("", {"ANYVENUE_LANG": "", "LANG": "zh"}, "zh"),
    ],
)
def test_the_language_is_the_first_that_is_set(
    explicit: str | None, environ: dict[str, str], wanted: str
) -> None:
    assert language(explicit, environ) == wanted


@pytest.mark.parametrize(
    ("explicit", "environ", "option"),
    [("fr", {}, "--lang"), (None, {"ANYVENUE_LANG": "klingon"}, "ANYVENUE_LANG")],
)
def test_a_language_without_catalogue_is_refused_when_asked_for_by_name(
    explicit: str | None, environ: dict[str, str], option: str
) -> None:
    with pytest.raises(ConfigError, match=f"{option} was .*; use one of en, zh"):
        language(explicit, environ)


def test_an_enum_nobody_translated_is_named() -> None:
    class Colour(Enum):
        RED = "red"

    with pytest.raises(errors.Inconsistent, match="colour"):
        word(Colour.RED, "en")


def test_refusals_of_risk_rules_are_said_in_chinese() -> None:
    fields = {"rule": "max_position", "scope": RiskScope.ACCOUNT, "name": "main"}
    error = RiskDenied("english", value=Decimal(6), limit=Decimal(5), **fields)
    assert translate(error, "zh") == "风控拒绝（账户 main，净持仓上限）：6 超出限额 5"
    halted = RiskDenied(
        "english",
        code="order.risk_halted",
        rule="kill_switch",
        scope=RiskScope.NODE,
        name="",
        value="x",
    )
    assert translate(halted, "zh") == "节点已暂停交易（一键停止：x）；解除之前只能撤单"


@pytest.mark.parametrize(
    "code", ["duplicate", "halted", "hours", "no_price", "reduce_only", "self_trade"]
)
def test_every_code_of_a_risk_rule_has_a_chinese_text(code: str) -> None:
    fields = {"rule": "self_trade", "scope": RiskScope.NODE, "name": "", "value": "1", "limit": "2"}
    error = RiskDenied("english", code=f"order.risk_{code}", instrument="rb2701.SHFE", **fields)
    assert "english" not in translate(error, "zh")
