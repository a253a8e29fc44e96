"""The configuration file: what it may say, and how it says what is wrong."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from anyvenue.app.config import Config
from anyvenue.app.config_paths import config_folder, config_path
from anyvenue.app.config_reader import line_of, read_config
from anyvenue.app.config_schema import config_schema
from anyvenue.app.messages import translate
from anyvenue.app.rates import merged
from anyvenue.app.secrets import Secret
from anyvenue.app.settings import Settings, read_settings
from anyvenue.model.errors import ConfigError

WHOLE = """
[node]
lang = "zh"
log_level = "warning"
[sim]
latency_ms = 5
cash = { CNY = 2_000_000, USD = 50_000.5 }
[fees."rb.SHFE"]
by_lot = 3
[instruments."00700.HK"]
lot = 100
[calendars.CN]
holidays = [20270101]
[accounts.class]
venue = "paper"
account = "alice"
password = { env = "CLASS_PASSWORD" }
"""


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(text: str) -> Path:
        path = tmp_path / "anyvenue.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def failure(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    return caught.value


def test_every_section_reaches_the_tree(write) -> None:  # type: ignore[no-untyped-def]
    config, overrides = read_config(write(WHOLE))
    assert config.node.lang == "zh"
    assert config.sim.latency_ms == 5.0
    assert config.sim.cash == {"CNY": Decimal(2_000_000), "USD": Decimal("50000.5")}
    assert config.accounts["class"].settings["password"] == Secret("CLASS_PASSWORD")
    assert overrides.fees["rb.SHFE"].open.by_lot == 3
    assert overrides.instruments["00700.HK"].lot == 100


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings(None, {"HOME": str(tmp_path)}) == Settings()


def test_an_unknown_key_is_refused_with_line_and_nearest_key(write) -> None:  # type: ignore[no-untyped-def]
    path = write("[node]\n\n[sim]\nlatency = 3\n")
    error = failure(path)
    assert error.text == f"{path}, line 4: sim.latency is not a known key: did you mean latency_ms?"
    assert (error.line, error.key) == (4, "sim.latency")
    assert (
        translate(error, "zh") == f"{path} 第 4 行：没有 sim.latency 这个键；最接近的是 latency_ms"
    )


def test_an_unknown_section_is_refused(write) -> None:  # type: ignore[no-untyped-def]
    assert "line 1: fee is not a known key: did you mean fees?" in failure(write("[fee]\n")).text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[sim]\nseed = 'x'\n", "line 2: sim.seed is wrong: Expected int, got str"),
        ("[sim]\nlatency_ms = -1\n", "line 2: sim.latency_ms is wrong: Expected float >= 0.0"),
        ("[node]\nlang = 'fr'\n", "line 2: node.lang is wrong: Invalid enum value 'fr'"),
        ("sim = 3\n", "line 1: sim was 3; a table is expected"),
        ("[accounts.a]\nuser = 'x'\n", "line 1: accounts.a.venue is missing; give it a value"),
        ("[instruments.'a.B']\nlott = 1\n", 'instruments."a.B".lott is not a known key'),
        ("[sim]\ncash = 'much'\n", "line 2: sim.cash is wrong"),
    ],
)
def test_an_ill_typed_value_is_named_with_its_line(write, text: str, what: str) -> None:  # type: ignore[no-untyped-def]
    assert what in failure(write(text)).text


def test_what_the_overrides_refuse_has_a_line_too(write) -> None:  # type: ignore[no-untyped-def]
    error = failure(write('[sim]\nseed = 1\n[fees."rb.SHFE"]\nby_lot = 3\nbymoney = 1\n'))
    assert "line 5: " in error.text
    assert "did you mean by_money?" in error.text
    assert error.line == 5


def test_a_secret_in_plain_text_is_refused_without_repeating_it(write) -> None:  # type: ignore[no-untyped-def]
    error = failure(write("[accounts.okx]\nvenue = 'paper'\naccount = 'a'\npassword = 'hunter2'\n"))
    assert "line 4: accounts.okx.password holds a secret in plain text" in error.text
    assert 'env = "OKX_PASSWORD"' in error.text
    assert "hunter2" not in error.text + translate(error, "zh") + repr(error.fields)


def test_a_secret_shows_its_variable_and_never_its_value() -> None:
    secret = Secret("OKX_SECRET")
    assert secret.reveal({"OKX_SECRET": "hunter2"}) == "hunter2"
    for shown in (repr(secret), str(secret), msgspec.json.encode(secret).decode()):
        assert "OKX_SECRET" in shown
        assert "hunter2" not in shown


def test_a_secret_that_is_not_set_is_named() -> None:
    with pytest.raises(ConfigError, match="environment variable OKX_SECRET is not set"):
        Secret("OKX_SECRET").reveal({})


@pytest.mark.parametrize("text", ["[sim\n", "seed == 1\n"])
def test_a_file_that_is_not_toml_says_where(write, text: str) -> None:  # type: ignore[no-untyped-def]
    assert "is not TOML" in failure(write(text)).text


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "anyvenue.toml"
    path.write_bytes("# 配置".encode("gb18030"))
    assert "is not UTF-8 text" in failure(path).text


def test_a_file_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_settings(tmp_path / "nowhere.toml", {})


def test_the_working_folder_comes_before_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path)}
    own = config_folder(environ, "linux") / "anyvenue.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert own == tmp_path / "xdg" / "anyvenue" / "anyvenue.toml"
    if config_folder(environ) == own.parent:
        assert config_path(None, environ) == own
    Path("anyvenue.toml").touch()
    assert config_path(None, environ) == Path("anyvenue.toml")
    assert config_path(Path("other.toml"), environ) == Path("other.toml")


def test_every_platform_has_its_folder() -> None:
    environ = {"HOME": "/h", "APPDATA": "/roaming"}
    assert config_folder(environ, "linux") == Path("/h/.config/anyvenue")
    assert config_folder(environ, "darwin") == Path("/h/Library/Application Support/anyvenue")
    assert config_folder(environ, "win32") == Path("/roaming/anyvenue")


def test_the_schema_describes_the_file() -> None:
    schema = config_schema()
    definition = schema["$defs"]["Config"]  # type: ignore[index]
    assert set(definition["properties"]) == set(Config.__struct_fields__)
    assert definition["additionalProperties"] is False
    cash = schema["$defs"]["SimConfig"]["properties"]["cash"]  # type: ignore[index]
    assert {"type": ["number", "string"]} in cash["anyOf"]


def test_lines_are_found_through_quotes_dots_and_nesting() -> None:
    text = '# head\n[a]\nb.c = 1\n[a."x.y"]\n# z = 0\nz = 2\n[[d]]\ne = 1\n'
    assert line_of(text, ("a", "b", "c")) == 3
    assert line_of(text, ("a", "x.y", "z")) == 6
    assert line_of(text, ("a", "x.y", "missing")) == 4
    assert line_of(text, ("d", "e")) == 8
    assert line_of(text, ("nowhere",)) == 0


def test_the_examples_are_right() -> None:
    examples = Path(__file__).resolve().parents[3] / "examples"
    config, overrides = read_config(examples / "anyvenue.toml")
    assert config.sim.cash == {"CNY": Decimal(10**6), "USD": Decimal(10**5), "HKD": Decimal(10**6)}
    assert overrides.instruments["00005.HK"].lot == 400
    merged_in = merged(overrides, str(examples / "fees.toml"))
    assert {"rb.SHFE", "IF.CFFEX"} <= set(merged_in.fees)


def test_a_leverage_below_one_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "anyvenue.toml"
    file.write_text("[sim.account]\nhedged = true\nleverage = 0.5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 3: sim\.account\.leverage is wrong.*at least 1"):
        read_settings(file, {})


RISK = """
[risk]
max_order_notional = { CNY = 1_000_000 }
order_rate = { count = 10, seconds = 0.5 }
[risk.breaker.drawdown]
fraction = 0.05
action = "reduce_only"
[risk.accounts.main]
max_position = 3
[risk.instruments."rb.SHFE"]
price_band = 0.03
"""


def test_risk_limits_are_read_for_every_scope(write) -> None:  # type: ignore[no-untyped-def]
    risk = read_config(write(RISK))[0].risk
    assert risk.max_order_notional == {"CNY": Decimal(1_000_000)}
    assert risk.order_rate is not None
    assert (risk.order_rate.count, risk.order_rate.seconds) == (10, 0.5)
    assert risk.breaker.drawdown is not None
    assert (risk.breaker.drawdown.fraction, risk.breaker.drawdown.action) == (
        Decimal("0.05"),
        "reduce_only",
    )
    assert risk.accounts["main"].max_position == 3
    assert risk.instruments["rb.SHFE"].price_band == Decimal("0.03")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "max_position = 3",
            "max_position = -3",
            "line 9: risk.accounts.main.max_position is wrong",
        ),
        (
            "max_position",
            "max_positon",
            "line 9: risk.accounts.main.max_positon is not a known key",
        ),
        ("seconds = 0.5", "every = 1", "line 4: risk.order_rate.every is not a known key"),
        ("fraction = 0.05", "part = 1", "line 6: risk.breaker.drawdown.part is not a known key"),
        ("price_band = 0.03", "max_leverage = 3", "rb.SHFE cannot have max_leverage"),
        ("count = 10", "count = 0", "line 4: risk.order_rate.count is wrong"),
    ],
)
def test_a_wrong_limit_is_named_with_its_line(write, before: str, after: str, said: str) -> None:  # type: ignore[no-untyped-def]
    assert said in str(failure(write(RISK.replace(before, after))))
