"""The answer to requests about orders."""

import msgspec

from anyvenue.venues.okx.server.whole import whole_row
from anyvenue.venues.okx.wire import Acknowledged
from anyvenue.venues.serving.numbers import Row

__all__ = ["Done"]


class Done(msgspec.Struct, frozen=True):
    """What became of requests about orders: each has an answer of its own, and together they have a code."""

    rows: list[Acknowledged]

    @property
    def data(self) -> list[Row]:
        """The answers as they are sent: whether it was done is always said."""
        return [{**whole_row(each), "sCode": each.s_code, "sMsg": each.s_msg} for each in self.rows]

    @property
    def code(self) -> str:
        """0 where all was done, 1 where nothing, 2 where some was."""
        refused = sum(each.s_code != "0" for each in self.rows)
        if not refused:
            return "0"
        return "1" if refused == len(self.rows) else "2"

    @property
    def msg(self) -> str:
        """What the code means."""
        texts = {"1": "All operations failed", "2": "Bulk operation partially succeeded"}
        return texts.get(self.code, "")
