"""What the methods of CTP's API classes do; arguments are checked before anything is done."""

from collections.abc import Callable, Iterable
from operator import index as whole
from typing import Any, Protocol

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import Method, ParamKind
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.fronts import front_for
from anyvenue.venues.ctp.python.link import PRIVATE, PUBLIC, Link
from anyvenue.venues.ctp.python.receiving import Receiver
from anyvenue.venues.ctp.python.structs import Struct, StructFamily, pack_struct

__all__ = ["ApiObject", "implement"]

_LARGEST = 2**31 - 1
_NO_LIMIT = 2_147_483_647


class ApiObject(Protocol):
    """What an object of an API class has besides its methods."""

    _link: Link
    _receiver: Receiver
    _side: Side
    _spi_type: type
    _fronts: set[str]


def implement(family: StructFamily, index: int, method: Method) -> Callable[..., Any]:
    """Return what method `index` of a description does."""
    known = _KNOWN.get(method.name)
    if known is not None:
        return known
    kinds = [param.kind for param in method.params]
    if method.name == "GetFrontInfo":
        return _get_front_info(family)
    if method.name.startswith("Req") and kinds == [ParamKind.STRUCT, ParamKind.INT]:
        return _request(family, index, method)
    if kinds[:2] == [ParamKind.TEXTS, ParamKind.INT]:
        return _names(index, method)
    return _noted(family, method)


def _request(family: StructFamily, index: int, method: Method) -> Callable[..., int]:
    struct, name = method.struct, method.name

    def request(self: ApiObject, field: Struct, request_id: int, /) -> int:
        if not isinstance(field, family[struct]):
            raise _wrong_struct(family, name, struct, field)
        return self._link.request(index, pack_struct(field), _number(name, request_id))

    return request


def _names(index: int, method: Method) -> Callable[..., int]:
    name = method.name

    def subscribe(
        self: ApiObject, instruments: Iterable[str | bytes], count: int | None = None, /
    ) -> int:
        if isinstance(instruments, str | bytes) or not isinstance(instruments, Iterable):
            raise TypeError(f"{name} needs a list of codes, was {instruments!r}")
        codes = [_text(f"{name}: a code", each) for each in instruments]
        wanted = len(codes) if count is None else _number(name, count)
        if not 0 <= wanted <= len(codes):
            raise ValueError(f"{name} was told to take {wanted} codes of {len(codes)}")
        return self._link.names(index, codes[:wanted])

    return subscribe


def _noted(family: StructFamily, method: Method) -> Callable[..., int | None]:
    """Terminal information, certificates, logs: a counter of our own has no use for them."""
    struct, name, returns = method.struct, method.name, method.returns

    def note(self: ApiObject, *values: object) -> int | None:
        if len(values) != len(method.params):
            raise TypeError(f"{name} takes {len(method.params)} arguments, was given {len(values)}")
        if struct and not isinstance(values[0], family[struct]):
            raise _wrong_struct(family, name, struct, values[0])
        if returns != "int":
            return None
        return 0 if self._link.is_connected else -1

    return note


def _get_front_info(family: StructFamily) -> Callable[..., None]:
    def get_front_info(self: ApiObject, info: Struct, /) -> None:
        if not isinstance(info, family["FrontInfo"]):
            raise _wrong_struct(family, "GetFrontInfo", "FrontInfo", info)
        found = {
            "FrontAddr": self._link.front,
            "QryFreq": self._link.queries_per_second,
            "FTDPkgFreq": _NO_LIMIT,
        }
        for name, value in found.items():
            setattr(info, name, value)

    return get_front_info


def _release(self: ApiObject) -> None:
    self._link.release()
    self._receiver.spi = None


def _init(self: ApiObject) -> None:
    self._link.init()


def _join(self: ApiObject) -> int:
    return self._link.join()


def _trading_day(self: ApiObject) -> str:
    return self._link.trading_day()


def _register_front(self: ApiObject, address: str | bytes, /) -> None:
    front = front_for(self._side, _text("the address of a front", address))
    if front in self._fronts:
        return
    try:
        self._link.register_front(front)
    except ConfigError as error:
        raise ValueError(error.text) from None
    self._fronts.add(front)


def _register_spi(self: ApiObject, spi: object, /) -> None:
    if spi is not None and not isinstance(spi, self._spi_type):
        raise TypeError(
            f"RegisterSpi needs an object of a class derived from {self._spi_type.__name__}, was {spi!r}"
        )
    self._receiver.spi = spi


def _subscribe_private(self: ApiObject, resume: int, /) -> None:
    _subscribe(self, PRIVATE, resume)


def _subscribe_public(self: ApiObject, resume: int, /) -> None:
    _subscribe(self, PUBLIC, resume)


def _subscribe(self: ApiObject, topic: int, resume: int) -> None:
    number = _number("a subscription of a topic", resume)
    try:
        kind = Resume(number)
    except ValueError:
        raise ValueError(
            f"a topic is subscribed with THOST_TERT_RESTART, RESUME, QUICK or NONE (0 to 3), was {number}"
        ) from None
    self._link.subscribe_topic(topic, kind)


_KNOWN: dict[str, Callable[..., Any]] = {
    "Release": _release,
    "Init": _init,
    "Join": _join,
    "GetTradingDay": _trading_day,
    "RegisterFront": _register_front,
    "RegisterNameServer": _register_front,
    "RegisterSpi": _register_spi,
    "SubscribePrivateTopic": _subscribe_private,
    "SubscribePublicTopic": _subscribe_public,
}


def _number(name: str, value: object) -> int:
    try:
        number = whole(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} needs a whole number, was {value!r}") from None
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise OverflowError(f"{name} needs a C int, was {number}")
    return number


def _text(what: str, value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("gb18030", "replace")
    if not isinstance(value, str):
        raise TypeError(f"{what} is a str or bytes, was {value!r}")
    return value


def _wrong_struct(family: StructFamily, name: str, struct: str, value: object) -> TypeError:
    said = repr(value) if value is None else f"a {type(value).__name__}"
    return TypeError(f"{name} needs a {family.class_name(struct)}, was {said}")
