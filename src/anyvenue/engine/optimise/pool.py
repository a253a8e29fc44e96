"""Tasks over processes. Each is started afresh (spawn), as every platform can, and holds the data once."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

from anyvenue.engine.optimise.loading import Setup
from anyvenue.engine.optimise.points import Outcome, Task
from anyvenue.engine.optimise.worker import READY, Runner, serve
from anyvenue.model.errors import ConfigError

__all__ = ["InProcess", "ProcessPool", "Runs"]

_GOODBYE_S = 2.0


class Runs(Protocol):
    """Something that runs tasks."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Outcome]]:
        """Yield the place of a task and its outcome as they are finished."""
        ...

    def close(self) -> None:
        """Stop, whatever is still running."""
        ...


class InProcess:
    """Runs one task after the other right here."""

    def __init__(self, runner: Runner) -> None:
        """Run with `runner`."""
        self._runner = runner

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Outcome]]:
        """Yield the place of a task and its outcome, in order."""
        for place, task in enumerate(tasks):
            yield place, self._runner.run(task)

    def close(self) -> None:
        """Do nothing: nothing runs between two tasks."""


class _Worker:
    """A process and the task it is at, None while it loads or idles."""

    def __init__(self, process: SpawnProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self.place: int | None = None
        self.ready = False


class ProcessPool:
    """Keeps up to `jobs` processes from one batch of tasks to the next."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        """Start nothing yet: there may be less to do than processes."""
        self._setup = setup
        self._jobs = jobs
        self._context = get_context("spawn")
        self._workers: list[_Worker] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Outcome]]:
        """Yield the place of a task and its outcome as they are finished; raise ConfigError when no process starts.

        A process that dies ends its task with an error and is replaced.
        """
        pending = list(range(len(tasks)))[::-1]
        left = len(tasks)
        for worker in self._workers:
            self._give(worker, tasks, pending)
        while left:
            while len(self._workers) < min(self._jobs, left):
                self._workers.append(self._start())
            of = {worker.connection: worker for worker in self._workers}
            for connection in wait(list(of)):
                worker = of[connection]  # type: ignore[index]
                for finished in self._hear(worker):
                    left -= 1
                    yield finished
                if worker in self._workers:
                    self._give(worker, tasks, pending)

    def close(self) -> None:
        """End all processes at once; what they were at is lost."""
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GOODBYE_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self._setup), daemon=True)
        with _without_ctrl_c():
            process.start()
        # Only the worker holds that end now, so that its death is seen here.
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, tasks: Sequence[Task], pending: list[int]) -> None:
        if worker.ready and worker.place is None and pending:
            worker.place = pending.pop()
            # A worker that is gone is found out when its answer is read.
            with suppress(OSError):
                worker.connection.send(tasks[worker.place])

    def _hear(self, worker: _Worker) -> list[tuple[int, Outcome]]:
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            return self._buried(worker)
        if isinstance(said, Outcome) and worker.place is not None:
            place, worker.place = worker.place, None
            return [(place, said)]
        if said != READY:
            raise _not_started(str(said))
        worker.ready = True
        return []

    def _buried(self, worker: _Worker) -> list[tuple[int, Outcome]]:
        worker.process.join()
        code = worker.process.exitcode
        worker.connection.close()
        worker.process.close()
        self._workers.remove(worker)
        if not worker.ready:
            raise _not_started(f"exit code {code}")
        if worker.place is None:
            return []
        error = f"its process ended with exit code {code} (out of memory?)"
        return [(worker.place, Outcome(error=error, lasting=False))]


def _not_started(detail: str) -> ConfigError:
    return ConfigError(
        f"a worker process could not start: {detail}; a script that optimises needs its calls below "
        'if __name__ == "__main__": and jobs=1 needs no processes',
        code="config.worker",
        detail=detail,
    )


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let a process be born deaf to Ctrl-C, which would else interrupt its imports with a traceback."""
    try:
        kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
