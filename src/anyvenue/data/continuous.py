"""Continuous series: what to know about them, and tables of their rolls."""

from pathlib import Path

import msgspec

from anyvenue.data.clock import day_number
from anyvenue.data.table import open_table
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument
from anyvenue.reference.days import number_of

__all__ = ["CONTINUOUS_WARNING", "Roll", "contract_on", "load_rolls", "series_warnings"]

CONTINUOUS_WARNING = (
    "continuous series: no contract of this name can be traded, and its price jumps at rolls. The jump counts as "
    "nobody's profit: with a roll table the one of each roll day is left out, without one every change between two "
    "trading days, so that results held over night mean little"
)


class Roll(msgspec.Struct, frozen=True):
    """From trading day `day` (yyyymmdd) on, the series follows `contract`."""

    day: int
    contract: str


def series_warnings(instrument: Instrument) -> tuple[str, ...]:
    """Return what a user of this instrument's series should know: the roll warning for a continuous one."""
    return (CONTINUOUS_WARNING,) if instrument.kind is InstrumentKind.CONTINUOUS else ()


def load_rolls(path: str | Path) -> tuple[Roll, ...]:
    """Read a roll table: CSV with the columns date (the first trading day) and contract; raise DataError.

    The days must rise. `rolls[i]` holds until the day of `rolls[i + 1]`.
    """
    rolls: list[Roll] = []
    with open_table(Path(path)) as table, table.guard():
        day_at, contract_at = table.positions(("date", "contract"))
        for row in table.rows:
            if not row:
                continue
            if len(row) != table.width:
                raise table.wrong_width(row)
            try:
                roll = Roll(day_number(row[day_at]), row[contract_at].strip())
                number_of(roll.day)  # a day that exists
            except ValueError:
                raise table.error(
                    f"the date was {row[day_at]!r}",
                    expected="yyyymmdd or yyyy-mm-dd",
                    column="date",
                ) from None
            if not roll.contract:
                raise table.error(
                    "the contract is empty", expected="such as rb2601", column="contract"
                )
            if rolls and roll.day <= rolls[-1].day:
                raise table.error(
                    f"{roll.day} does not come after {rolls[-1].day}",
                    expected="rising dates: sort the table",
                    column="date",
                )
            rolls.append(roll)
    return tuple(rolls)


def contract_on(rolls: tuple[Roll, ...], day: int) -> str:
    """Return the contract the series follows on trading day `day`, empty before the first roll."""
    current = ""
    for roll in rolls:
        if roll.day > day:
            break
        current = roll.contract
    return current
