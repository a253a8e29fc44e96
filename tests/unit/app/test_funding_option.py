"""What ``--funding`` says: one table for the one perpetual of a run, or a table by name."""

from pathlib import Path

import pytest

from anyvenue.app.rates import read_funding
from anyvenue.model.errors import ConfigError
from builders import rebar
from leveraged import inverse, linear


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Return the path of a table with one rate."""
    path = tmp_path / "funding.csv"
    path.write_text("time,rate\n2026-01-21 00:00,0.0001\n", encoding="utf-8")
    return str(path)


def test_a_file_is_that_of_the_only_perpetual(table: str) -> None:
    (rate,) = read_funding([table], [rebar(), linear()])
    assert rate.instrument == linear().id


def test_where_there_are_several_each_has_its_name(table: str) -> None:
    rates = read_funding(
        [f"{inverse().id}={table}", f"{linear().id}={table}"], [linear(), inverse()]
    )
    assert [each.instrument for each in rates] == [inverse().id, linear().id]


@pytest.mark.parametrize("spec", ["{}", "rb2605.SHFE={}"])
def test_a_file_that_may_be_anybodys_is_refused(table: str, spec: str) -> None:
    with pytest.raises(ConfigError, match="expected FILE for one perpetual") as refused:
        read_funding([spec.format(table)], [linear(), inverse(), rebar()])
    assert refused.value.code == "config.funding"
