"""How a strategy's process is made and watched."""

from collections.abc import Callable, Mapping

import msgspec

from anyvenue.engine.strategy_process.feed import StrategyLink
from anyvenue.engine.strategy_process.messages import (
    Begin,
    Failed,
    FromStrategy,
    Made,
    Refused,
    decode_from_strategy,
    error_from,
)
from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.runtime.processes.spawning import ChildKind, ChildLink, HostOptions

__all__ = ["ENDED", "PATIENT", "ProcessTerms", "StrategyCode", "plain_parameters"]

ENDED = "strategy.process_ended"
"""The code of the error that faults a strategy whose process has ended by itself."""

PATIENT = HostOptions(unread_limit=64 << 20)
"""How a strategy's process is watched; one that leaves 64 MB of reports unread is ended."""


class StrategyCode(msgspec.Struct, frozen=True):
    """Where a child finds the class: "module:callable", called with `arguments` unless it is the class itself."""

    factory: str
    arguments: tuple[str, ...] = ()


class ProcessTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is made of and how patient the node is with it; what it prints goes to `on_output`, or the log."""

    code: StrategyCode
    options: HostOptions = PATIENT
    on_output: Callable[[str], None] | None = None

    def link(
        self,
        strategy: StrategyId,
        account: AccountId,
        instruments: tuple[Instrument, ...],
        parameters: dict[str, object],
        policy: str,
    ) -> StrategyLink:
        """Return a child that will make the strategy; nothing is started yet."""
        options, code = self.options, self.code
        begin = Begin(
            code.factory,
            code.arguments,
            parameters,
            strategy,
            account,
            instruments,
            policy == "continue",
            options.heartbeat_s,
            2 * options.heartbeat_s * options.silent_beats,
        )
        return ChildLink(_STRATEGIES, begin, code.factory, options)


def plain_parameters(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters as another process can be given them; raise ConfigError for those that cannot."""
    try:
        plain = msgspec.to_builtins(dict(parameters), builtin_types=(bytes,))
    except TypeError as error:
        raise ConfigError(
            f"a parameter cannot be given to another process ({error}); texts, numbers, lists and tables can",
            code="config.parameter_plain",
        ) from None
    found: dict[str, object] = plain
    return found


def _greeted(first: FromStrategy) -> Made:
    if isinstance(first, Failed):
        raise error_from(Refused(0, 0, first.error, first.text, first.code, {}))
    if not isinstance(first, Made):
        raise ConnectivityError("the strategy's process began with something else than a greeting")
    return first


_STRATEGIES = ChildKind(
    "anyvenue.engine.strategy_process.child", "strategy", decode_from_strategy, _greeted, ENDED
)
