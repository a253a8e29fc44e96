import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.intervals import DAY_NS, SECOND_NS, interval_text, parse_interval
from anyvenue.model.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("1m", 60), ("5m", 300), ("1h", 3600), ("1d", 86_400)]
)
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds * SECOND_NS
    assert interval_text(seconds * SECOND_NS) == text


@pytest.mark.parametrize("text", ["", "m", "1", "0m", "1min", "-5m", "1.5h", "1M", " 1m"])
def test_another_text_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match="such as 10s, 1m, 5m, 1h or 1d"):
        parse_interval(text)


def test_a_bar_longer_than_a_trading_day_is_refused() -> None:
    with pytest.raises(ConfigError, match="the longest bar is 1d"):
        parse_interval("2d")


def test_an_interval_of_part_of_a_second_has_no_text() -> None:
    with pytest.raises(ConfigError, match="whole number of seconds"):
        interval_text(500_000_000)


@given(st.integers(1, DAY_NS // SECOND_NS))
def test_every_interval_survives_its_text(seconds: int) -> None:
    assert parse_interval(interval_text(seconds * SECOND_NS)) == seconds * SECOND_NS
