"""Plugins of the blocking API: they see quotes and trading messages first, and may change or drop them."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from anyvenue.venues.ctp.sync.records import Quote

if TYPE_CHECKING:
    from anyvenue.venues.ctp.sync.api import SyncStrategyApi

__all__ = ["PluginChain", "StrategyPlugin", "TradeData"]

TradeData = dict[str, object]
"""A message as the JSON service sends it: ``MsgType``, ``RspInfo`` and the field, such as ``Trade``."""

_log = logging.getLogger("anyvenue.ctp.sync")
_T = TypeVar("_T")


class StrategyPlugin(ABC):
    """A plugin; its hooks run on one thread, one at a time, in the order of registration."""

    @abstractmethod
    def on_init(self, api: "SyncStrategyApi") -> None:
        """Begin; called when the plugin is registered."""

    def on_quote(self, quote: Quote) -> Quote | None:
        """Return the quote, or another one; None keeps it from later plugins and from the cache."""
        return quote

    def on_trade(self, trade_data: TradeData) -> TradeData | None:
        """Return the message, or another one; None keeps it from later plugins, not from what waits for an order."""
        return trade_data

    def on_stop(self) -> None:  # noqa: B027 - a plugin may have nothing to end
        """End; called when the plugin is unregistered or the API stops."""


class PluginChain:
    """The registered plugins. One that raises is logged and passed over."""

    def __init__(self) -> None:
        """Begin with none."""
        self._plugins: tuple[StrategyPlugin, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._plugins)

    def add(self, plugin: StrategyPlugin, api: "SyncStrategyApi") -> None:
        """Begin and add a plugin; what its `on_init` raises is raised."""
        plugin.on_init(api)
        self._plugins = (*self._plugins, plugin)

    def remove(self, plugin: StrategyPlugin) -> None:
        """End and remove a plugin; raise ValueError for one that is not registered."""
        if plugin not in self._plugins:
            raise ValueError(f"{plugin!r} is not registered")
        self._plugins = tuple(each for each in self._plugins if each is not plugin)
        _guarded(plugin.on_stop)

    def quote(self, quote: Quote) -> Quote | None:
        """Pass a quote through all of them."""
        return _through([each.on_quote for each in self._plugins], quote)

    def trade(self, data: TradeData) -> TradeData | None:
        """Pass a trading message through all of them."""
        return _through([each.on_trade for each in self._plugins], data)

    def stop(self) -> None:
        """End them, the latest first."""
        for plugin in reversed(self._plugins):
            _guarded(plugin.on_stop)
        self._plugins = ()


def _through(hooks: Sequence[Callable[[_T], _T | None]], value: _T) -> _T | None:
    for hook in hooks:
        try:
            passed = hook(value)
        except Exception:
            _log.exception("a plugin has failed; what it was given goes on unchanged")
            continue
        if passed is None:
            return None
        value = passed
    return value


def _guarded(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        _log.exception("a plugin has failed while it was stopped")
