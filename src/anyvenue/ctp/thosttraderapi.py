"""CTP's trader API as `openctp_ctp.thosttraderapi` has it."""

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.modules import surface_of

__getattr__, __dir__, __all__ = surface_of(__name__, "ctp", Side.TRADER)
