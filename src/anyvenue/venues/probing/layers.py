"""The probe: every layer in its order, what does not work named, and nothing tried above it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from anyvenue.model.errors import AnyvenueError, AuthError, ConnectivityError
from anyvenue.venues.probing.asking import Address, VenueProbe
from anyvenue.venues.probing.network import (
    Broken,
    Connection,
    Place,
    connect,
    encrypt,
    is_odd,
    look_up,
    place_of,
    through_proxy,
)
from anyvenue.venues.probing.steps import State, Step
from anyvenue.venues.transport.http import Http, HttpReply

__all__ = ["probe_venue"]

_NS_PER_MS = 1_000_000
_CLOCK_WARNS_MS = 1000
_ADVICE = {403: "blocked", 418: "limited", 429: "limited", 451: "region", 407: "proxy_login"}


async def probe_venue(
    probe: VenueProbe, http: Http, now: Callable[[], int] = time.time_ns
) -> list[Step]:
    """Try a venue's addresses, its clock and the key; `now` is our clock, int ns UTC.

    An address is left at its first broken layer; the key is tried where REST works.
    """
    return await _Probe(probe, http, now).run()


class _Probe:
    def __init__(self, probe: VenueProbe, http: Http, now: Callable[[], int]) -> None:
        self._probe, self._http, self._now = probe, http, now

    async def run(self) -> list[Step]:
        probe = self._probe
        addresses = [Address("rest", probe.time_url), *probe.sockets]
        tried: dict[tuple[str, int, bool], Address] = {}
        for each in addresses:
            tried.setdefault(_end_of(each.url), each)
        below = await asyncio.gather(*(self._layers(each) for each in tried.values()))
        sound = {end for end, steps in zip(tried, below, strict=True) if _good(steps)}
        steps = [step for each in below for step in each]
        rest: list[Step] = []
        if _end_of(probe.time_url) in sound:
            rest = await self._rest()
            steps += rest
        for each in probe.sockets:
            if _end_of(each.url) in sound:
                steps += await self._socket(each)
        if rest and _good([each for each in rest if each.step != "clock"]):
            steps += await self._rights()
        return steps

    # ---- below HTTP

    async def _layers(self, address: Address) -> list[Step]:
        notes = _Notes(address.side)
        timeout = self._probe.timeout_s
        connection: Connection | None = None
        try:
            place = place_of(address.url, self._probe.proxy)
            connection = await self._reach(notes, place)
            if place.proxy_host:
                notes.step = "proxy"
                if place.tls:
                    await through_proxy(connection, place, timeout)
                notes.note(f"{place.proxy_host}:{place.proxy_port}")
            if place.tls:
                notes.step = "encryption"
                notes.note(await encrypt(connection, place.host, timeout))
        except Broken as broken:
            notes.fail(broken.error, broken.advice)
        finally:
            if connection is not None:
                connection.close()
        return notes.steps

    async def _reach(self, notes: "_Notes", place: Place) -> Connection:
        host, port = place.first
        by_proxy = bool(place.proxy_host)
        notes.step = "proxy" if by_proxy else "name"
        addresses = await look_up(host, port, self._probe.timeout_s)
        if not by_proxy and addresses != [host]:
            odd = is_odd(host, addresses)
            shown = ", ".join(addresses[:3]) + (", ..." if len(addresses) > 3 else "")
            notes.note(
                f"{host}: {shown}", "warning" if odd else "good", "odd_address" if odd else ""
            )
        if not by_proxy:
            notes.step = "connection"
        connection = await connect(addresses, host, port, self._probe.timeout_s)
        if not by_proxy:
            notes.note(f"{host}:{port}")
        return connection

    # ---- HTTP and above

    async def _socket(self, address: Address) -> list[Step]:
        notes = _Notes(address.side, "socket")
        transport = self._http.socket(address.url)
        try:
            await transport.connect()
            notes.note(_shown(address.url))
        except ConnectivityError as error:
            notes.fail(error, "socket")
        finally:
            await transport.close()
        return notes.steps

    async def _rest(self) -> list[Step]:
        notes = _Notes("rest", "http")
        try:
            first = await self._look()
            notes.note(_shown(self._probe.time_url))
            notes.step = "clock"
            self._clock(notes, min([first, await self._look(), await self._look()]))
        except Broken as broken:
            notes.fail(broken.error, broken.advice)
        except ConnectivityError as error:
            notes.fail(error, "http")
        return notes.steps

    async def _look(self) -> tuple[int, int]:
        """Ask for the time; return how long that took, and how far ahead the venue's clock is (ns)."""
        sent = self._now()
        reply = await self._http.request("GET", self._probe.time_url, {})
        received = self._now()
        return received - sent, self._read(reply) * _NS_PER_MS - (sent + received) // 2

    def _read(self, reply: HttpReply) -> int:
        """Return the venue's time in ms; raise Broken."""
        said = reply.body[:120].decode("utf-8", "replace").strip()
        if reply.status != 200:
            advice = _ADVICE.get(reply.status, "down" if reply.status >= 500 else "not_the_venue")
            raise Broken(
                ConnectivityError(
                    f"HTTP {reply.status}: {said}",
                    code="venue.probe_http",
                    status=reply.status,
                    said=said,
                ),
                advice,
            )
        try:
            return self._probe.read_time(reply.body)
        except (ValueError, msgspec.MsgspecError):
            raise Broken(
                ConnectivityError(
                    f"the answer is not this venue's: {said}",
                    code="venue.probe_answer",
                    said=said,
                ),
                "not_the_venue",
            ) from None

    def _clock(self, notes: "_Notes", quickest: tuple[int, int]) -> None:
        trip, off = quickest
        # The venue read its clock at any time of the trip.
        surely_ms = (abs(off) - trip / 2) / _NS_PER_MS
        state: State = "good"
        if surely_ms > _CLOCK_WARNS_MS:
            state = "failed" if surely_ms >= self._probe.window_ms else "warning"
        fields = {"offset": f"{round(off / _NS_PER_MS):,}", "trip": f"{round(trip / _NS_PER_MS):,}"}
        notes.tell("clock", "probe.clock", state, "" if state == "good" else "clock", fields)

    async def _rights(self) -> list[Step]:
        if self._probe.rights is None:
            return []
        notes = _Notes("account", "key")
        try:
            rights = await self._probe.rights(self._http)
        except AnyvenueError as error:
            notes.fail(error, "key" if isinstance(error, AuthError) else "")
            return notes.steps
        notes.tell("key", "probe.key_good")
        for step, allowed, wanted, advice in (
            ("trading", rights.trades, True, "no_trading"),
            ("withdrawal", rights.withdraws, False, "withdrawal"),
            ("bound", rights.bound, True, "unbound"),
        ):
            if allowed is None:
                notes.tell(step, "phrase.unknown")
                continue
            right = allowed is wanted
            # A key that works from anywhere may be meant so.
            state: State = "good" if right or step == "bound" else "warning"
            word = "phrase.yes" if allowed else "phrase.no"
            notes.tell(step, word, state, "" if right else advice)
        return notes.steps


