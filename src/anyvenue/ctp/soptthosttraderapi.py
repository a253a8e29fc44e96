"""The trader API for ETF options as `openctp_ctpopt.soptthosttraderapi` has it."""

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.modules import surface_of

__getattr__, __dir__, __all__ = surface_of(__name__, "opt", Side.TRADER)
