"""The CTP face of a live node: a counter over its accounts, behind the native door."""

from pathlib import Path

from anyvenue.app.faces.config import CtpFaceConfig
from anyvenue.app.faces.node_counter import CounterTerms, NodeCounter
from anyvenue.engine.live.node import LiveNode
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor

__all__ = ["CtpFace"]


class CtpFace:
    """Implements `Face`."""

    name = "ctp"

    def __init__(
        self, node: LiveNode, terms: CtpFaceConfig, password: str, folder: Path | None
    ) -> None:
        """Serve accounts of `node`, keeping what was told in `folder`; raise ConfigError or AccountError."""
        self.places: dict[str, str | int] = {}
        self._node = node
        self._terms = terms
        counted = CounterTerms(
            accounts=terms.accounts,
            password=password,
            profile=terms.profile,
            currency=terms.currency,
            queries_per_second=terms.queries_per_second,
        )
        self._counter = NodeCounter(node, self.name, counted, folder)
        self._door: NativeDoor | None = None

    async def open(self) -> None:
        """Let programs in; raise ConfigError for an address that cannot be had, or JournalError."""
        terms, counter = self._terms, await self._counter.open()
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
            lambda line: self._node.log(f"face:{self.name}", line),
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

    async def close(self) -> None:
        """Drop the programs and let go of the files; orders stay as they are."""
        if self._door is not None:
            await self._door.close()
        await self._counter.close()


def _front(address: tuple[str, int]) -> str:
    return f"tcp://{address[0]}:{address[1]}"
