"""CTP's Python packages without their libraries: the same classes, methods, constants and fields, in pure Python.

    from anyvenue.ctp import tdapi, mdapi

    api = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi("flow/")
    api.RegisterFront("sim://")

A front is ``tcp://HOST:PORT`` of ``anyvenue ctp serve``, or ``sim://``, an exchange of one's own in this process. It
takes the options of ``anyvenue ctp serve``, as in ``sim://?instrument=rb2705&matching=book``; the same address is the
same exchange.

The version is the newest that is described. ``ANYVENUE_CTP_VERSION``, set before the import, names another one, and
`load` gives the modules of several.
"""

from socket import socket
from types import ModuleType

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.dialling import know_scheme
from anyvenue.venues.ctp.python.modules import module_of, version_named

__all__ = ["load"]


def load(dialect: str = "ctp", version: str = "") -> tuple[ModuleType, ModuleType]:
    """Return the trader's and the quotes' module of an API at a version, the newest by default.

    Raises ConfigError for what is not described. Every call makes modules of its own.
    """
    name = f"{dialect}_{version or 'newest'}".replace(".", "_")
    version = version_named(version, dialect)
    trader = module_of(f"{name}_tdapi", dialect, version, Side.TRADER, __name__)
    return trader, module_of(f"{name}_mdapi", dialect, version, Side.MD, __name__)


def _simulator(address: str, dialect: str) -> socket:
    # The exchange is only loaded by those who want one.
    from anyvenue.app.ctp_embedded import connect_embedded

    return connect_embedded(address, dialect)


know_scheme("sim", _simulator)
