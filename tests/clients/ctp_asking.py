"""A real client that asks what a test tells it to: `ctp_asking_program.py` at the other end of two pipes."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ctp_clients import ROOT, client_environ, client_python, swapped

PATIENCE_S = 60.0
PACKAGES = {"ctp": "openctp_ctp", "opt": "openctp_ctpopt"}


class Asking:
    """Alice's client: every callback is [name, fields, error, request number, is last]."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.calls: list[list[Any]] = []
        self._process = process
        self._changed = threading.Condition()
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                if line.startswith("["):  # a package may have something of its own to say
                    self.calls.append(json.loads(line))
                self._changed.notify_all()

    def of(self, name: str) -> list[list[Any]]:
        return [call for call in self.calls if call[0] == name]

    def until(self, name: str, count: int = 1) -> list[Any]:
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.of(name)) >= count, PATIENCE_S)
            assert found, (name, count, self.calls[-5:])
        return self.of(name)[count - 1]

    def ask(self, request: str, struct: str, **fields: object) -> int:
        """Make a request; return its number."""
        self._number += 1
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([request, struct, fields, self._number]) + "\n")
        self._process.stdin.flush()
        return self._number

    def answer(self, request: str, struct: str, **fields: object) -> list[list[Any]]:
        """Make a request; return all calls of its answer."""
        number = self.ask(request, struct, **fields)
        name = "OnRsp" + request.removeprefix("Req")

        def rows() -> list[list[Any]]:
            return [call for call in self.of(name) if call[3] == number]

        with self._changed:
            found = self._changed.wait_for(lambda: rows() and rows()[-1][4], PATIENCE_S)
            assert found, (request, self.calls[-5:])
        return rows()

    # ---- ctp_worked.Wire

    def log_in(self, count: int) -> None:
        self.until("OnFrontConnected", count)
        who = {"BrokerID": "9999", "UserID": "alice", "Password": "a-secret-word"}
        [login] = self.answer("ReqUserLogin", "ReqUserLogin", **who)
        assert login[2] == 0, login
        who = {"BrokerID": "9999", "InvestorID": "alice"}
        self.answer("ReqSettlementInfoConfirm", "SettlementInfoConfirm", **who)

    def query(self, name: str, **fields: object) -> list[dict[str, Any]]:
        rows = self.answer(f"ReqQry{name}", f"Qry{name}", **fields)
        assert not rows[-1][2], rows
        return [row[1] for row in rows if row[1] is not None]

    def order(self, **fields: object) -> None:
        who = {"BrokerID": "9999", "InvestorID": "alice", "UserID": "alice"}
        self.ask("ReqOrderInsert", "InputOrder", **who, **fields)


@contextmanager
def asking(name: str, front: str, folder: Path) -> Iterator[Asking]:
    """Give the client `name` with our library in it, connecting to a front."""
    dialect, version = name.split("-")
    package = folder / "client"
    package.mkdir()
    environ = {**client_environ(), "PYTHONPATH": str(swapped(name, dialect, version, package))}
    command = [
        *(str(client_python(name)), "-u", str(ROOT / "tests/clients/ctp_asking_program.py")),
        *(PACKAGES[dialect], front, str(folder / "flow_")),
    ]
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        client = Asking(process)
        try:
            yield client
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.close()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            client._reader.join()
