"""Strategies of a live node that live in processes of their own."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.engine.strategy_process.terms import ProcessTerms
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode

__all__ = ["add_process_strategy"]


def add_process_strategy(
    node: "LiveNode",
    terms: ProcessTerms,
    account: AccountId,
    instruments: Sequence[Instrument],
    parameters: Mapping[str, object] | None = None,
    *,
    name: str,
) -> ProcessHost:
    """Host a strategy in a process of its own; its child starts when `LiveNode.add_strategy` would start it.

    Raise ConfigError for a name that is taken and for parameters that cannot be given to another process.
    """
    session = node._where[account]
    for instrument in instruments:
        node.sources.add(instrument, session)
    host = ProcessHost(
        node.node,
        terms,
        parameters or {},
        StrategyId(name),
        account,
        instruments,
        node.now,
        node.poke,
    )
    node.node.add_host(host)
    return host
