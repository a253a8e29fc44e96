"""What harnesses of ccxt's driver share: it is hosted in a process of its own, and its venue is behind a gateway."""

from paper_harness import Proxy

from anyvenue.model.protocols import Driver
from anyvenue.runtime.processes import HostedDriver, HostOptions
from anyvenue.testing.conformance import DriverHarness

__all__ = ["CcxtHosting"]

# It takes seconds to import ccxt, more on a machine that does something else, too.
OPTIONS = HostOptions(silent_beats=60, first_pause_s=0.01, start_timeout_s=120.0)


class CcxtHosting(DriverHarness):
    """Makes drivers of an `exchange` and ends their processes."""

    exchange = ""
    kind = "spot"
    keys: tuple[str, str]
    proxy: Proxy

    def __init__(self) -> None:
        super().__init__()
        self._made: list[HostedDriver] = []

    def driver(self, **changes: object) -> Driver:
        key, secret = self.keys
        given: dict[str, object] = {
            "exchange": self.exchange,
            "api_key": key,
            "secret": secret,
            "market": self.kind,
            # 1: only to look at
            "gateway": f"http://127.0.0.1:{self.proxy.port or 1}/{{host}}",
            "settle_s": 2.0,
            "poll_s": 0.2,
            "timeout_s": 10.0,
            "backoff_s": 0.02,
            "rate_limit": False,
        }
        config = {**given, **changes, "account": self.account}
        self._made.append(HostedDriver("hosted_ccxt:driver", config, options=OPTIONS))
        return self._made[-1]

    def intruder(self) -> Driver:
        return self.driver(secret="wrong")

    async def stop(self) -> None:
        for each in self._made:
            await each.close()
        await super().stop()  # type: ignore[safe-super]  # the venue's harness, or nothing
