"""The CTP face of a live node: a counter over its accounts, behind the native door."""

import asyncio
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from anyvenue.app.faces.config import CtpFaceConfig
from anyvenue.engine.live.broker import NodeBroker
from anyvenue.engine.live.node import LiveNode
from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile, profile_of
from anyvenue.venues.ctp.counter.secrets_kept import keep, matches
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor

__all__ = ["CtpFace"]

_FOLDER = "ctp"
_PULSE_S = 0.01
_LONGEST_NAME = 12  # characters of an InvestorID


class CtpFace:
    """Opened once its node has started, closed before the node stops."""

    name = "ctp"

    def __init__(
        self, node: LiveNode, terms: CtpFaceConfig, password: str, folder: Path | None
    ) -> None:
        """Serve accounts of `node`, keeping what was told in `folder`; raise ConfigError or AccountError."""
        for each in terms.accounts:
            _check_name(each)
        profile_of(terms.profile)
        self.places: dict[str, str | int] = {}
        self._node = node
        self._terms = terms
        self._password = password
        self._folder = folder
        self._broker = NodeBroker(node, self.name, [AccountId(each) for each in terms.accounts])
        self._counter: Counter | None = None
        self._door: NativeDoor | None = None
        self._beating: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Let programs in; raise ConfigError for an address that cannot be had, or JournalError."""
        terms = self._terms
        await self._broker.open()
        counter = self._counter = self._make_counter()
        profile = counter.context.profile
        paced = profile.queries_per_second
        door = self._door = NativeDoor(
            counter,
            DoorTerms(
                name=profile.system_name,
                allow_remote=terms.allow_remote,
                queries_per_second=paced,
                queries_in_flight=1 if paced else 0,
            ),
            lambda line: self._node.log("face:ctp", line),
        )
        same = terms.td_port == terms.md_port != 0
        ports = [terms.td_port] if same else [terms.td_port, terms.md_port]
        fronts = [await door.start(terms.host, port) for port in ports]
        self.places = {
            "td": _front(fronts[0]),
            "md": _front(fronts[-1]),
            "broker": profile.broker_id or "-",
            "day": counter.trading_day,
            "accounts": ", ".join(terms.accounts),
        }
        self._beating = asyncio.create_task(self._pulse(counter))

    async def close(self) -> None:
        """Drop the programs and let go of the files; orders stay as they are."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        if self._door is not None:
            await self._door.close()
        if self._counter is not None:
            self._counter.close()
        self._broker.close()

    def _make_counter(self) -> Counter:
        node, folder = self._node, self._folder
        files = None if folder is None else DiskFiles.locked(folder / _FOLDER, "ctp")
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
        members = counter.context.members
        member = members.find(account)
        if member is None:
            counter.enrol(account, self._password)
        elif not matches(self._password, member.secret):
            member.secret, member.must_change = keep(self._password), False
            members.save()

    async def _pulse(self, counter: Counter) -> None:
        """Let happen what is due at the counter, until cancelled."""
        while True:
            now = self._node.now()
            if counter.due <= now:
                try:
                    counter.run_due(now)
                except AnyvenueError as error:
                    self._node.log("face:ctp", f"what was due failed: {error.text}")
                    return
            await asyncio.sleep(_PULSE_S)


def _front(address: tuple[str, int]) -> str:
    return f"tcp://{address[0]}:{address[1]}"


def _check_name(account: str) -> None:
    if len(account) > _LONGEST_NAME or not account.isascii():
        raise ConfigError(
            f"the account {account!r} cannot be traded by CTP programs: an InvestorID has up to {_LONGEST_NAME} ASCII "
            "characters; call the account something shorter in [accounts]",
            code="config.face_account",
            account=account,
            longest=_LONGEST_NAME,
        )
