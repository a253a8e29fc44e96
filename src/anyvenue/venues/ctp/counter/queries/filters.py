"""What a query asks for: an empty field asks for everything."""

from collections.abc import Iterable, Mapping

from anyvenue.model.instruments import Instrument
from anyvenue.venues.ctp.counter.context import Asking, Context, Row
from anyvenue.venues.ctp.counter.figures.instruments import product_id
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["asked_code", "asks_for_other", "keep", "listed", "named", "text"]


def text(fields: Fields, name: str) -> str:
    """Return a field of a request as text, "" for one that is not given."""
    return str(fields.get(name, "")).strip()


def asked_code(fields: Fields) -> str:
    """Return InstrumentID; programs of 6.5 and later may still fill the field that it was before."""
    return text(fields, "InstrumentID") or text(fields, "reserve1")


def asks_for_other(context: Context, asking: Asking, fields: Fields) -> bool:
    """Tell whether a query names another broker or investor, of whom the asking one is told nothing."""
    broker, investor = text(fields, "BrokerID"), text(fields, "InvestorID")
    own = context.profile.broker_id
    return bool((broker and own and broker != own) or (investor and investor != asking.account))


def keep(rows: Iterable[Mapping[str, object]], fields: Fields, *names: str) -> list[Row]:
    """Return the rows that agree with a query in these fields."""
    wanted = {
        name: value
        for name in names
        if (value := asked_code(fields) if name == "InstrumentID" else text(fields, name))
    }
    return [
        dict(row)  # type: ignore[arg-type]
        for row in rows
        if all(
            _agrees(name, str(row.get(name, "")).strip(), value) for name, value in wanted.items()
        )
    ]


def _agrees(name: str, told: str, asked: str) -> bool:
    # CTP's currencies have three letters: USDT goes as USD.
    return told == asked or (name == "CurrencyID" and told[:3] == asked)


def listed(context: Context, fields: Fields) -> list[Instrument]:
    """Return the instruments that a query's InstrumentID, ExchangeID, ExchangeInstID and ProductID ask for."""
    code, exchange = asked_code(fields), text(fields, "ExchangeID")
    product = text(fields, "ProductID") or text(fields, "reserve3")
    at_exchange = text(fields, "ExchangeInstID") or text(fields, "reserve2")
    found = context.names.listed(code) if code else context.names.all()
    return [
        each
        for each in found
        if (not exchange or exchange_id(each.exchange) == exchange)
        and (not product or product_id(each) == product)
        and (not at_exchange or each.symbol == at_exchange)
    ]


def named(context: Context, fields: Fields) -> Instrument | None:
    """Return the one instrument that a query names, None where it names none or there is no such."""
    code = asked_code(fields)
    return context.names.find(code, text(fields, "ExchangeID")) if code else None
