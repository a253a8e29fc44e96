"""Reports of orders, trades and transfers, each in one line."""

from anyvenue.app.ctp_tools.tables import cell_text
from anyvenue.app.terminal import Terminal
from anyvenue.venues.ctp.tools.conversation import Heard, Row
from anyvenue.venues.ctp.tools.shown import clean_text

__all__ = ["order_name", "report_line"]

_FAILED = {
    "OnErrRtnOrderInsert": "ctp_order_refused",
    "OnErrRtnOrderAction": "ctp_cancel_refused",
    "OnRtnErrorConditionalOrder": "ctp_order_refused",
}
_TRANSFERS = {
    "OnRtnFromBankToFutureByFuture": "ctp_paid_in",
    "OnRtnFromFutureToBankByFuture": "ctp_paid_out",
    "OnErrRtnBankToFutureByFuture": "ctp_transfer_refused",
    "OnErrRtnFutureToBankByFuture": "ctp_transfer_refused",
}


def report_line(terminal: Terminal, heard: Heard) -> str:
    """Return a callback as a line for the shell, "" for one that is not told there."""
    name, row = heard.callback, heard.fields or {}
    if name == "OnFrontDisconnected":
        return terminal.text("cli.ctp_cut", reason=heard.number)
    if name == "OnRtnOrder" and row:
        return _order(terminal, row)
    if name == "OnRtnTrade" and row:
        return _trade(terminal, row)
    number, said = heard.error or (0, "")
    if name in _FAILED:
        return terminal.text(
            f"cli.{_FAILED[name]}",
            id=order_name(row) or "-",
            instrument=row.get("InstrumentID") or "-",
            number=number,
            said=clean_text(said) or "-",
        )
    if name in _TRANSFERS:
        failed = int(row.get("ErrorID", 0)) or number
        return terminal.text(
            "cli.ctp_transfer_refused" if failed else f"cli.{_TRANSFERS[name]}",
            amount=cell_text(terminal, "TradeAmount", row.get("TradeAmount", 0.0)),
            currency=row.get("CurrencyID") or "-",
            number=failed,
            said=clean_text(str(row.get("ErrorMsg", "")) or said) or "-",
        )
    return ""


def order_name(row: Row) -> str:
    """Return what an order is called: the exchange's number, before there is one its reference, as #2."""
    system, ref = (str(row.get(name, "")).strip() for name in ("OrderSysID", "OrderRef"))
    return system or (f"#{ref.lstrip('0')}" if ref else "")


def _order(terminal: Terminal, row: Row) -> str:
    return terminal.text(
        "cli.ctp_order_line",
        id=order_name(row),
        instrument=row["InstrumentID"],
        side=cell_text(terminal, "Direction", row["Direction"]),
        offset=cell_text(terminal, "CombOffsetFlag", row["CombOffsetFlag"]),
        price=cell_text(terminal, "LimitPrice", row["LimitPrice"]),
        done=row["VolumeTraded"],
        volume=row["VolumeTotalOriginal"],
        status=cell_text(terminal, "OrderStatus", row["OrderStatus"]),
        message=clean_text(str(row.get("StatusMsg", ""))) or "-",
    )


def _trade(terminal: Terminal, row: Row) -> str:
    return terminal.text(
        "cli.ctp_trade_line",
        id=str(row["TradeID"]).strip(),
        order=str(row["OrderSysID"]).strip(),
        instrument=row["InstrumentID"],
        side=cell_text(terminal, "Direction", row["Direction"]),
        offset=cell_text(terminal, "OffsetFlag", row["OffsetFlag"]),
        price=cell_text(terminal, "Price", row["Price"]),
        volume=row["Volume"],
    )
