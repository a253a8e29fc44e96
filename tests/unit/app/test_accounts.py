"""Accounts of the configuration: their venue's keys, their secrets, and that there is never a default one."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.config_reader import read_config
from anyvenue.app.config_schema import config_schema
from anyvenue.app.masking import masked
from anyvenue.app.messages import translate
from anyvenue.app.secrets import Secret, variable_name
from anyvenue.app.settings import Settings, read_settings
from anyvenue.model.errors import AccountError, ConfigError
from anyvenue.venues.paper.config import PaperConfig
from keyrings import MemoryKeyring

Write = Callable[[str], Path]

TWO = """
[accounts.class]
venue = "paper"
account = "alice"
password = { env = "CLASS_PASSWORD" }
port = 7000
timeout_s = 3

[accounts."second one"]
venue = "paper"
account = { env = "SECOND_NAME" }
password = { keyring = "anyvenue/second.password" }
port = { env = "SECOND_PORT" }
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "anyvenue.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def failure(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    return caught.value


def two(write: Write) -> Settings:
    return read_settings(write(TWO), {})


# ---- the file


def test_an_account_has_its_venues_own_keys(write: Write) -> None:
    account = two(write).account("class")
    assert (account.name, account.venue) == ("class", "paper")
    assert account.settings["port"] == 7000
    assert account.settings["timeout_s"] == 3.0
    assert list(account.secrets) == [Secret("CLASS_PASSWORD")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prot = 1", "line 4: accounts.a.prot is not a known key: did you mean port?"),
        ("broker = '9999'", "accounts.a.broker is not a known key: known are venue, account, "),
        ("port = 'x'", "line 4: accounts.a.port is wrong: Expected int, got str"),
        ("port = 70000", "line 4: accounts.a.port is wrong: Expected int <= 65535"),
        ("timeout_s = 0", "line 4: accounts.a.timeout_s is wrong: Expected float > 0.0"),
        ("password = { file = 'x' }", "accounts.a.password.file is not a known key"),
        ("password = { env = 'A', keyring = 'b/c' }", "line 4: accounts.a.password is wrong"),
        ("password = {}", "line 4: accounts.a.password is wrong"),
        ("password = { keyring = 'b' }", "keyring is to be"),
    ],
)
def test_what_the_venue_does_not_take_is_refused_with_its_line(
    write: Write, line: str, said: str
) -> None:
    path = write(f"[accounts.a]\nvenue = 'paper'\naccount = 'x'\n{line}\n")
    assert f"{path}, " in failure(path).text
    assert said in failure(path).text


def test_a_key_that_the_venue_needs_is_missed(write: Write) -> None:
    assert "accounts.a.account is missing" in failure(write("[accounts.a]\nvenue = 'paper'\n")).text


def test_an_unknown_venue_is_refused_with_those_there_are(write: Write) -> None:
    error = failure(write("[accounts.a]\nvenue = 'moon'\n"))
    assert (
        "line 2: accounts.a.venue is wrong: there is no venue 'moon': there are: paper, ctp"
        in str(error)
    )
    assert "第 2 行：没有交易场所 moon；已有：paper, ctp" in translate(error, "zh")


@pytest.mark.parametrize(
    "text",
    [
        "[accounts.a]\nvenue = 'paper'\naccount = 'x'\npassword = 'hunter2 key'\n",
        "[accounts.a]\nvenue = 'paper'\naccount = 'x'\npassword = ['hunter2 key']\n",
        "[accounts.a]\nvenue = 'paper'\naccount = 'x'\npassword = { env = 'hunter2 key' }\n",
        "[accounts.a]\nvenue = 'paper'\naccount = 'x'\npassword = { keyring = 'hunter2 key' }\n",
        "[accounts.a]\nvenue = 'paper'\naccount = 'x'\npassword = { env = '', keyring = 'hunter2 key' }\n",
        "[accounts]\na = 'hunter2 key'\n",
        "accounts = 'hunter2 key'\n",
    ],
)
def test_a_secret_that_was_written_into_the_file_is_refused_and_not_repeated(
    write: Write, text: str
) -> None:
    error = failure(write(text))
    assert "hunter2" not in error.text + translate(error, "zh") + repr(error.fields)


def test_the_schema_has_the_keys_of_every_venue_and_no_plain_secret() -> None:
    definitions = config_schema()["$defs"]
    assert isinstance(definitions, dict)
    paper, ctp, *_ = definitions["AccountConfig"]["oneOf"]
    assert ctp["required"] == ["venue", "user"]
    assert paper["required"] == ["venue", "account"]
    assert paper["properties"]["venue"] == {"const": "paper"}
    assert paper["properties"]["password"]["$ref"] == "#/$defs/Secret"
    assert paper["properties"]["port"]["anyOf"][0]["maximum"] == 65535
    assert "address of the exchange" in paper["properties"]["host"]["description"]


# ---- which account


