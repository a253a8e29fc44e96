"""The part of a hosted exchange that is the same when it is played again: inputs in, events out."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from hashlib import blake2b

from anyvenue.engine.hosting.inputs import (
    AccountCreated,
    AccountReset,
    CancelAsked,
    ChangeAsked,
    CommandGiven,
    Input,
    MoneyMoved,
    OrderAsked,
    PositionModeSet,
    SecretSet,
    SettlementAsked,
    command_of,
    encode,
)
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import Lookup, SessionsOf, VenueOptions
from anyvenue.model.errors import AccountError
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent
from anyvenue.model.protocols import Cursor
from anyvenue.oms.position_mode import choose_hedged

__all__ = ["Machine"]

Heard = tuple[AccountId, Cursor, Event]


class Machine:
    """A broker, its accounts' secrets and epochs, and a running hash over every event it has told.

    Everything in it is a function of the calls, so two machines that were given the same are the same.
    """

    def __init__(
        self,
        lookup: Lookup,
        sessions_of: SessionsOf,
        options: VenueOptions,
        instruments: Sequence[Instrument],
        began: int,
    ) -> None:
        """Open the markets of `instruments` at `began` (int ns UTC)."""
        self.broker = SimBroker(lookup, sessions_of, options)
        self.broker.now = began
        self.passed = 0
        self.told = 0
        self.audit = b""
        self.secrets: dict[AccountId, str] = {}
        self.epochs: dict[AccountId, int] = {}
        self.heard: list[Heard] = []
        self.seen: list[MarketEvent] = []
        self._days = self.broker.exchange.open_markets(instruments, began)
        for instrument in instruments:
            self.broker.subscribe(instrument.id, self._saw)

    def bring(self, now: int) -> None:
        """Let time pass to `now`: do what is due by then, one thing at a time."""
        broker = self.broker
        while broker.due <= now:
            broker.run_due()
        broker.now = max(broker.now, now)

    def on_market(self, event: MarketEvent) -> None:
        """Let one market event happen, after everything that was due before it."""
        self.bring(event.ts_recv)
        self.broker.on_market(event)
        self.passed += 1
        self.bring(event.ts_recv)

    def act(self, what: Input, now: int) -> OrderId:
        """Do what was asked at `now`; return the id of the order it made, else 0; raise what the broker raises."""
        self.bring(now)
        try:
            return _ACTIONS[type(what)](self, what) or OrderId(0)
        finally:
            self.bring(now)

    def act_again(self, what: Input, now: int) -> None:
        """Do again what was asked once; what it raised then was told then."""
        with suppress(Exception):
            self.act(what, now)

    def take_heard(self) -> list[Heard]:
        """Return the accounts' events since the last call."""
        heard, self.heard = self.heard, []
        return heard

    def take_seen(self) -> list[MarketEvent]:
        """Return the market's events since the last call."""
        seen, self.seen = self.seen, []
        return seen

    # ---- what may be asked

    def _create(self, what: AccountCreated) -> None:
        self.broker.create_account(what.account, {})
        self._admit(what.account, what.deposits)
        self.secrets[what.account] = what.secret
        self.epochs[what.account] = 1

    def _admit(self, account: AccountId, deposits: dict[str, Decimal]) -> None:
        broker = self.broker
        state = broker.exchange.account(account)
        for currency in self._days:
            state.begin_day(currency, broker.exchange.days.trading_day(currency))
        if account not in self.epochs:
            broker.listen(account, partial(self._hear, account))
        for currency, amount in deposits.items():
            broker.deposit(account, currency, amount)

    def _set_secret(self, what: SecretSet) -> None:
        self.broker.exchange.account(what.account)
        self.secrets[what.account] = what.secret

    def _move(self, what: MoneyMoved) -> None:
        if what.amount > 0:
            self.broker.deposit(what.account, what.currency, what.amount)
        else:
            self.broker.withdraw(what.account, what.currency, -what.amount)

    def _reset(self, what: AccountReset) -> None:
        self.broker.reset_account(what.account, {})
        self.epochs[what.account] += 1
        self._admit(what.account, what.deposits)

    def _submit(self, what: OrderAsked) -> OrderId:
        return self.broker.submit(what.account, what.request, what.ref, what.session)

    def _cancel(self, what: CancelAsked) -> None:
        self.broker.cancel(what.account, what.order_id)

    def _change(self, what: ChangeAsked) -> None:
        self.broker.modify(what.account, what.order_id, what.quantity, what.price)

    def _command(self, what: CommandGiven) -> None:
        command = command_of(what)
        if command.account not in self.epochs:
            raise AccountError(f"there is no account {command.account!r}", account=command.account)
        self.broker.execute(command)

    def _set_mode(self, what: PositionModeSet) -> None:
        choose_hedged(self.broker.exchange.account(what.account), what.hedged)

    def _settle(self, what: SettlementAsked) -> None:
        self.broker.settle()

    # ---- what follows

    def _hear(self, account: AccountId, cursor: Cursor, event: Event) -> None:
        self.told += 1
        self.audit = blake2b(self.audit + encode(event), digest_size=8).digest()
        self.heard.append((account, cursor, event))

    def _saw(self, event: Event) -> None:
        self.seen.append(event)  # type: ignore[arg-type]


_ACTIONS: dict[type, Callable[..., OrderId | None]] = {
    AccountCreated: Machine._create,
    AccountReset: Machine._reset,
    CancelAsked: Machine._cancel,
    ChangeAsked: Machine._change,
    CommandGiven: Machine._command,
    MoneyMoved: Machine._move,
    OrderAsked: Machine._submit,
    PositionModeSet: Machine._set_mode,
    SecretSet: Machine._set_secret,
    SettlementAsked: Machine._settle,
}
