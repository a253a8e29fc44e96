"""What a hosted exchange has been given, and how it comes back from it."""

from collections.abc import Callable, Mapping

from anyvenue.engine.hosting.freezing import freeze, thaw
from anyvenue.engine.hosting.inputs import (
    Header,
    Input,
    Reached,
    Record,
    decode_header,
    decode_record,
    encode,
)
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.machine import Machine
from anyvenue.engine.hosting.market import HostedMarket
from anyvenue.model.errors import ConfigError, Inconsistent, JournalError
from anyvenue.sim.days import FAR

__all__ = ["SNAPSHOT_EVERY", "History", "terms_of"]

SNAPSHOT_EVERY = 20_000
"""Records between two snapshots."""


class History:
    """The log of one exchange, or nothing at all: then every method does nothing.

    `outside` are the objects that snapshots leave out. `replayed` counts the inputs that were played;
    `unkept` says why there could be no snapshot.
    """

    def __init__(
        self,
        log: InputLog | None,
        terms: Mapping[str, str],
        outside: Mapping[str, object],
        every: int = SNAPSHOT_EVERY,
    ) -> None:
        """Keep a log of an exchange of these `terms`, with a snapshot every so many records."""
        self.replayed = 0
        self.unkept = ""
        self._log = log
        self._terms = dict(terms)
        self._outside = outside
        self._every = every

    def write(self, machine: Machine, now: int, what: Input) -> None:
        """Write an input down that is about to be done at `now`; raise JournalError."""
        if self._log is not None:
            record = Record(machine.passed, now, machine.told, machine.audit, what)
            self._log.append(encode(record), now)

    def keep_snapshot_when_due(self, machine: Machine) -> None:
        """Keep a snapshot every so many inputs; raise JournalError."""
        if self._log is not None and self._log.snapshot_due:
            self._keep(self._log, machine)

    def close(self, machine: Machine, writable: bool) -> None:
        """Write down where it stands, if it can be written, and let go of the log."""
        log = self._log
        if log is not None:
            if writable:
                self.write(machine, machine.broker.now, Reached())
                self._keep(log, machine)
            log.close()
            self._log = None

    def recover(self, market: HostedMarket, make: Callable[[int], Machine]) -> Machine:
        """Return the machine as the log left it, or a new one that `make` makes for the time its market began.

        `market` is brought to where it was. Raise JournalError for a log that cannot be followed, ConfigError for one
        of other terms.
        """
        began, log = market.began(), self._log
        if log is None:
            return make(began)
        first = log.first()
        if first is None:
            log.start(began, self._every)
            log.append(encode(Header(self._terms, began)), began)
            return make(began)
        header = decode_header(first)
        self._check_terms(header, log)
        snapshot = log.snapshot()
        thawed = thaw(snapshot, self._outside) if snapshot else None
        machine = thawed if isinstance(thawed, Machine) else make(header.began)
        market.skip(machine.passed)
        inputs = log.inputs(after_snapshot=thawed is not None)
        if thawed is None:
            next(inputs)  # the header
        for record in inputs:
            self._play(machine, market, decode_record(record))
        log.start(machine.broker.now, self._every)
        return machine

    def _keep(self, log: InputLog, machine: Machine) -> None:
        # What is in flight between trader and exchange cannot be kept: the next chance will do.
        if machine.broker.flight_due >= FAR:
            try:
                log.keep_snapshot(freeze(machine, self._outside), machine.broker.now)
            except Inconsistent as error:
                self.unkept = error.text  # a pity, no more: the log has everything

    def _play(self, machine: Machine, market: HostedMarket, record: Record) -> None:
        number = self.replayed = self.replayed + 1
        while machine.passed < record.passed:
            event = market.take()
            if event is None:
                raise JournalError(
                    f"input {number} is after market event {record.passed}, but the data ends at {machine.passed}",
                    record=number,
                )
            machine.on_market(event)
        if isinstance(record.what, Reached):
            machine.bring(record.now)
        if (machine.told, machine.audit) != (record.told, record.audit):
            raise JournalError(
                f"input {number} was written after {record.told} events; played again these are others "
                f"({machine.told}): data or program are not those it was written with",
                record=number,
            )
        if not isinstance(record.what, Reached):
            machine.act_again(record.what, record.now)
        machine.take_heard(), machine.take_seen()

    def _check_terms(self, kept: Header, log: InputLog) -> None:
        names = sorted(kept.terms.keys() | self._terms.keys())
        other = [name for name in names if kept.terms.get(name) != self._terms.get(name)]
        if other:
            were = "; ".join(f"{name} was {kept.terms.get(name, 'not given')!r}" for name in other)
            raise ConfigError(
                f"{log.folder} holds an exchange of other terms: {were}. Start it with those, or choose another folder",
                key=other[0],
                value=self._terms.get(other[0], ""),
            )


def terms_of(log: InputLog) -> dict[str, str]:
    """Return the terms of the exchange in a log, empty for a new one; raise JournalError."""
    first = log.first()
    return {} if first is None else decode_header(first).terms
