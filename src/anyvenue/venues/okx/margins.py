"""How orders are backed: the venue is told with each of them, so it is remembered here."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import MarginMode
from anyvenue.model.events import Event, MarginTermsChanged
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.requests import Terms
from anyvenue.venues.okx.wire_account import AccountConfig

__all__ = ["LEVERAGED", "Margins"]

LEVERAGED = ("MARGIN", "SWAP", "FUTURES")
_OTHERS = {MarginMode.CROSS: MarginMode.ISOLATED, MarginMode.ISOLATED: MarginMode.CROSS}


class Margins:
    """Modes and leverage of instruments, and how the account is set.

    `in_play` are the leveraged instruments that are traded or looked at: the leverage of others is not asked for.
    """

    def __init__(
        self,
        account: AccountId,
        config: OkxConfig,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
    ) -> None:
        """Begin as the configuration says; changes are posted for `account`."""
        self._account, self._config, self._listing = account, config, listing
        self._post, self._now = post, now
        self._default = MarginMode(config.margin_mode)
        self._modes: dict[InstrumentId, MarginMode] = {}
        self._leverage: dict[tuple[InstrumentId, MarginMode], Decimal] = {}
        self.in_play: dict[InstrumentId, None] = {}
        self.hedged = False
        self.spot_mode = "cash"

    def learn(self, config: AccountConfig) -> None:
        """Take how the account is set."""
        self.hedged = config.pos_mode == "long_short_mode"
        self.spot_mode = "cross" if config.acct_lv in ("3", "4") else "cash"

    def mode_of(self, instrument: Instrument) -> MarginMode:
        """Return the margin mode of an instrument's orders."""
        chosen = self._modes.get(instrument.id)
        if chosen is not None:
            return chosen
        other = instrument.venue_symbol in self._config.other_modes
        return _OTHERS[self._default] if other else self._default

    def choose(self, name: InstrumentId, mode: MarginMode) -> None:
        """Back an instrument's orders in this mode from now on."""
        self._modes[name] = mode

    def play(self, instrument: Instrument) -> None:
        """Take an instrument for one that is traded or looked at."""
        if self._listing.type_of(instrument.id) in LEVERAGED:
            self.in_play[instrument.id] = None

    def terms_for(self, instrument: Instrument, *, by_number: bool) -> Terms:
        """Return what an order needs besides its request; raise UnknownInstrument."""
        return Terms(
            self._listing.type_of(instrument.id),
            self._listing.code(instrument.id) if by_number else None,
            self.mode_of(instrument),
            self.hedged,
            self._config.margin_currency,
            self.spot_mode,
        )

    def told(self, instrument: Instrument, mode: MarginMode, leverage: str) -> None:
        """Take an instrument's leverage, and tell of it once where it is of the mode that its orders have."""
        key, value = (instrument.id, mode), Decimal(leverage)
        if self._leverage.get(key) == value:
            return
        self._leverage[key] = value
        if mode is self.mode_of(instrument):
            now = self._now()
            self._post(MarginTermsChanged(self._account, instrument.id, now, now, value))

    def known(self, instrument: Instrument) -> Decimal | None:
        """Return the leverage of an instrument's orders, None where it was not told."""
        return self._leverage.get((instrument.id, self.mode_of(instrument)))
