"""What a strategy in a process of its own asks and wishes, done by the host that stands for it in the node."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import msgspec

from anyvenue.engine.strategy_process.messages import Answer, Ask, Refused, refusal_of
from anyvenue.model.commands import AccountCommand
from anyvenue.model.errors import StrategyError
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.runtime.journal.codec import decode_value, encode_value, kind_of
from anyvenue.runtime.processes.messages import packed

if TYPE_CHECKING:
    from anyvenue.engine.host import StrategyHost

__all__ = ["answer"]

Outcome = tuple[object, list[Order]]
_ID = msgspec.msgpack.Decoder(int)
_TEXT = msgspec.msgpack.Decoder(str)
_REQUEST = msgspec.msgpack.Decoder(OrderRequest)
_CHANGE = msgspec.msgpack.Decoder(tuple[int, Decimal | None, Decimal | None])
_COMMAND = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_CHANNEL = msgspec.msgpack.Decoder(tuple[str, str])


def answer(host: "StrategyHost", ask: Ask) -> Answer | Refused:
    """Return what `host` says to a question; what it raises is said as well."""
    try:
        handle = _HANDLERS.get(ask.what)
        if handle is None:
            raise StrategyError(
                f"a strategy in a process of its own asked for {ask.what!r}, which this node does not know; "
                "do both have the same version?",
                code="strategy.question",
            )
        value, orders = handle(host, ask.body)
        return Answer(ask.id, host.now, packed(value), tuple(orders))
    except Exception as error:
        return refusal_of(ask.id, host.now, error)


def _submit(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    ids = host.submit(_REQUEST.decode(body))
    return ids, [host.order(each) for each in ids]


def _cancel(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    order_id = OrderId(_ID.decode(body))
    host.cancel(order_id)
    return None, [host.order(order_id)]


def _modify(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    number, quantity, price = _CHANGE.decode(body)
    host.modify(OrderId(number), quantity, price)
    return None, [host.order(OrderId(number))]


def _command(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    host.command(cast(AccountCommand, decode_value(*_COMMAND.decode(body))))
    return None, []


def _subscribe(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    instrument, channel = _CHANNEL.decode(body)
    host.subscribe(InstrumentId(instrument), channel)
    return None, []


def _latest(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    event = host.latest(InstrumentId(_TEXT.decode(body)))
    return None if event is None else (kind_of(event), msgspec.Raw(encode_value(event))), []


def _order(host: "StrategyHost", body: msgspec.Raw) -> Outcome:
    return host.order(OrderId(_ID.decode(body))), []


def _by_text(read: Callable[["StrategyHost", Any], object]) -> "Handler":
    return lambda host, body: (read(host, _TEXT.decode(body)), [])


Handler = Callable[["StrategyHost", msgspec.Raw], Outcome]
_HANDLERS: dict[str, Handler] = {
    "submit": _submit,
    "cancel": _cancel,
    "modify": _modify,
    "command": _command,
    "subscribe": _subscribe,
    "latest": _latest,
    "order": _order,
    "channels": _by_text(lambda host, text: host.channels(InstrumentId(text))),
    "resolve": _by_text(lambda host, text: host.resolve(text)),
    "funding": _by_text(lambda host, text: host.funding(InstrumentId(text))),
    "liquidation": _by_text(lambda host, text: host.liquidation_price(InstrumentId(text))),
    "account": _by_text(lambda host, text: host.account(text)),
}
