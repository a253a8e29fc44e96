"""A CTP counter over the accounts of a live node: what stands behind every face that speaks CTP."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from anyvenue.engine.live.broker import NodeBroker
from anyvenue.engine.live.node import LiveNode
from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile, profile_of
from anyvenue.venues.ctp.counter.secrets_kept import keep, matches

__all__ = ["CounterTerms", "NodeCounter"]

_PULSE_S = 0.01
_LONGEST_NAME = 12  # characters of an InvestorID


class CounterTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Who may log in, with which password, on which profile's terms."""

    accounts: Sequence[str]
    password: str
    profile: str = "anyvenue"
    currency: str | None = None
    queries_per_second: int | None = None


class NodeCounter:
    """Made before its node starts, opened once it has started, closed before it stops."""

    def __init__(self, node: LiveNode, face: str, terms: CounterTerms, folder: Path | None) -> None:
        """Serve accounts of `node` as `face`, keeping what was told in a folder of its name; raise ConfigError.

        Raise AccountError for an account that the node has not.
        """
        for each in terms.accounts:
            _check_name(each)
        profile_of(terms.profile)
        self._node = node
        self._face = face
        self._terms = terms
        self._folder = folder
        self._broker = NodeBroker(node, face, [AccountId(each) for each in terms.accounts])
        self._counter: Counter | None = None
        self._beating: asyncio.Task[None] | None = None

    async def open(self) -> Counter:
        """Return the counter, from where its folder left off; raise JournalError."""
        await self._broker.open()
        self._counter = self._make()
        self._beating = asyncio.create_task(self._pulse(self._counter))
        return self._counter

    async def close(self) -> None:
        """Drop the programs and let go of the files; orders stay as they are."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        if self._counter is not None:
            self._counter.close()
        self._broker.close()

    def _make(self) -> Counter:
        node, folder = self._node, self._folder
        files = None if folder is None else DiskFiles.locked(folder / self._face, self._face)
        try:
            counter = Counter(
                self._broker,
                self._profile(),
                now=node.now,
                wall=LiveClock().now,
                files=files,
                execute=self._broker.execute,
                sessions_of=node.node.sessions_of,
            )
            for each in self._terms.accounts:
                self._admit(counter, each)
        except BaseException:
            if files is not None:
                files.close()
            raise
        return counter

    def _profile(self) -> Profile:
        """Return the counter's terms: no account is made here, and money is where the accounts have it."""
        terms, found = self._terms, profile_of(self._terms.profile)
        currencies = [
            figures.currency
            for account in self._broker.accounts()
            for figures in self._broker.account(account)
        ]
        currency = found.currency
        if currencies and currency not in currencies:
            currency = currencies[0]
        paced = terms.queries_per_second
        return replace(
            found,
            auto_accounts=False,
            currency=terms.currency or currency,
            queries_per_second=found.queries_per_second if paced is None else paced,
        )

    def _admit(self, counter: Counter, account: str) -> None:
        """Let an investor in by the configuration's password, whatever it was changed to since."""
        members, password = counter.context.members, self._terms.password
        member = members.find(account)
        if member is None:
            counter.enrol(account, password)
        elif not matches(password, member.secret):
            member.secret, member.must_change = keep(password), False
            members.save()

    async def _pulse(self, counter: Counter) -> None:
        """Let happen what is due at the counter, until cancelled."""
        while True:
            now = self._node.now()
            if counter.due <= now:
                try:
                    counter.run_due(now)
                except AnyvenueError as error:
                    self._node.log(f"face:{self._face}", f"what was due failed: {error.text}")
                    return
            await asyncio.sleep(_PULSE_S)


def _check_name(account: str) -> None:
    if len(account) > _LONGEST_NAME or not account.isascii():
        raise ConfigError(
            f"the account {account!r} cannot be traded by CTP programs: an InvestorID has up to {_LONGEST_NAME} ASCII "
            "characters; call the account something shorter in [accounts]",
            code="config.face_account",
            account=account,
            longest=_LONGEST_NAME,
        )
