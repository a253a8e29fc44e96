"""One market put together: its boards, desk, streams and the accounts that both markets share."""

from collections.abc import Callable

from anyvenue.model.commands import AccountCommand
from anyvenue.model.protocols import Broker
from anyvenue.venues.binance.server.algo import Algos
from anyvenue.venues.binance.server.asking import Asked
from anyvenue.venues.binance.server.desk import Desk
from anyvenue.venues.binance.server.holdings import Holdings
from anyvenue.venues.binance.server.limits import Limits
from anyvenue.venues.binance.server.listing import Listing
from anyvenue.venues.binance.server.streams import make_streams
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.binance.server.users import ListenKeys, SpotUsers, UsdmUsers
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.members import Members, Times

__all__ = ["House"]

Execute = Callable[[AccountCommand], None]


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
        self.modes = members.modes
        self.holdings = Holdings(broker, self.boards, self.modes)
        self.desk = Desk(self.market, broker, listing, self.boards, terms, times.now_ms, self.modes)
        self.streams = make_streams(self.market, self.boards, times.now_ms)
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
