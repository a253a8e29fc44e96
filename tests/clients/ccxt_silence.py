"""Ask a signed question through our Sessions with all logging on: prints what was logged and what the error said.

usage: ccxt_silence.py SITE_PACKAGES, with our own interpreter.
"""

import asyncio
import io
import logging
import sys

KEY, SECRET = "hunter2-key", "hunter2-secret"


async def main() -> None:
    from anyvenue.venues.ccxt.calls import CallFailed
    from anyvenue.venues.ccxt.config import CcxtConfig
    from anyvenue.venues.ccxt.sessions import Sessions

    heard = io.StringIO()
    logging.basicConfig(level=logging.DEBUG, stream=heard)
    nobody = "http://127.0.0.1:9/{host}"
    sessions = Sessions(CcxtConfig(exchange="htx", api_key=KEY, secret=SECRET, gateway=nobody))
    try:
        await sessions.trading.call("spotPrivateGetV1AccountAccounts")
    except CallFailed as error:
        print("error:", error)
    logging.getLogger("somebody.else").debug("still heard")
    await sessions.close()
    print(heard.getvalue())


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    asyncio.run(main())
