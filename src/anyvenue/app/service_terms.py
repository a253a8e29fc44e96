"""What the commands that trade in accounts have in common: no trading without a journal, and money for dry runs."""

from decimal import Decimal

from anyvenue.app.settings import Settings
from anyvenue.app.simulation import parse_cash
from anyvenue.model.errors import ConfigError

__all__ = ["dry_cash", "no_journal"]


def no_journal() -> ConfigError:
    """Return the error of a node that would trade without remembering."""
    return ConfigError(
        'a node that trades needs a journal: give --journal DIR, or journal = "DIR" in [node]',
        code="config.no_journal",
    )


def dry_cash(settings: Settings, cash: str | None) -> dict[str, Decimal] | None:
    """Return the money of a dry run by currency, None for what the account has at the venue."""
    if not cash:
        return None
    found = parse_cash(cash, settings)
    if isinstance(found, dict):
        return dict(found)
    raise ConfigError(
        f"--cash was {cash!r}; here name the currency, such as CNY={cash}",
        code="config.cash_currency",
        value=cash,
    )
