"""What a live node knows of its accounts, as a broker tells it."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.trails import Entry
from anyvenue.model.accounts import Account
from anyvenue.model.errors import AccountError
from anyvenue.model.events import Event, OrderFilled, OrderSubmitted
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Cursor
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.days.diary import Diary

__all__ = ["NodeReads"]


class NodeReads:
    """The synchronous reads of some accounts of a node; all calls on the loop thread."""

    def __init__(self, node: LiveNode, owner: str, accounts: Sequence[AccountId] | None) -> None:
        """Read these accounts, by default all, for who orders as `owner`; raise AccountError or JournalError."""
        self._node = node
        self._owner = owner
        self._desk = node.node.desk
        self._accounts = sorted(self._desk.accounts if accounts is None else accounts)
        for each in self._accounts:
            self._desk.account(each)
        self._diaries: dict[AccountId, tuple[list[Entry], Diary]] = {}
        journal = node.chronicle.journal
        node.trails.keep(journal.reader() if journal is not None else None)

    @property
    def now(self) -> int:
        """The node's time, int ns UTC."""
        return self._node.now()

    def events(self, account: AccountId, after: Cursor = (0, 0)) -> Iterator[tuple[Cursor, Event]]:
        """Yield the account's events of the open trading day after a cursor, in order."""
        self._account(account)
        entries = list(self._node.trails.of(account).entries)
        return (self._shown(each) for each in entries if each[0] > after)

    def _shown(self, entry: Entry) -> Entry:
        """Return an entry without another owner's reference, which means nothing here and may look like one's own."""
        cursor, event = entry
        if type(event) is OrderSubmitted and event.client_ref and not self._is_own(event.request):
            return cursor, replace(event, client_ref="")
        return entry

    def _is_own(self, request: OrderRequest) -> bool:
        strategy, owner = request.strategy, self._owner
        return strategy == owner or strategy.startswith(f"{owner}:")

    def accounts(self) -> list[AccountId]:
        """Return the accounts of this face, sorted."""
        return list(self._accounts)

    def account(self, account: AccountId) -> list[Account]:
        """Return the figures per currency as the node has them; raise AccountError."""
        state = self._account(account)
        return [state.figures(currency, self.now) for currency in state.currencies()]

    def orders(self, account: AccountId) -> list[Order]:
        """Return the orders that work or are of the open trading day, oldest first."""
        state = self._account(account)
        return [
            each
            if self._is_own(each.request) or not each.client_ref
            else replace(each, client_ref="")
            for each in state.orders
            if not (each.done and self._is_old(state, each))
        ]

    def _is_old(self, state: AccountState, order: Order) -> bool:
        currency = state.instrument(order.instrument).currency
        return 0 < order.trading_day < state.trading_day.get(currency, 0)

    def fills(self, account: AccountId) -> list[Fill]:
        """Return the fills of the trading day, oldest first."""
        return [event.fill for _, event in self.events(account) if type(event) is OrderFilled]

    def positions(self, account: AccountId) -> list[Position]:
        """Return positions that are not flat, by instrument."""
        return self._account(account).positions()

    def funds(self, account: AccountId) -> list[Funds]:
        """Return the figures per currency with what else the books tell of the money."""
        return self._diary(account).funds(self.now)

    def legs(self, account: AccountId) -> list[LegDetail]:
        """Return the legs that are held, moved today as far as the node was told, or are claimed by orders."""
        return self._diary(account).legs(self.now)

    def lots(self, account: AccountId) -> list[LotDetail]:
        """Return the lots that are held, or were closed today as far as the node was told."""
        return self._diary(account).lots(self.now)

    def rates(self, account: AccountId, instrument: InstrumentId) -> Rates:
        """Return the fees and margin rates that the node reckons with; raise UnknownInstrument."""
        return self._diary(account).rates(instrument, self.now)

    def statements(self, account: AccountId, day: int = 0) -> list[Statement]:
        """Return an empty list: statements are the venue's."""
        self._account(account)
        return []

    def terms(self, account: AccountId) -> list[PositionTerms]:
        """Return the terms of what is held on any, by instrument."""
        return self._account(account).terms()

    def _diary(self, account: AccountId) -> Diary:
        state, trail = self._account(account), self._node.trails.of(account)
        known = self._diaries.get(account)
        if known is None or known[0] is not trail.entries:
            made = trail.openings.diary(state, trail.entries)
            known = self._diaries[account] = (trail.entries, made)
        return known[1]

    def _account(self, account: AccountId) -> AccountState:
        if account not in self._accounts:
            raise AccountError(
                f"there is no account {account!r} here; accounts: {', '.join(self._accounts) or 'none'}",
                account=account,
            )
        return self._desk.account(account)
