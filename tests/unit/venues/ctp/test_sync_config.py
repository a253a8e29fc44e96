"""The blocking API reads the configurations of openctp/webctp and homalos-webctp as they are."""

from pathlib import Path

import pytest

from anyvenue.ctp.sync_api import SyncStrategyApi
from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.sync.config import read_terms

HOMALOS = """
TdFrontAddress: tcp://127.0.0.1:1
MdFrontAddress: tcp://127.0.0.1:2
BrokerID: "9999"
AuthCode: "0000000000000000"
AppID: simnow_client_test
SyncApi:
  QuoteTimeout: 7
  MaxStrategies: 3
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_fronts_codes_and_timeouts_are_read(tmp_path: Path) -> None:
    terms = read_terms(written(tmp_path, HOMALOS), {})
    assert (terms.td_front, terms.md_front) == ("tcp://127.0.0.1:1", "tcp://127.0.0.1:2")
    assert (terms.broker_id, terms.app_id) == ("9999", "simnow_client_test")
    assert terms.auth_code == "0000000000000000"
    assert (terms.quote_timeout, terms.max_strategies, terms.order_timeout) == (7.0, 3, 10.0)


def test_the_environment_is_above_the_file(tmp_path: Path) -> None:
    environ = {"WEBCTP_SYNC_API_QUOTE_TIMEOUT": "1.5", "WEBCTP_TD_ADDRESS": "tcp://127.0.0.1:3"}
    terms = read_terms(written(tmp_path, HOMALOS), environ)
    assert (terms.quote_timeout, terms.td_front) == (1.5, "tcp://127.0.0.1:3")


def test_the_documented_section_in_small_letters_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, "sync_api:\n  order_timeout: 3.0\n")
    terms = read_terms(path, {})
    assert terms.order_timeout == 3.0
    assert terms.td_front == "sim://"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert "0000000000000000" not in repr(read_terms(written(tmp_path, HOMALOS), {}))


def test_a_timeout_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="quote_timeout"):
        read_terms(written(tmp_path, "SyncApi:\n  QuoteTimeout: soon\n"), {})


def test_a_front_whose_library_is_missing_names_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, HOMALOS + "Library: nothing-like-it\n")
    with pytest.raises(RuntimeError, match="'nothing-like-it' is no counter"):
        SyncStrategyApi("alice", "secret", config_path=str(path))


def test_a_configuration_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the configuration cannot be used: cannot read"):
        SyncStrategyApi("alice", "secret", config_path=str(tmp_path / "none.yaml"))
