from collections.abc import Callable
from pathlib import Path

import pytest

from anyvenue.data.continuous import (
    CONTINUOUS_WARNING,
    Roll,
    contract_on,
    load_rolls,
    series_warnings,
)
from anyvenue.model.errors import DataError
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]


def test_only_a_continuous_series_warns_about_rolls(catalog: Catalog) -> None:
    assert series_warnings(catalog.get("rb.SHFE")) == (CONTINUOUS_WARNING,)
    assert series_warnings(catalog.get("rb2105.SHFE")) == ()


def test_a_roll_table_tells_the_contract_of_a_day(write_file: WriteFile) -> None:
    rolls = load_rolls(
        write_file("rolls.csv", "date,contract\n20201201,rb2101\n2021-01-05,rb2105\n\n")
    )
    assert rolls == (Roll(20201201, "rb2101"), Roll(20210105, "rb2105"))
    days = (20201130, 20201201, 20210104, 20210105)
    assert [contract_on(rolls, day) for day in days] == ["", "rb2101", "rb2101", "rb2105"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("day,contract\n", "lacks date"),
        ("date,contract\n20201301x,rb2101\n", "the date was '20201301x'"),
        ("date,contract\n20201201,\n", "the contract is empty"),
        ("date,contract\n20201201\n", "the row has 1 fields"),
        (
            "date,contract\n20201201,rb2101\n20201201,rb2105\n",
            "20201201 does not come after 20201201; expected rising dates",
        ),
    ],
)
def test_a_broken_roll_table_is_refused(write_file: WriteFile, text: str, what: str) -> None:
    with pytest.raises(DataError) as caught:
        load_rolls(write_file("rolls.csv", text))
    assert what in caught.value.text
