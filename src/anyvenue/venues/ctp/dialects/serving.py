"""A counter behind the door of a dialect: requests become CTP's, answers the dialect's, and the rest is refused."""

from collections.abc import Mapping, Sequence

from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.description import Api, Description
from anyvenue.venues.ctp.dialects.words import Dialect, OwnAnswer, Row

__all__ = ["Asked", "DialectFace", "Speaker"]

Asked = tuple[str, Row]
"""A request in CTP's words."""

_NAMED = {"UserID", "InvestorID"}


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

    def request(self, name: str, fields: Fields) -> Asked | None:
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
        return asked, row

    def listed(self, method: str) -> str:
        """Return what CTP calls a method with a list of codes, "" for one that it does not have."""
        return self.face.words.lists.get(method, "")
