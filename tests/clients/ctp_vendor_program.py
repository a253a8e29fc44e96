"""A child process that opens one vendor's library and a session of it, and tells what happened.

    python ctp_vendor_program.py LIBRARY PORT FLOW-FOLDER CALLBACK [leave | quit]

It waits for CALLBACK, or a second when that is empty, or until a login is taken where it is `login`, then asks a few
things and releases; with `leave` it ends at once, the session open; with `quit` it tells what it saw and ends without a
word to the library. A file `connected` beside FLOW-FOLDER says that the library has said so.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import Called, LibrarySession
from anyvenue.venues.ctp.native.session import open_session

QUIET_S = 1.0
PATIENCE_S = 60.0
NOT_CONNECTED = -1


def main() -> None:
    """Open, wait, ask, release; write what was seen as the last line."""
    path, port, flow, awaited = sys.argv[1:5]
    seen: list[tuple[str, int]] = []
    came = threading.Event()

    def post(called: Called) -> None:
        seen.append((called.callback, called.number))
        if called.callback == "OnFrontConnected":
            Path(flow).with_name("connected").touch()
        if called.callback == awaited:
            came.set()

    library = open_library(path)
    session = open_session(library, Path(flow), post, time.time_ns)
    session.start([f"tcp://127.0.0.1:{port}"])
    login = wait_for_login(session) if awaited == "login" else None
    if login is None:
        came.wait(PATIENCE_S if awaited else QUIET_S)
    if sys.argv[5:] == ["quit"]:
        print(f"\ntold:{json.dumps({'callbacks': seen[:4]})}", flush=True)
        os._exit(0)
    if sys.argv[5:] == ["leave"]:
        print('\ntold:{"left": true}', flush=True)
        return
    told = {
        "version": library.version,
        "described": f"{library.description.dialect} {library.description.version}",
        "day": session.trading_day(),
        "login": log_in(session) if login is None else login,
        "callbacks": seen[:4],
    }
    if library.which == "trader":
        told["queries"] = [
            session.request(name, {}, 2) for name in ("ReqQryTradingAccount", "ReqQryOrder")
        ]
        told["order"] = session.request("ReqOrderInsert", {}, 3)
    session.close()
    told["released"] = session.released
    late = len(seen)
    told["after_close"] = session.request("ReqUserLogin", {}, 4)
    told["late"] = len(seen) - late
    print(f"\ntold:{json.dumps(told)}", flush=True)


def log_in(session: LibrarySession) -> int:
    """Ask for a login; return what the library says at once."""
    return session.request("ReqUserLogin", {"UserID": "1"}, 1)


def wait_for_login(session: LibrarySession) -> int:
    """Ask until the library has a connection to ask over."""
    deadline = time.monotonic() + PATIENCE_S
    while (said := log_in(session)) == NOT_CONNECTED and time.monotonic() < deadline:
        time.sleep(0.05)
    return said


if __name__ == "__main__":
    main()
