"""The simulated exchange without a way to it: what is asked has been done when a call returns."""

from collections.abc import Iterable

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest

__all__ = ["PromptBroker"]


class PromptBroker(SimBroker):
    """A `SimBroker` that answers before its calls return, as a counter needs it to tell what was refused."""

    def list_instruments(self, instruments: Iterable[Instrument], now: int) -> None:
        """List instruments before their first quote, at `now` (int ns UTC)."""
        self.now = now
        self._known.update({each.id: each for each in instruments})
        self.exchange.open_markets(list(self._known.values()), now)

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        """Take an order, and let it arrive; raise as `SimBroker.submit` does."""
        order_id = super().submit(account, request, client_ref, session)
        self.arrive()
        return order_id

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        """Take a cancel, and let it arrive; raise as `SimBroker.cancel` does."""
        super().cancel(account, order_id)
        self.arrive()

    def command(self, command: AccountCommand) -> None:
        """Take a command about an account, and let it arrive."""
        self.execute(command)
        self.arrive()

    def arrive(self) -> None:
        """Let everything arrive that is due by now."""
        self.pass_time(self.now)

    def pass_time(self, now: int) -> None:
        """Let time pass to `now` (int ns UTC), and everything happen that is due by then."""
        while self.due <= now:
            self.run_due()
        self.now = max(self.now, now)
