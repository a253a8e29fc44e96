"""The configuration: one file, one frozen tree. Every key has a default, so there need be no file.

[node]
lang = "zh"
[sim]
latency_ms = 5
cash = { CNY = 1_000_000, USD = 50_000 }
[risk]
max_order_quantity = 50
[accounts.alice]
venue = "paper"
account = "alice"
password = { env = "ALICE_PASSWORD" }

The tables `instruments`, `products`, `fees`, `margins`, `defaults` and `calendars` are those of
`anyvenue.reference.overrides`.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from anyvenue.app.accounts import AccountConfig
from anyvenue.oms.risk.limits import RiskLimits
from anyvenue.oms.settings import AccountSettings
from anyvenue.reference.overrides import CalendarTerms, Terms

__all__ = ["Config", "NodeConfig", "SimConfig"]

_Milliseconds = Annotated[float, msgspec.Meta(ge=0, description="milliseconds")]
_Rates = dict[str, dict[str, object]]


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the program speaks: `lang` absent means the system's; `log_level` is the least that is shown."""

    lang: Literal["en", "zh"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class SimConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The simulated venue, as `anyvenue.engine.venue.VenueOptions`; `cash` is an amount, or amounts by currency.

    Where they are absent, `hours` are real for recorded data and 24x7 for the synthetic market, and `latency_ms` is 0
    for recorded data and 1 for the synthetic market. `account` says how the account's books are kept.
    """

    latency_ms: _Milliseconds | None = None
    latency_jitter_ms: _Milliseconds = 0.0
    seed: int = 1
    hours: Literal["real", "always"] | None = None
    when_closed: Literal["queue", "reject"] = "queue"
    matching: Literal["touch", "queue", "maker", "book"] = "touch"
    queue_model: Literal["risk_averse", "power2", "log", "uniform"] = "power2"
    cash: Decimal | dict[str, Decimal] = Decimal(1_000_000)
    account: AccountSettings = AccountSettings()


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `fees`, `margins` and `defaults` are tables of rates by product, instrument, kind or exchange."""

    node: NodeConfig = NodeConfig()
    sim: SimConfig = SimConfig()
    risk: RiskLimits = RiskLimits()
    accounts: dict[str, AccountConfig] = {}
    instruments: dict[str, Terms] = {}
    products: dict[str, Terms] = {}
    fees: _Rates = {}
    margins: _Rates = {}
    defaults: dict[str, _Rates] = {}
    calendars: dict[str, CalendarTerms] = {}
