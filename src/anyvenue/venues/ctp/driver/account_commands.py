"""Exercise and combination in CTP's words."""

from anyvenue.model.commands import CombinePositions, ExerciseOption
from anyvenue.model.enums import Side
from anyvenue.model.errors import NotSent
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.driver.config import CtpConfig

__all__ = ["combine_fields", "exercise_fields"]

Named = tuple[str, dict[str, Value]]


def exercise_fields(command: ExerciseOption, config: CtpConfig, code: str, ref: str) -> Named:
    """Return the request that exercises an option or gives it up; raise NotSent for taking one back.

    CTP takes a wish back by its own number (ReqExecOrderAction), which goes through `native`.
    """
    volume = int(command.quantity)
    if volume <= 0 or volume != command.quantity:
        raise NotSent(
            "CTP exercises whole lots; take a wish back with ReqExecOrderAction", field="quantity"
        )
    return "ReqExecOrderInsert", {
        **_head(config, code, command.instrument),
        "ExecOrderRef": ref,
        "Volume": volume,
        "OffsetFlag": "1",
        "HedgeFlag": "1",
        "ActionType": "2" if command.abandon else "1",
        "PosiDirection": "2",
        "ReservePositionFlag": "0",
        "CloseFlag": "1",
    }


def combine_fields(command: CombinePositions, config: CtpConfig, code: str, ref: str) -> Named:
    """Return the request that combines held legs, or splits them again."""
    volume = abs(int(command.quantity))
    if not volume or volume != abs(command.quantity):
        raise NotSent("CTP combines whole lots", field="quantity")
    return "ReqCombActionInsert", {
        **_head(config, code, command.instrument),
        "CombActionRef": ref,
        "Direction": "0" if command.side is Side.BUY else "1",
        "Volume": volume,
        "CombDirection": "0" if command.quantity > 0 else "1",
        "HedgeFlag": "1",
    }


def _head(config: CtpConfig, code: str, instrument: str) -> dict[str, Value]:
    return {
        "BrokerID": config.broker,
        "InvestorID": config.user,
        "UserID": config.user,
        "InstrumentID": code,
        "ExchangeID": exchange_id(instrument.rpartition(".")[2]),
    }
