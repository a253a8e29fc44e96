"""A vendor's library of a dialect as our driver sees it: a `LibrarySession` in CTP's words.

The vendor's thread only gives a callback CTP's name; its struct is translated where it is read, on the driver's side.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ctp.description import Api, Description, Layout, Method, Value
from anyvenue.venues.ctp.dialects import words_of
from anyvenue.venues.ctp.dialects.own_refs import OwnRefs, refs_of
from anyvenue.venues.ctp.dialects.quotes import QuoteLayout
from anyvenue.venues.ctp.dialects.toramd import is_option
from anyvenue.venues.ctp.dialects.words import Dialect, Row
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

__all__ = ["SpokenDescription", "TranslatedSession", "translated"]

_DEPTH = "DepthMarketData"
_LOGIN, _QUERY_LOGIN, _LOST = "OnRspUserLogin", "OnRspQueryUserLogin", "OnFrontDisconnected"
_QUERY_FRONT = "query+"


def translated(
    own: Description, make: Callable[[OnCalled], LibrarySession], post: OnCalled
) -> LibrarySession:
    """Return a session of the library that `own` describes, in CTP's words whatever it speaks."""
    words = words_of(own.dialect)
    return make(post) if words is None else TranslatedSession(own, words, make, post)


class _SpokenLayout(Layout):
    """A dialect's struct, whose values come in CTP's words."""

    def __init__(self, own: Layout, translate: Callable[[dict[str, Value]], Row]) -> None:
        super().__init__(own.name, [(f.name, f.type_name, f.c, f.length) for f in own.fields])
        self._translate = translate

    def unpack(self, raw: bytes | memoryview) -> dict[str, Value]:
        return self._translate(super().unpack(raw))


class SpokenDescription(Description):
    """A dialect's API as one of CTP's: it has those requests and callbacks that the dialect has words for."""

    def __init__(self, own: Description, words: Dialect, refs: OwnRefs) -> None:
        """Speak `words`; `refs` names the orders of this session."""
        prefixes = own.type_prefix, own.struct_prefix
        trader, md = _renamed(own.trader, words), _renamed(own.md, words)
        super().__init__(own.dialect, own.version, prefixes, own.types, own.structs, trader, md)
        self.own = own
        self._words = words
        self._refs = refs
        self._spoken: dict[str, Layout] = {}

    def layout(self, struct: str) -> Layout:
        """Return a struct whose values are read in CTP's words; ``DepthMarketData`` is what quotes come in."""
        known = self._spoken.get(struct)
        if known is None:
            known = self._spoken[struct] = self._made(struct)
        return known

    def _made(self, struct: str) -> Layout:
        words = self._words
        if struct == _DEPTH:
            name = _DEPTH if _DEPTH in self.own.structs else "MarketData"
            own = self.own.layout(name)
            return QuoteLayout(own, words.structs.get(name), words.codes.get("ExchangeID"))

        def translate(row: dict[str, Value]) -> Row:
            return self._refs.heard(struct, words.into(struct, row))

        return _SpokenLayout(self.own.layout(struct), translate)


class TranslatedSession:
    """Implements `LibrarySession` over one of a dialect's. With `with_exchange` it wants codes as ``600000@SSE``."""

    def __init__(
        self,
        own: Description,
        words: Dialect,
        make: Callable[[OnCalled], LibrarySession],
        post: OnCalled,
    ) -> None:
        """Make the dialect's session and post its callbacks under CTP's names."""
        self._words = words
        self._own = own
        self._refs = refs_of(own.dialect)
        self.with_exchange = own.trader is None
        self.description: Description = SpokenDescription(own, words, self._refs)
        self._names = {**words.heard, **_answers(words)}
        self._asked = {ours: name for name, ours in {**words.requests, **words.steps}.items()}
        self._post = post
        self._query_front = False
        self._login: Called | None = None
        self._query_login = False
        self._session = make(self._on_called)

    @property
    def version(self) -> str:
        """The library's own word for its version."""
        return self._session.version

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Begin; with a query front (``query+tcp://...``) a login is answered once both fronts have let us in."""
        self._query_front = any(each.startswith(_QUERY_FRONT) for each in fronts)
        self._session.start(fronts, private, public)

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        """Make a request in the dialect's words; raise NotSent for an order that it has none for."""
        own = self._asked.get(name)
        if own is None:
            raise VenueRefused(
                f"{self._own.dialect} has nothing for {name}",
                venue_code="no_request",
                venue_text=name,
            )
        if name == "ReqOrderInsert":
            self._refs.check(fields)
        methods = self._own.requests if self._own.trader is not None else self._own.md_requests
        method = methods.get(own) or self._own.md_requests[own]
        row = self._refs.said(method.struct, fields)
        said = self._words.out(method.struct, row, self._own.layout(method.struct))
        return self._session.request(own, said, request_id)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        """Call ``SubscribeMarketData`` and its likes with a list of codes."""
        own = next((name for name, ours in self._words.lists.items() if ours == method), method)
        if not self.with_exchange:
            return self._session.subscribe(own, instruments)
        letters = self._words.codes["ExchangeID"].out
        returned = 0
        for options in (False, True):
            codes = [each.partition("@") for each in instruments]
            listed = [
                f"{code}@{letters.get(exchange, '')}"
                for code, _, exchange in codes
                if is_option(code) is options
            ]
            if listed:
                name = own.replace("Market", "SPMarket") if options else own
                returned = self._session.subscribe(name, listed) or returned
        return returned

    def trading_day(self) -> str:
        """Return GetTradingDay, "" where the API has none."""
        return self._session.trading_day()

    def close(self) -> None:
        """Release the API object; returns when no callback can come any more."""
        self._session.close()

    # ---- on the vendor's thread

    def _on_called(self, called: Called) -> None:
        callback = called.callback
        if self._query_front and callback in (_LOGIN, _QUERY_LOGIN, _LOST):
            self._on_two_fronts(called)
            return
        name = self._names.get(callback)
        if name == callback:
            self._post(called)
        elif name is not None:
            self._post(replace(called, callback=name))

    def _on_two_fronts(self, called: Called) -> None:
        """Let a login pass once the query front has answered its own, which carries the same request."""
        if called.callback == _LOST:
            self._login, self._query_login = None, False
            self._post(called)
        elif called.callback == _QUERY_LOGIN:
            self._query_login = True
            if self._login is not None:
                self._post(self._login)
        elif self._query_login or _failed(called):
            self._post(called)
        else:
            self._login = called


def _failed(called: Called) -> bool:
    """Tell whether an answer is an error: RspInfo begins with its number."""
    return called.error is not None and called.error[:4] != bytes(4)


def _answers(words: Dialect) -> dict[str, str]:
    return {f"OnRsp{own[3:]}": f"OnRsp{ours[3:]}" for own, ours in words.steps.items()}


def _renamed(api: Api | None, words: Dialect) -> Api | None:
    """Return an API under CTP's names; what has none in CTP is left out."""
    if api is None:
        return None
    requests = {**words.requests, **words.steps}
    heard = {**words.heard, **_answers(words)}
    kept = {"Init", "Join", "Release", "GetTradingDay", "RegisterFront", "RegisterSpi"}
    names = {**{each: each for each in kept}, **requests, **words.lists}
    return replace(api, api=_named(api.api, names), spi=_named(api.spi, heard))


def _named(methods: Sequence[Method], names: Mapping[str, str]) -> tuple[Method, ...]:
    found: dict[str, Method] = {}
    for each in methods:
        name = names.get(each.name)
        if name is not None and name not in found:
            found[name] = replace(each, name=name)
    return tuple(found.values())
