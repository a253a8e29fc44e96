"""CTP's errors as the counter answers them."""

from functools import cache

from anyvenue.venues.ctp.description import error_table

__all__ = ["NO_ERROR", "Refused", "error_of"]

NO_ERROR = (0, "CTP:正确")
"""RspInfo of what went well."""


class Refused(Exception):
    """The request is refused with the error of this name in CTP's table; `text` is added to its text."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.text = text

    @property
    def error(self) -> tuple[int, str]:
        """RspInfo."""
        number, text = error_of(self.name)
        return number, f"{text}:{self.text}" if self.text else text


@cache
def error_of(name: str) -> tuple[int, str]:
    """Return ErrorID and ErrorMsg of the error called `name`, such as ``INSUFFICIENT_MONEY``; raise KeyError."""
    row = error_table()[name]
    return row.code, row.text
