"""A CTP script in calls that wait: a plugin that counts, a strategy on a thread, orders that come back.

    python examples/ctp_sync_strategy.py

What to see: a quote, a lot that is bought and sold again, an order that is refused in the counter's words, and what the
plugin has counted. The exchange is one of this process; with ``config_path="config.yaml"`` of openctp/webctp or
homalos-webctp the same script trades at a real front.
"""

from collections import Counter
from threading import Event

from anyvenue.ctp.sync_api import Quote, StrategyPlugin, SyncStrategyApi, SyncTerms

FRONT = "sim://?instrument=rb2701&seed=3&pace=0"


class Counting(StrategyPlugin):
    """Counts what passes, and lets it pass."""

    def on_init(self, api: SyncStrategyApi) -> None:
        """Begin with nothing."""
        self.count: Counter[str] = Counter()
        self.traded = Event()

    def on_quote(self, quote: Quote) -> Quote:
        """Count a quote."""
        self.count["quotes"] += 1
        return quote

    def on_trade(self, trade_data: dict[str, object]) -> dict[str, object]:
        """Count a report."""
        self.count[str(trade_data["MsgType"])] += 1
        if self.count["RtnTrade"] == 2:
            self.traded.set()
        return trade_data


def strategy(api: SyncStrategyApi, code: str) -> None:
    """Buy a lot at once, hold it for three quotes, and sell it."""
    quote = api.get_quote(code)
    print(f"{quote.InstrumentID}: {quote.BidPrice1:g} / {quote.AskPrice1:g}")
    bought = api.open_close(code, "kaiduo", 1, quote.AskPrice1 + 10)
    print("bought:", bought["success"], "held:", api.get_position(code).pos_long)
    for _ in range(3):
        quote = api.wait_quote_update(code)
    sold = api.open_close(code, "pingduo", 1, quote.BidPrice1 - 10)
    print("sold:", sold["success"])
    refused = api.open_close(code, "pingduo", 1, quote.BidPrice1)
    print("nothing left to sell:", refused["error_msg"])


def main() -> None:
    """Run the strategy and say what the plugin saw."""
    api = SyncStrategyApi("alice", "secret", terms=SyncTerms(td_front=FRONT, md_front=FRONT))
    try:
        plugin = Counting()
        api.register_plugin(plugin)
        api.run_strategy(strategy, api, "rb2701").join(60)
        plugin.traded.wait(10)
        print("trades seen by the plugin:", plugin.count["RtnTrade"])
    finally:
        api.stop()


if __name__ == "__main__":
    main()