def test_an_account_goes_by_its_name_or_its_place_in_the_file(write: Write) -> None:
    settings = two(write)
    assert settings.account("second one").name == "second one"
    assert settings.account(0).name == "class"
    assert settings.account("1", "paper").name == "second one"


@pytest.mark.parametrize(
    ("wanted", "venue", "said", "chinese"),
    [
        ("clas", None, "did you mean class?", "没有账户 clas；已有：class, second one"),
        ("x", None, "there are: class, second one", "没有账户 x；已有：class, second one"),
        ("", None, "there is no account ''", "账户有误"),
        ("-1", None, "there is no account '-1'", "没有账户 -1"),
        ("2", None, "0 class, 1 second one", "没有第 2 号账户；已有：0 class, 1 second one"),
        (2, "paper", "no account number 2 at paper", "paper 没有第 2 号账户"),
        (
            "class",
            "okx",
            "class is at the venue paper, not at okx",
            "账户 class 在 paper，不在 okx",
        ),
        (0, "okx", "has none at okx; make one with: anyvenue init", "中没有 okx 的账户"),
    ],
)
def test_a_missing_account_is_an_error_that_names_what_there_is(
    write: Write, wanted: str | int, venue: str | None, said: str, chinese: str
) -> None:
    with pytest.raises(AccountError) as caught:
        two(write).account(wanted, venue)
    assert said in caught.value.text
    assert chinese in translate(caught.value, "zh")


def test_without_any_account_the_error_says_how_to_make_one() -> None:
    with pytest.raises(AccountError, match="has none; make one with: anyvenue init"):
        Settings().account("main")


# ---- secrets


def test_an_account_becomes_its_venues_configuration(write: Write) -> None:
    keyring = MemoryKeyring()
    keyring.set_password("anyvenue", "second.password", "hunter2-b")
    environ = {"CLASS_PASSWORD": "hunter2-a", "SECOND_NAME": "bob", "SECOND_PORT": "7001"}
    settings = two(write)
    first = settings.account("class").reveal(environ, lambda: keyring)
    assert first == PaperConfig(account="alice", password="hunter2-a", port=7000, timeout_s=3)
    second = settings.account(1).reveal(environ, lambda: keyring)
    assert second == PaperConfig(account="bob", password="hunter2-b", port=7001)
    assert "hunter2" not in repr(first) + repr(second) + repr(settings)


def test_a_secret_that_is_not_there_is_named_by_its_place(write: Write) -> None:
    with pytest.raises(ConfigError, match="environment variable CLASS_PASSWORD is not set"):
        two(write).account("class").reveal({})
    environ = {"SECOND_NAME": "bob", "SECOND_PORT": "7001"}
    with pytest.raises(ConfigError, match=r"keyring set anyvenue second\.password") as caught:
        two(write).account(1).reveal(environ, MemoryKeyring)
    assert "钥匙串中没有 anyvenue/second.password" in translate(caught.value, "zh")


def test_a_secret_of_the_wrong_form_is_not_repeated(write: Write) -> None:
    environ = {"SECOND_NAME": "bob", "SECOND_PORT": "hunter2-port"}
    keyring = MemoryKeyring()
    keyring.set_password("anyvenue", "second.password", "x")
    with pytest.raises(ConfigError, match=r"the value of port in \$SECOND_PORT") as caught:
        two(write).account(1).reveal(environ, lambda: keyring)
    assert "hunter2" not in caught.value.text + repr(caught.value.fields)


def test_without_the_library_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # as if it were not installed
    with pytest.raises(ConfigError, match=r"pip install 'anyvenue\[keyring\]'"):
        Secret(keyring="a/b").reveal({})


def test_a_secret_shows_its_place_in_every_way_of_printing_it() -> None:
    secret = Secret(keyring="anyvenue/okx.api_key")
    for shown in (repr(secret), str(secret), msgspec.json.encode(secret).decode()):
        assert "anyvenue/okx.api_key" in shown
    assert msgspec.json.encode(Secret("A")) == b'{"env":"A"}'


def test_what_was_revealed_is_struck_out_of_texts() -> None:
    Secret("KEY_FOR_MASKING").reveal({"KEY_FOR_MASKING": "q8-masked-value"})
    assert masked("the venue said: bad key q8-masked-value!") == "the venue said: bad key ***!"


@pytest.mark.parametrize(
    ("account", "key", "name"),
    [
        ("okx-0-main", "api_key", "OKX_0_MAIN_API_KEY"),
        ("second one", "password", "SECOND_ONE_PASSWORD"),
        ("主账户", "password", "ACCOUNT_PASSWORD"),
        ("1st", "key", "ACCOUNT_1ST_KEY"),
    ],
)
def test_a_variable_is_proposed_for_a_secret(account: str, key: str, name: str) -> None:
    assert variable_name(account, key) == name


def test_an_account_can_be_made_without_a_file() -> None:
    account = AccountConfig(name="a", venue="paper", settings={"account": "x"})
    assert account.reveal({}) == PaperConfig(account="x")