class _Notes:
    """Collects the steps of one side, with the time each took."""

    def __init__(self, side: str, step: str = "name") -> None:
        self.side, self.step = side, step
        self.steps: list[Step] = []
        self._began = time.monotonic()

    def lap(self) -> float:
        began, self._began = self._began, time.monotonic()
        return round(self._began - began, 4)

    def note(self, found: str, state: State = "good", advice: str = "") -> None:
        self._add(state, advice, found=found)

    def tell(
        self,
        step: str,
        told: str,
        state: State = "good",
        advice: str = "",
        fields: Mapping[str, object] | None = None,
    ) -> None:
        self.step = step
        self._add(state, advice, told=told, fields=fields or {})

    def fail(self, error: AnyvenueError, advice: str) -> None:
        self._add("failed", advice, error=error)

    def _add(
        self,
        state: State,
        advice: str,
        *,
        found: str = "",
        told: str = "",
        fields: Mapping[str, object] | None = None,
        error: AnyvenueError | None = None,
    ) -> None:
        self.steps.append(
            Step(
                side=self.side,
                step=self.step,
                state=state,
                found=found,
                told=told,
                fields=fields or {},
                seconds=self.lap(),
                advice=f"probe_advice.{advice}" if advice else "",
                error=error,
            )
        )


def _good(steps: Sequence[Step]) -> bool:
    return all(each.good for each in steps)


def _end_of(url: str) -> tuple[str, int, bool]:
    """Return what tells addresses apart below HTTP."""
    try:
        place = place_of(url, "http://any")
    except Broken:
        return url, 0, False
    return place.host, place.port, place.tls


def _shown(url: str) -> str:
    """Return an address without its query, where a secret may be."""
    return url.partition("?")[0]
