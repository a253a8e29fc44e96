"""One market put together: its boards, desk, streams and the accounts that both markets share."""

from collections.abc import Callable

from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.protocols import Broker
from anyvenue.venues.binance.server.algo import Algos
from anyvenue.venues.binance.server.asking import Asked
from anyvenue.venues.binance.server.board import Board
from anyvenue.venues.binance.server.desk import Desk
from anyvenue.venues.binance.server.holdings import Holdings
from anyvenue.venues.binance.server.limits import Limits
from anyvenue.venues.binance.server.listing import Listing
from anyvenue.venues.binance.server.member import Member
from anyvenue.venues.binance.server.numbers import ms_of
from anyvenue.venues.binance.server.streams import Streams
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.binance.server.users import ListenKeys, SpotUsers, UsdmUsers

__all__ = ["House", "Members", "Times"]

Execute = Callable[[AccountCommand], None]


class Times:
    """The clients' time: `wall` is theirs, `shown` turns the broker's into it."""

    def __init__(self, wall: Callable[[], int], shown: Callable[[int], int]) -> None:
        """Take both, int ns."""
        self.wall, self.shown = wall, shown

    def now_ms(self) -> int:
        """Return the time in ms."""
        return ms_of(self.wall())

    def now_s(self) -> float:
        """Return the time in seconds."""
        return self.wall() / 1e9


class Members:
    """The accounts that have come, by name."""

    def __init__(self, broker: Broker, times: Times, listings: dict[Market, Listing]) -> None:
        """Begin with none."""
        self._broker, self._times, self._listings = broker, times, listings
        self._members: dict[AccountId, Member] = {}

    def get(self, account: AccountId) -> Member:
        """Return an account; raise AccountError."""
        found = self._members.get(account)
        if found is None:
            found = Member(self._broker, account, self._symbol_of, self._times.shown)
            self._members[account] = found
        return found

    def _symbol_of(self, instrument: InstrumentId) -> tuple[Market, str] | None:
        for market, listing in self._listings.items():
            symbol = listing.symbols.get(instrument)
            if symbol is not None:
                return market, symbol
        return None


class House:
    """One market."""

    def __init__(
        self,
        listing: Listing,
        broker: Broker,
        members: Members,
        terms: BinanceTerms,
        times: Times,
        execute: Execute | None,
    ) -> None:
        """Follow what is listed, from now on."""
        self.market = listing.market
        self.listing, self.broker, self.members = listing, broker, members
        self.terms, self.times, self.execute = terms, times, execute
        self.boards = {
            symbol: Board(broker, instrument, symbol, times.shown)
            for symbol, instrument in listing.by_symbol.items()
        }
        self.holdings = Holdings(broker, self.boards)
        self.desk = Desk(self.market, broker, listing, self.boards, terms, times.now_ms)
        self.streams = Streams(self.market, self.boards, times.now_ms)
        self.limits = Limits(self.market, terms, times.now_s)
        self.listen_keys = ListenKeys(terms.key_life_s, times.now_s)
        self.spot_users = SpotUsers(self.holdings)
        self.usdm_users = UsdmUsers(self.holdings)
        self.algos = Algos(
            self.desk, self.holdings, self.boards, times.now_ms, self.usdm_users.algo_changed
        )

    @property
    def users(self) -> SpotUsers | UsdmUsers:
        """Those who hear the accounts of this market."""
        return self.spot_users if self.market is Market.SPOT else self.usdm_users

    def board(self, asked: Asked, name: str = "symbol") -> Board:
        """Return the board of the symbol that is asked for; raise Refused."""
        return self.boards[self.listing.symbols[self.listing.get(asked.text(name)).id]]

    def asked_boards(self, asked: Asked) -> list[Board]:
        """Return the boards of `symbol` or `symbols`, of all where neither is sent."""
        if asked.has("symbol"):
            return [self.board(asked)]
        names = asked.names("symbols") or list(self.boards)
        return [self.boards[self.listing.symbols[self.listing.get(each).id]] for each in names]

    def now_ms(self) -> int:
        """Return the clients' time in ms."""
        return self.times.now_ms()
