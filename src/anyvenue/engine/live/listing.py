"""What a venue lists against what the node's books go by."""

from collections.abc import Callable, Iterable

from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.model.ids import VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.protocols import Driver
from anyvenue.model.steps import FixedStep

__all__ = ["check_listing"]


async def check_listing(
    venue: VenueId,
    driver: Driver,
    instruments: Iterable[Instrument],
    warn: Callable[[str], None],
) -> None:
    """Raise ConfigError where the venue lists an instrument in other units of money; `warn` of other steps.

    Books of another multiplier or currency would be wrong in every fill. A step that changed costs refusals only.
    """
    known = list(instruments)
    if not known:
        return
    try:
        listed = {each.id: each for each in await driver.instruments()}
    except AnyvenueError as error:
        warn(f"{venue} does not say what it lists, so nothing was compared: {error.text}")
        return
    for ours in known:
        theirs = listed.get(ours.id)
        if theirs is not None:
            _check_money(venue, ours, theirs)
            _check_steps(venue, ours, theirs, warn)


def _check_money(venue: VenueId, ours: Instrument, theirs: Instrument) -> None:
    # A venue that tells no currency tells nothing against ours.
    currency = theirs.currency or ours.currency
    if (ours.multiplier, ours.currency, ours.inverse) != (
        theirs.multiplier,
        currency,
        theirs.inverse,
    ):
        raise ConfigError(
            f"{venue} lists {ours.id} {_units(theirs)}, and this node would keep its books {_units(ours)}: put the "
            f'venue\'s terms under [instruments."{ours.id}"] in the configuration',
            code="config.other_terms",
            venue=venue,
            instrument=ours.id,
            theirs=_units(theirs),
            ours=_units(ours),
        )


def _units(each: Instrument) -> str:
    inverse = ", inverse" if each.inverse else ""
    return f"(multiplier {plain(each.multiplier)}, {each.currency}{inverse})"


def _check_steps(
    venue: VenueId, ours: Instrument, theirs: Instrument, warn: Callable[[str], None]
) -> None:
    mine = (ours.price_step, ours.lot.step, ours.lot.minimum)
    if mine != (theirs.price_step, theirs.lot.step, theirs.lot.minimum):
        warn(
            f"{venue} lists {ours.id} with price step {_step(theirs)}, lots of {plain(theirs.lot.step)} and at "
            f"least {plain(theirs.lot.minimum)}; orders are checked here by {_step(ours)}, "
            f'{plain(ours.lot.step)} and {plain(ours.lot.minimum)}: mend [instruments."{ours.id}"]'
        )


def _step(each: Instrument) -> str:
    step = each.price_step
    return plain(step.step) if isinstance(step, FixedStep) else str(step)
