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
from anyvenue.app.faces.config import FacesConfig
from anyvenue.app.secrets import Secret
from anyvenue.oms.risk.limits import RiskLimits
from anyvenue.oms.settings import AccountSettings
from anyvenue.reference.cron import CronHours
from anyvenue.reference.overrides import CalendarTerms, Terms

__all__ = [
    "Config",
    "LogConfig",
    "NodeConfig",
    "RequestTerms",
    "SimConfig",
    "StrategyConfig",
    "VenueTerms",
]

_Milliseconds = Annotated[float, msgspec.Meta(ge=0, description="milliseconds")]
_NotBelowZero = Annotated[float, msgspec.Meta(ge=0)]
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


class RequestTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A venue takes requests worth `count` in any `seconds` of an account, of which `reserve` is for cancels alone.

    An order, a cancel and a modification are worth so much each; 0 is not limited.
    """

    count: _Positive
    seconds: _Positive = 1.0
    order: _NotBelowZero = 1.0
    cancel: _NotBelowZero = 1.0
    modify: _NotBelowZero = 1.0
    reserve: _NotBelowZero = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError, beginning with the key, for a limit under which something could never be sent."""
        if max(self.order, self.modify) > self.count - self.reserve or self.cancel > self.count:
            raise ValueError(
                f"count was {self.count:g}, of which {self.reserve:g} is reserved for cancels: some request could "
                "never be sent"
            )


class VenueTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a venue's drivers are run: in the node, or each in a process of its own, whose end the node survives.

    Without a `host` it is the venue's own choice (`Venue.host`). `requests` are its limits by name, besides those its
    driver tells. So many requests of a strategy wait for them (`queue`), none longer than `longest_wait_s`, but for
    cancels.
    """

    host: Literal["node", "process"] | None = None
    requests: dict[str, RequestTerms] = {}
    queue: Annotated[int, msgspec.Meta(ge=0)] = 100
    longest_wait_s: _Positive = 5.0


class StrategyConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy of a live node: what it is, in which account and on what it trades.

    With the schedule ``session`` it runs while its first instrument is traded, with cron expressions from `start` to
    `stop` in the time of `zone`. Orders that provably were not sent are tried again for `retry_unsent_s`. What it
    raises faults it, or is only counted (`on_error`); after a fault it is started again up to `restarts` times. With
    the host ``process`` it lives in a process of its own, which is killed when a callback takes longer than
    `patience_s`.
    """

    strategy: str
    account: str
    instruments: list[str]
    parameters: dict[str, object] = {}
    schedule: Literal["always", "session"] | CronHours = "always"
    retry_unsent_s: _NotBelowZero = 0.0
    on_error: Literal["fault", "continue"] = "fault"
    restarts: Annotated[int, msgspec.Meta(ge=0)] = 0
    host: Literal["node", "process"] = "node"
    patience_s: _Positive = 10.0


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
    faces: FacesConfig = FacesConfig()
    instruments: dict[str, Terms] = {}
    products: dict[str, Terms] = {}
    fees: _Rates = {}
    margins: _Rates = {}
    defaults: dict[str, _Rates] = {}
    calendars: dict[str, CalendarTerms] = {}
