"""A counter behind the door of a dialect: requests become CTP's, answers the dialect's, and the rest is refused."""

from collections.abc import Mapping, Sequence

from anyvenue.venues.ctp.counter.errors import NO_ERROR, error_of
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.description import Api, Description
from anyvenue.venues.ctp.dialects.words import Dialect, OwnAnswer, Row

__all__ = ["Asked", "DialectFace", "Speaker"]

Asked = tuple[str, Row]
"""A request in CTP's words."""

_NAMED = ("UserID", "InvestorID")
_KEYS = ("OrderRef", "OrderSysID")
_MOST_WAITING = 256
_ANSWERED = {"ReqOrderInsert": "0", "ReqOrderAction": "1"}
"""OrderSubmitStatus of the report that says that a request was taken."""


class DialectFace:
    """What all clients of one API of a dialect share."""

    def __init__(self, words: Dialect, description: Description, api: Api) -> None:
        """Speak `words` at one side of a description."""
        self.words = words
        self.description = description
        self.structs: Mapping[str, str] = {each.name: each.struct for each in api.spi}
        self.requests: Mapping[str, str] = {each.name: each.struct for each in api.api}

    def told(self, answer: Answer) -> tuple[Answer, ...]:
        """Return a counter's answer as the dialect tells it."""
        return self.words.translate(answer, self.description, self.structs)

    def refused(self, name: str, fields: Fields, request_id: int) -> OwnAnswer:
        """Return the answer to a request that CTP has nothing for, by the dialect's own callback of it."""
        callback = f"OnRsp{name[3:]}"
        error = error_of("UNSUPPORTED_FUNCTION")
        if callback not in self.structs:
            return OwnAnswer("OnRspError", None, error, request_id)
        echoed = fields if self.structs[callback] == self.requests[name] else None
        return OwnAnswer(callback, echoed or None, error, request_id)

    def not_subscribed(self, method: str, names: Sequence[str], letter: str) -> list[OwnAnswer]:
        """Return the answers to a subscription of something that there is none of."""
        what = method.replace("Subscribe", "Sub", 1).replace("UnSubscribe", "UnSub", 1)
        callback = f"OnRsp{what}"
        if callback not in self.structs:
            return []
        error = error_of("UNSUPPORTED_FUNCTION")
        asked: list[Row] = [{"SecurityID": each, "ExchangeID": letter} for each in names]
        return [OwnAnswer(callback, each, error) for each in asked or [{"MarketID": letter}]]


class Speaker:
    """One client of a dialect."""

    def __init__(self, face: DialectFace) -> None:
        """Know nobody yet."""
        self.face = face
        self._user = ""
        self._session: tuple[object, object] = (None, None)
        self._sent: dict[str, list[_Sent]] = {name: [] for name in _ANSWERED}

    def request(self, name: str, fields: Fields, request_id: int = 0) -> Asked | None:
        """Return a request as CTP makes it, None for one that it has no word for."""
        words = self.face.words
        asked = words.requests.get(name)
        if asked is None:
            return None
        row = words.into(self.face.requests[name], fields)
        if asked == "ReqUserLogin":
            self._user = str(row.get("UserID", ""))
        for each in _NAMED:
            # Some dialects take the user that has logged in for granted.
            row[each] = row.get(each) or self._user
        if asked in self._sent:
            waiting = self._sent[asked]
            waiting.append(_Sent(row, dict(fields), request_id))
            # A client without its private stream hears of none of them.
            del waiting[:-_MOST_WAITING]
        return asked, row

    def listed(self, method: str) -> str:
        """Return what CTP calls a method with a list of codes, "" for one that it does not have."""
        return self.face.words.lists.get(method, "")

    def went_well(self, answer: Answer) -> OwnAnswer | None:
        """Return what is told before an answer: that an order or a cancel of this client was taken.

        CTP leaves that to the order's report; here every request is answered.
        """
        fields, name = answer.fields, f"Req{answer.callback[5:]}"
        if fields is None:
            return None
        if answer.callback == "OnRspUserLogin" and not (answer.error or (0,))[0]:
            self._session = fields.get("FrontID"), fields.get("SessionID")
        elif name in self._sent:
            self._take(name, fields)
        elif answer.callback == "OnRtnOrder" and any(self._sent.values()):
            return self._taken(fields)
        return None

    def _taken(self, fields: Fields) -> OwnAnswer | None:
        for name, status in _ANSWERED.items():
            mine = (fields.get("FrontID"), fields.get("SessionID")) == self._session
            told = fields.get("OrderSubmitStatus") == status and (mine or name == "ReqOrderAction")
            sent = self._take(name, fields) if told else None
            if sent is not None:
                callback = f"OnRsp{name[3:]}"
                return OwnAnswer(callback, sent.fields, NO_ERROR, sent.request_id)
        return None

    def _take(self, name: str, fields: Fields) -> "_Sent | None":
        """Return the request that `fields` are about, and forget it."""
        waiting = self._sent[name]
        for place, each in enumerate(waiting):
            if each.is_about(fields):
                return waiting.pop(place)
        return None


class _Sent:
    """An order or a cancel that has not been answered."""

    def __init__(self, row: Row, fields: Row, request_id: int) -> None:
        self.fields = fields
        self.request_id = request_id
        self._ref, self._system = (str(row.get(each, "")).strip() for each in _KEYS)

    def is_about(self, fields: Fields) -> bool:
        """Tell whether a report or a refusal is of this one; an order without a number is the next that comes."""
        ref, system = (str(fields.get(each, "")).strip() for each in _KEYS)
        if self._system:
            return system == self._system
        return not self._ref or ref == self._ref
