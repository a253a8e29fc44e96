"""How an answer is written: the keys of its envelope, and the fields of its struct, always as valid JSON."""

from collections.abc import Callable, Mapping

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.description import ABSENT, Description, Value, describe
from anyvenue.venues.ctp.json.keys import (
    EMPTY_OBJECTS,
    MD_KEYS,
    TD_KEYS,
    ZEROED_MD,
    ZEROED_TD,
)

__all__ = [
    "BAD_REQUEST",
    "FAILED",
    "NOT_IMPLEMENTED",
    "NOT_LOGGED_IN",
    "RETURN_CODES",
    "Envelope",
    "Plain",
    "failure",
    "to_json",
]

Plain = dict[str, object]
"""A message on its way out."""

BAD_REQUEST = (-400, "参数有误")
NOT_LOGGED_IN = (-401, "未登录")
NOT_IMPLEMENTED = (-404, "Not implemented")
FAILED = (-1, "CTP:请求失败")
RETURN_CODES = {
    -1: FAILED,
    -2: (-2, "CTP:未处理请求超过许可数"),
    -3: (-3, "CTP:每秒发送请求数超过许可数"),
}
"""What a request's return code is called."""

_LOGIN = "OnRspUserLogin"
_WITHOUT_ID = frozenset(
    {_LOGIN, "OnRspAuthenticate", "OnRspSubMarketData", "OnRspUnSubMarketData"}
)  # fmt: skip
_BARE = frozenset({"OnRtnDepthMarketData", "OnRtnForQuoteRsp"})
_HUGE = 1e300
_encode = msgspec.json.Encoder().encode


class _Shape:
    """The fields of one struct as they are told."""

    __slots__ = ("defaults", "empty", "name", "zeroed")

    def __init__(
        self, name: str, defaults: Mapping[str, Value], zeroed: frozenset[str], empty: bool
    ) -> None:
        self.name = name
        self.defaults = tuple((key, value, key in zeroed) for key, value in defaults.items())
        self.zeroed = zeroed
        self.empty: Plain | None = {} if empty else None

    def told(self, fields: Fields, text: Callable[[bytes], str]) -> Plain:
        get = fields.get
        row: Plain = {}
        for key, default, zeroed in self.defaults:
            value = get(key, default)
            if type(value) is float:
                if not -_HUGE < value < _HUGE:
                    # NaN and the infinities are no JSON.
                    value = ABSENT if value == ABSENT and not zeroed else 0
            elif type(value) is bytes:
                value = text(value)
            row[key] = value
        return row


class Envelope:
    """Writes the answers of one side; `md` has the quotes' lists of fields."""

    def __init__(self, md: bool = False, description: Description | None = None) -> None:
        """Take the newest CTP unless told otherwise."""
        self._description = description or describe()
        self._callbacks = (
            self._description.md_callbacks if md else self._description.callbacks
        )  # fmt: skip
        self._keys = {**TD_KEYS, **MD_KEYS} if md else TD_KEYS
        self._zeroed = ZEROED_MD if md else ZEROED_TD
        self._shapes: dict[str, _Shape | None] = {}

    def plain(
        self, answer: Answer, request_id: int = 0, text: Callable[[bytes], str] | None = None
    ) -> Plain:
        """Return an answer's message; `text` decodes pieces of a longer text."""
        callback = answer.callback
        message: Plain = {"MsgType": callback[2:]}
        if callback not in _BARE:
            error = answer.error
            message["RspInfo"] = (
                None if error is None else {"ErrorID": error[0], "ErrorMsg": error[1]}
            )
            if callback.startswith("OnRsp"):
                if request_id and callback not in _WITHOUT_ID:
                    message["RequestID"] = request_id
                if answer.is_last:
                    message["IsLast"] = True
        shape = self._shape(callback)
        if shape is not None:
            fields = answer.fields
            if fields is not None:
                message[shape.name] = shape.told(fields, text or _decode)
            elif callback != _LOGIN:
                message[shape.name] = shape.empty
        return message

    def body(self, callback: str, fields: Fields) -> Plain:
        """Return the fields of an answer alone."""
        shape = self._shape(callback)
        return {} if shape is None else shape.told(fields, _decode)

    def _shape(self, callback: str) -> _Shape | None:
        try:
            return self._shapes[callback]
        except KeyError:
            shape = self._shapes[callback] = self._make(callback)
            return shape

    def _make(self, callback: str) -> _Shape | None:
        method = self._callbacks.get(callback)
        if method is None or not method.struct:
            return None
        layout = self._description.layout(method.struct)
        keys = self._keys.get(method.struct) or tuple(
            each for each in layout.by_name if not each.startswith("reserve")
        )
        defaults = {
            key: _default(layout.by_name[key].c) if key in layout.by_name else "" for key in keys
        }
        zeroed = self._zeroed if method.struct == "DepthMarketData" else frozenset[str]()
        return _Shape(method.struct, defaults, zeroed, method.struct in EMPTY_OBJECTS)


def failure(
    name: str, error: tuple[int, str], request_id: int = 0, detail: str | None = None
) -> Plain:
    """Return the service's own refusal of the message called `name`."""
    message: Plain = {"MsgType": name, "RspInfo": {"ErrorID": error[0], "ErrorMsg": error[1]}}
    if request_id:
        message["RequestID"] = request_id
    if detail is not None:
        message["Detail"] = detail
    return message


def to_json(message: object) -> bytes:
    """Return JSON; a character that UTF-8 cannot hold becomes ``?``."""
    try:
        return _encode(message)
    except UnicodeEncodeError:
        return _encode(_mended(message))


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(each) for each in value]
    return value


def _decode(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("gb18030", "replace")


def _default(c: str) -> Value:
    return "" if c == "char" else 0.0 if c == "double" else 0
