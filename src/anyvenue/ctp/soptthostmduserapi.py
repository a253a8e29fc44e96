"""The market data API for ETF options as `openctp_ctpopt.soptthostmduserapi` has it."""

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.modules import surface_of

__getattr__, __dir__, __all__ = surface_of(__name__, "opt", Side.MD)
