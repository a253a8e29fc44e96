"""A child process with a session of every library named: ``ctp_vendor_many.py PORT FOLDER LIBRARY...``.

It ends by writing for each whether it was released.
"""

import json
import sys
import threading
import time
from pathlib import Path

from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.native.session import open_session

PATIENCE_S = 60.0


def main() -> None:
    """Open all, start all, wait until one of those without a handshake says connected, release all."""
    port, folder, *paths = sys.argv[1:]
    connected = threading.Event()

    def post(called: Called) -> None:
        if called.callback == "OnFrontConnected":
            connected.set()

    sessions = [
        open_session(open_library(path), Path(folder, str(at)), post, time.time_ns)
        for at, path in enumerate(paths)
    ]
    for session in sessions:
        session.start([f"tcp://127.0.0.1:{port}"])
    connected.wait(PATIENCE_S)
    for session in sessions:
        session.close()
    print(f"\ntold:{json.dumps([session.released for session in sessions])}", flush=True)


if __name__ == "__main__":
    main()
