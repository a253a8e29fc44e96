"""Every message of the JSON protocol: who sends it, under which keys, with which fields."""

import csv
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain

import msgspec

from anyvenue.venues.ctp.description import Description, describe
from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.json.envelope import Envelope
from anyvenue.venues.ctp.json.requests import Requests

__all__ = ["Body", "Kind", "Protocol", "protocol"]

_WITHOUT_INFO = ("RtnDepthMarketData", "RtnForQuoteRsp")
_MD_REQUESTS = ("ReqUserLogin", "ReqUserLogout")
_SUBSCRIPTIONS = {
    "SubscribeMarketData": "RspSubMarketData",
    "UnSubscribeMarketData": "RspUnSubMarketData",
    "SubscribeForQuoteRsp": "RspSubForQuoteRsp",
    "UnSubscribeForQuoteRsp": "RspUnSubForQuoteRsp",
}


class Body(msgspec.Struct, frozen=True):
    """The fields of a message: the struct's name and the fields that are told or taken, in their order."""

    struct: str
    fields: tuple[Field, ...]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One ``MsgType``. `role` is request, answer or push; `sides` are td and md.

    `keys` are the names under which the fields come, the first one usual; `answers` the names of what comes back.
    `list_key` names an array of instruments beside the envelope; `md_body` is what md has where that is another.
    """

    name: str
    role: str
    sides: tuple[str, ...]
    body: Body | None = None
    md_body: Body | None = None
    keys: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    list_key: str = ""
    has_info: bool = True
    title_en: str = ""
    title_zh: str = ""


class Protocol:
    """All kinds of messages of CTP's own by their names, requests first."""

    def __init__(self, description: Description | None = None) -> None:
        """Take the newest CTP unless told otherwise."""
        self.description = description or describe()
        self._requests = Requests(self.description)
        self._td = Envelope(md=False, description=self.description)
        self._md = Envelope(md=True, description=self.description)

    @cached_property
    def requests(self) -> list[Kind]:
        """What a client may send."""
        return [*map(self._request, self._requests.names), *map(_subscription, _SUBSCRIPTIONS)]

    @cached_property
    def answers(self) -> list[Kind]:
        """What answers a request."""
        wanted = dict.fromkeys(chain.from_iterable(each.answers for each in self.requests))
        return [self._answer(name) for name in wanted]

    @cached_property
    def pushes(self) -> list[Kind]:
        """What comes by itself."""
        names = [*self.description.callbacks, *self.description.md_callbacks]
        kept = [name[2:] for name in dict.fromkeys(names) if "Rtn" in name]
        return [self._push(name) for name in kept]

    @cached_property
    def structs(self) -> dict[str, Body]:
        """Every struct that a message has, by its name; where sides differ, the longest."""
        found: dict[str, Body] = {}
        for kind in (*self.requests, *self.answers, *self.pushes):
            body = kind.body
            if body is not None:
                before = found.get(body.struct)
                if before is None or len(before.fields) < len(body.fields):
                    found[body.struct] = body
        return found

    # ---- inside

    def _request(self, name: str) -> Kind:
        request = self._requests.find(name)
        assert request is not None
        fields = tuple(each for each in request.fields.values() if _is_told(each))
        en, zh = titles()[name]
        return Kind(
            name=name,
            role="request",
            sides=("td", "md") if name in _MD_REQUESTS else ("td",),
            body=Body(request.struct, fields),
            keys=request.bodies,
            answers=(request.answer,),
            filled=request.filled,
            title_en=en,
            title_zh=zh,
        )

    def _answer(self, name: str) -> Kind:
        if name in _SUBSCRIPTIONS.values():
            request = next(each for each, answer in _SUBSCRIPTIONS.items() if answer == name)
            sides: tuple[str, ...] = ("md",)
        else:
            request = "Req" + name.removeprefix("Rsp")
            sides = ("td", "md") if request in _MD_REQUESTS else ("td",)
        en, zh = titles()[request]
        body = self._told(name, sides)
        on_md = self._told(name, ("md",)) if "md" in sides else None
        return Kind(
            name=name,
            role="answer",
            sides=sides,
            body=body,
            md_body=on_md if on_md != body else None,
            title_en=en,
            title_zh=zh,
        )

    def _push(self, name: str) -> Kind:
        en, zh = titles()[name]
        sides = ("td",) if f"On{name}" in self.description.callbacks else ("md",)
        if name in _WITHOUT_INFO:
            sides = ("md",)
        return Kind(
            name=name,
            role="push",
            sides=sides,
            body=self._told(name, sides),
            has_info=name not in _WITHOUT_INFO,
            title_en=en,
            title_zh=zh,
        )

    def _told(self, name: str, sides: tuple[str, ...]) -> Body | None:
        envelope, callbacks = (
            (self._td, self.description.callbacks)
            if "td" in sides
            else (self._md, self.description.md_callbacks)
        )
        method = callbacks[f"On{name}"]
        if not method.struct:
            return None
        by_name = self.description.layout(method.struct).by_name
        told = envelope.body(f"On{name}", {})
        return Body(method.struct, tuple(by_name[each] for each in told if each in by_name))


def _subscription(name: str) -> Kind:
    en, zh = titles()[name]
    return Kind(
        name=name,
        role="request",
        sides=("md",),
        answers=(_SUBSCRIPTIONS[name],),
        list_key="InstrumentID",
        title_en=en,
        title_zh=zh,
    )


def _is_told(field: Field) -> bool:
    return not field.name.startswith("reserve")


@cache
def titles() -> dict[str, tuple[str, str]]:
    """Return what messages are for, by their names, in English and Chinese."""
    text = files(__package__).joinpath("titles.csv").read_text("utf-8")
    return {row["name"]: (row["en"], row["zh"]) for row in csv.DictReader(text.splitlines())}


@cache
def protocol() -> Protocol:
    """Return the protocol of the newest CTP."""
    return Protocol()
