"""Where the blocking API trades, and how long it waits."""

import msgspec

__all__ = ["SyncTerms"]


class SyncTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Fronts, the broker's codes, and timeouts in seconds with homalos-webctp's defaults.

    ``sim://`` is an exchange of one's own. A ``tcp://`` front is reached through `library`: a counter's name or a file
    for a vendor's library, ``anyvenue`` for a counter that `anyvenue ctp serve` serves. `flow` is the folder of the
    library's files, a temporary one for "".
    """

    td_front: str = "sim://"
    md_front: str = "sim://"
    broker_id: str = ""
    app_id: str = ""
    auth_code: str = ""
    library: str = "ctp"
    flow: str = ""
    connect_timeout: float = 30.0
    quote_timeout: float = 5.0
    quote_update_timeout: float = 30.0
    position_timeout: float = 5.0
    order_timeout: float = 10.0
    stop_timeout: float = 5.0
    max_strategies: int = 10

    def __repr__(self) -> str:
        return f"SyncTerms({self.td_front!r}, {self.md_front!r}, {self.broker_id!r}, ***)"
