"""CTP's market data API as `openctp_ctp.thostmduserapi` has it."""

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.modules import surface_of

__getattr__, __dir__, __all__ = surface_of(__name__, "ctp", Side.MD)
