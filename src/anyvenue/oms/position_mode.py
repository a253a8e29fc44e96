"""One-way or hedge mode of an account: whether long and short lots of its leveraged contracts stand side by side.

Rule (Binance USD-M, OKX): the mode holds for the whole account and cannot be changed while a contract is held or
ordered.
"""

from msgspec.structs import replace

from anyvenue.model.errors import InvalidOrder
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.tiers import is_leveraged

__all__ = ["choose_hedged"]


def choose_hedged(state: AccountState, hedged: bool) -> None:
    """Keep lots side by side or netted from now on; raise InvalidOrder while a contract is held or ordered."""
    if state.settings.hedged is hedged:
        return
    what = _in_the_way(state)
    if what:
        raise InvalidOrder(
            f"hedged of account {state.account} was {hedged}; expected no change of it while {what}",
            field="hedged",
            value=str(hedged),
            expected="neither positions nor orders in contracts",
            account=state.account,
        )
    state.settings = replace(state.settings, hedged=hedged)
    state.read_instruments_anew()


def _in_the_way(state: AccountState) -> str:
    for order in state.orders.open_orders():
        if is_leveraged(state.instrument(order.instrument)):
            return f"order {order.order_id} for {order.instrument} works"
    for position in state.positions():
        if is_leveraged(state.instrument(position.instrument)):
            return f"{position.instrument} is held"
    return ""
