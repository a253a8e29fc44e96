"""Bookkeeping: order states, offsets, legs, money, fees, margin and risk. Pure; used by nodes and by the exchange."""
