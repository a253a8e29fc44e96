"""A node whose terms are not the venue's: other units of money stop it, other steps are said."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from anyvenue.engine.live.listing import check_listing
from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.model.ids import InstrumentId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.steps import FixedStep
from anyvenue.reference.catalog import Catalog

VENUE = VenueId("okx")
PERP = InstrumentId("BTC-USDT-PERP.OKX")
OURS = Catalog().get(PERP)


class Lists:
    """A driver that lists."""

    def __init__(self, *listed: Instrument, error: Exception | None = None) -> None:
        self._listed, self._error = list(listed), error

    async def instruments(self) -> list[Instrument]:
        if self._error is not None:
            raise self._error
        return self._listed


def warnings(driver: Lists, *ours: Instrument) -> list[str]:
    found: list[str] = []
    asyncio.run(check_listing(VENUE, driver, ours or (OURS,), found.append))  # type: ignore[arg-type]
    return found


def test_the_same_terms_say_nothing() -> None:
    assert warnings(Lists(OURS)) == []


def test_what_the_venue_does_not_list_is_for_the_subscription_to_refuse() -> None:
    assert warnings(Lists()) == []


@pytest.mark.parametrize(
    "changes",
    [{"multiplier": Decimal(10)}, {"currency": "USDC"}, {"inverse": True}],
    ids=lambda each: next(iter(each)),
)
def test_other_units_of_money_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        warnings(Lists(replace(OURS, **changes)))
    assert caught.value.code == "config.other_terms"
    assert PERP in caught.value.text
    assert f'[instruments."{PERP}"]' in caught.value.text


def test_other_steps_are_said() -> None:
    (said,) = warnings(Lists(replace(OURS, price_step=FixedStep(Decimal("0.5")))))
    assert PERP in said
    assert "price step 0.5" in said


def test_a_venue_that_cannot_be_asked_does_not_stop_the_node() -> None:
    (said,) = warnings(Lists(OURS, error=ConnectivityError("no answer")))
    assert "no answer" in said
