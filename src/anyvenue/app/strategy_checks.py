"""Whether the strategies of a configuration can be started: code, parameters, account and instruments."""

from anyvenue.app.settings import Settings
from anyvenue.app.strategies import load_strategy
from anyvenue.strategy.parameters import coerce, require_all

__all__ = ["check_strategies"]


def check_strategies(settings: Settings) -> list[str]:
    """Return the names of the strategies; raise what starting the first wrong one would raise."""
    catalog = settings.catalog()
    for strategy in settings.config.strategies.values():
        settings.account(strategy.account)
        found = load_strategy(strategy.strategy)
        require_all(found, coerce(found, strategy.parameters))
        for text in strategy.instruments:
            catalog.resolve(text)
    return list(settings.config.strategies)
