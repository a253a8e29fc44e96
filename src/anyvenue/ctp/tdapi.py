"""Another name of `thosttraderapi`, as in `openctp_ctp`."""

from anyvenue.ctp import thosttraderapi

__all__ = thosttraderapi.__all__


def __getattr__(name: str) -> object:
    return getattr(thosttraderapi, name)


def __dir__() -> list[str]:
    return dir(thosttraderapi)
