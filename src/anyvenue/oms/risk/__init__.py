"""Risk in the order path: limits for a node, an account, a strategy or an instrument, breakers, and the kill switch."""

from anyvenue.oms.risk.gate import RiskGate, RiskRule
from anyvenue.oms.risk.halts import KILL_SWITCH, Halt, RiskState
from anyvenue.oms.risk.limits import (
    Breakers,
    CountBreaker,
    DrawdownBreaker,
    JumpBreaker,
    Limits,
    Rate,
    RiskLimits,
)
from anyvenue.oms.risk.orders import MaxOrderQuantity
from anyvenue.oms.risk.scopes import NODE, Scope

__all__ = [
    "KILL_SWITCH",
    "NODE",
    "Breakers",
    "CountBreaker",
    "DrawdownBreaker",
    "Halt",
    "JumpBreaker",
    "Limits",
    "MaxOrderQuantity",
    "Rate",
    "RiskGate",
    "RiskLimits",
    "RiskRule",
    "RiskState",
    "Scope",
]
