"""Another name of `thostmduserapi`, as in `openctp_ctp`."""

from anyvenue.ctp import thostmduserapi

__all__ = thostmduserapi.__all__


def __getattr__(name: str) -> object:
    return getattr(thostmduserapi, name)


def __dir__() -> list[str]:
    return dir(thostmduserapi)
