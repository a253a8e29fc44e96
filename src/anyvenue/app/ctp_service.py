"""A CTP counter over an exchange of one's own, and the pulse that both need."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import msgspec

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.errors import ConfigError
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile, profile_of

__all__ = ["CounterChoice", "counter_over", "run_exchange"]

_FOLDER = "ctp"
_PULSE_S = 0.01
_APIS = ("ctp", "opt")


class CounterChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say about a counter; `users` are NAME or NAME:PASSWORD, `deposits` their opening money.

    `api` says whose codes are told: ``ctp``, or ``opt`` for the ETF-option API. With `any_program` every AppID will
    do; `broker` is the BrokerID where it is not the profile's.
    """

    profile: str = "simnow"
    api: str = "ctp"
    users: Sequence[str] = ()
    deposits: Mapping[str, Decimal] | None = None
    queries_per_second: int | None = None
    folder: Path | None = None
    any_program: bool = False
    broker: str = ""


def counter_over(exchange: HostedExchange, choice: CounterChoice) -> Counter:
    """Return the counter, from where its folder left off; raise ConfigError or JournalError."""
    if choice.api not in _APIS:
        raise ConfigError(
            f"--api was {choice.api!r}; expected {' or '.join(_APIS)}", key="api", value=choice.api
        )
    profile = msgspec.structs.replace(profile_of(choice.profile), api=choice.api)
    if choice.queries_per_second is not None:
        profile = msgspec.structs.replace(profile, queries_per_second=choice.queries_per_second)
    if choice.any_program:
        profile = msgspec.structs.replace(profile, apps=())
    if choice.broker:
        profile = msgspec.structs.replace(profile, broker_id=choice.broker)
    if not profile.auto_accounts and not choice.users and not exchange.accounts():
        raise ConfigError(
            f"nobody could log in: with the profile {profile.name!r} name a user with --user NAME:PASSWORD",
            code="config.no_users",
        )
    counter = Counter(
        exchange,
        profile,
        now=lambda: _now(exchange),
        wall=LiveClock().now,
        files=_files(choice.folder),
        admin=exchange,
        execute=exchange.execute,
        sessions_of=exchange.hours,
    )
    for user in choice.users:
        name, _, password = user.partition(":")
        if counter.context.members.find(name) is None:
            counter.enrol(name, password, deposits=_opening(profile, choice))
    return counter


async def _pulse(counter: Counter, exchange: HostedExchange) -> None:
    """Let happen what is due at the counter, until cancelled."""
    while True:
        now = _now(exchange)
        if counter.due <= now:
            counter.run_due(now)
        await asyncio.sleep(_PULSE_S)


async def run_exchange(counter: Counter, exchange: HostedExchange) -> None:
    """Run both until the exchange is asked to stop; raise JournalError."""
    beating = asyncio.create_task(_pulse(counter, exchange))
    # What ends it before its time is a fault that whoever waits for the exchange must hear.
    beating.add_done_callback(lambda _ended: exchange.request_stop())
    try:
        await exchange.run()
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


def _now(exchange: HostedExchange) -> int:
    """Return the market's time: the exchange's own stands still between two inputs."""
    return exchange.market.now(exchange.now)


def _opening(profile: Profile, choice: CounterChoice) -> dict[str, Decimal]:
    if choice.deposits is not None:
        return dict(choice.deposits)
    return {profile.currency: profile.opening_deposit or Decimal(1_000_000)}


def _files(folder: Path | None) -> DiskFiles | None:
    if folder is None:
        return None
    return DiskFiles.locked(folder / _FOLDER, "ctp")
