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
[strategies.cross]
strategy = "ema_cross"
account = "alice"
instruments = ["rb2701"]

The tables `instruments`, `products`, `fees`, `margins`, `defaults` and `calendars` are those of
`anyvenue.reference.overrides`.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.secrets import Secret
from anyvenue.oms.risk.limits import RiskLimits
from anyvenue.oms.settings import AccountSettings
from anyvenue.reference.overrides import CalendarTerms, Terms

__all__ = ["Config", "LogConfig", "NodeConfig", "SimConfig", "StrategyConfig", "VenueTerms"]

_Milliseconds = Annotated[float, msgspec.Meta(ge=0, description="milliseconds")]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Rates = dict[str, dict[str, object]]


class LogConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The log of a live node besides standard error: a file that is changed at `max_mb`, of which `keep` are kept."""

    file: str | None = None
    json: bool = False
    max_mb: _Positive = 20.0
    keep: Annotated[int, msgspec.Meta(ge=0)] = 5


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the program speaks, and how a live node works.

    `lang` absent means the system's; `log_level` is the least that is shown. `journal` is the folder of a live node,
    `sync` when its disk is waited for, `name` tells nodes apart; `record` keeps the market data it consumed beside the
    journal. `metrics_port` serves /metrics and /health on loopback, 0 on a free port. `webhook` gets alerts. A stop
    waits for cancels up to `stop_timeout_s`.
    """

    lang: Literal["en", "zh"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    name: str = "node"
    journal: str | None = None
    sync: Literal["group", "order"] = "group"
    record: bool = False
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    webhook: Secret | None = None
    stop_timeout_s: _Positive = 10.0
    log: LogConfig = LogConfig()


class VenueTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a venue's drivers are run: in the node, or each in a process of its own, whose end the node survives."""

    host: Literal["node", "process"] = "node"


class StrategyConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy of a live node: what it is, in which account and on what it trades.

    With the schedule ``session`` it runs while its first instrument is traded. What it raises faults it, or is only
    counted (`on_error`); after a fault it is started again up to `restarts` times.
    """

    strategy: str
    account: str
    instruments: list[str]
    parameters: dict[str, object] = {}
    schedule: Literal["always", "session"] = "always"
    on_error: Literal["fault", "continue"] = "fault"
    restarts: Annotated[int, msgspec.Meta(ge=0)] = 0


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
    strategies: dict[str, StrategyConfig] = {}
    venues: dict[str, VenueTerms] = {}
    instruments: dict[str, Terms] = {}
    products: dict[str, Terms] = {}
    fees: _Rates = {}
    margins: _Rates = {}
    defaults: dict[str, _Rates] = {}
    calendars: dict[str, CalendarTerms] = {}
