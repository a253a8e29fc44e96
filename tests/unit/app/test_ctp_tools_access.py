"""Who logs in where: options over the account over the preset over a counter of one's own."""

from pathlib import Path

import pytest

from anyvenue.app.ctp_tools.access import Given, read_access
from anyvenue.app.invocation import Invocation
from anyvenue.model.errors import AccountError, ConfigError
from anyvenue.venues.ctp.tools.access import OURS

CONFIG = """
[accounts.mine]
venue = "ctp"
user = "80001"
password = { env = "MINE" }
broker = "1010"
trade_front = "tcp://10.0.0.1:41205"
app_id = "app"
auth_code = { env = "CODE" }
[accounts.trial]
venue = "ctp"
preset = "simnow"
user = "123456"
"""


def invocation(tmp_path: Path, **environ: str) -> Invocation:
    path = tmp_path / "anyvenue.toml"
    path.write_text(CONFIG)
    return Invocation(environ, lang="en", config=path)


def test_without_a_front_it_is_the_counter_of_ones_own(tmp_path: Path) -> None:
    access = read_access(invocation(tmp_path), Given(user="alice"))
    assert (access.front, access.md_front) == ("tcp://127.0.0.1:41205", "tcp://127.0.0.1:41213")
    assert (access.broker, access.library, access.api) == ("9999", OURS, "ctp")


def test_a_front_alone_is_a_counter_of_ours_elsewhere(tmp_path: Path) -> None:
    given = Given(front="tcp://10.0.0.9:1", user="alice", api="ctp-6.7.8")
    access = read_access(invocation(tmp_path), given)
    assert (access.front, access.md_front, access.library) == ("tcp://10.0.0.9:1", "", OURS)
    assert (access.api, access.version) == ("ctp", "6.7.8")


def test_an_account_of_the_configuration_brings_everything(tmp_path: Path) -> None:
    access = read_access(
        invocation(tmp_path, MINE="word-word", CODE="code-code"), Given(account="mine")
    )
    assert (access.user, access.password, access.auth_code) == ("80001", "word-word", "code-code")
    assert (access.front, access.broker, access.library) == ("tcp://10.0.0.1:41205", "1010", "ctp")
    assert "word" not in repr(access)
    assert "code" not in repr(access)


def test_options_go_before_the_account_and_the_account_before_its_preset(tmp_path: Path) -> None:
    given = Given(account="trial", front="tcp://127.0.0.1:5", library="my.so")
    access = read_access(invocation(tmp_path, ANYVENUE_CTP_PASSWORD="from-here"), given)
    assert (access.front, access.library, access.md_library) == (
        "tcp://127.0.0.1:5",
        "my.so",
        "my.so",
    )
    assert (access.user, access.broker, access.app_id) == ("123456", "9999", "simnow_client_test")
    assert access.password == "from-here"
    assert access.fronts("md") == ["tcp://182.254.243.31:30011"]


def test_another_programs_app_id_does_not_come_with_the_presets_code(tmp_path: Path) -> None:
    access = read_access(invocation(tmp_path), Given(preset="simnow", user="1", app_id="mine"))
    assert (access.app_id, access.auth_code) == ("mine", "")


def test_somebody_must_log_in_where_a_login_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name the user with --user"):
        read_access(invocation(tmp_path), Given())
    assert read_access(invocation(tmp_path), Given(), login=False).user == ""
    with pytest.raises(AccountError):
        read_access(invocation(tmp_path), Given(account="nobody"))


def test_a_password_is_named_by_its_place_and_never_given(tmp_path: Path) -> None:
    given = Given(user="1", password="env:MINE", auth_code="env:CODE")
    access = read_access(invocation(tmp_path, MINE="word-word", CODE="code-code"), given)
    assert (access.password, access.auth_code) == ("word-word", "code-code")
    with pytest.raises(ConfigError, match="MINE is not set"):
        read_access(invocation(tmp_path), Given(user="1", password="env:MINE"))
    for wrong in ("hunter2", "env:", "keyring:nothing"):
        with pytest.raises(ConfigError) as refused:
            read_access(invocation(tmp_path), Given(user="1", password=wrong))
        assert "hunter2" not in str(refused.value)
