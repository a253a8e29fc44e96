"""What a table of a dialect is made of, and the two directions it is read in.

`into` goes from the dialect to CTP, `out` from CTP to the dialect. A field that is not named has the same name, and a
code that is not named the same letter, on both sides.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.description import Description, Layout, Value

__all__ = ["Codes", "Dialect", "Hook", "OwnAnswer", "Row", "StructWords", "codes", "number"]

Row = dict[str, Value]

Hook = Callable[[Fields, Row], None]
"""Given what is translated and what it has become, it changes the latter where shapes differ."""

# Whole numbers in some dialects, text in CTP.
_TEXTS = frozenset({"OrderRef", "MaxOrderRef", "ExecOrderRef", "CombActionRef", "LockRef"})
_MOST = 2**31


class Codes(msgspec.Struct, frozen=True):
    """One enumeration: the dialect's codes as CTP's, and CTP's as the dialect's."""

    into: dict[str, str]
    out: dict[str, str]


def codes(
    pairs: Mapping[str, str], into: Mapping[str, str] = {}, out: Mapping[str, str] = {}
) -> Codes:
    """Return an enumeration of pairs (the dialect's, CTP's); `into` and `out` hold for one direction only."""
    return Codes({**pairs, **into}, {**{ours: own for own, ours in pairs.items()}, **out})


class StructWords(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One struct: `names` are the dialect's with CTP's, `codes` go by CTP's name, `given` is what the dialect lacks."""

    names: dict[str, str] = {}
    codes: dict[str, Codes] = {}
    given: dict[str, Value] = {}
    into: Hook | None = None
    out: Hook | None = None

    @cached_property
    def own_names(self) -> dict[str, str]:
        """The dialect's names by CTP's."""
        return {ours: own for own, ours in self.names.items()}


class OwnAnswer(Answer, frozen=True, gc=False):
    """An answer that is in the dialect's words already."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One dialect. Names of requests and callbacks are the dialect's with CTP's; `structs` go by the dialect's name.

    The answer of a request need not be named in `callbacks`. `base` is the API of CTP's whose words these become.
    `steps` are requests that only our driver makes, under another name: what must be known before the first order.
    `answers` may turn one answer of a counter, in CTP's words, into several.
    """

    name: str
    base: str = "ctp"
    requests: dict[str, str] = {}
    callbacks: dict[str, str] = {}
    lists: dict[str, str] = {}
    codes: dict[str, Codes] = {}
    structs: dict[str, StructWords] = {}
    steps: dict[str, str] = {}
    answers: Callable[[Answer], tuple[Answer, ...]] | None = None

    @cached_property
    def heard(self) -> dict[str, str]:
        """CTP's callbacks by the dialect's."""
        answers = {f"OnRsp{own[3:]}": f"OnRsp{ours[3:]}" for own, ours in self.requests.items()}
        fronts = ("OnFrontConnected", "OnFrontDisconnected", "OnRspError", "OnHeartBeatWarning")
        return {**{each: each for each in fronts}, **answers, **self.callbacks}

    @cached_property
    def told(self) -> dict[str, str]:
        """The dialect's callbacks by CTP's."""
        return {ours: own for own, ours in reversed(self.heard.items())}

    def into(self, struct: str, own: Fields) -> Row:
        """Return a struct's fields in CTP's words."""
        words = self.structs.get(struct, _SAME)
        row: Row = dict(words.given)
        for own_name, value in own.items():
            name = words.names.get(own_name, own_name)
            if name in _TEXTS and type(value) is int:
                value = str(value) if value else ""
            table = words.codes.get(name) or self.codes.get(name)
            if table is not None:
                value = table.into.get(str(value), value)
            row[name] = value
        if words.into is not None:
            words.into(own, row)
        return row

    def out(self, struct: str, fields: Fields, layout: Layout) -> Row:
        """Return CTP's fields in the words of one of the dialect's structs."""
        words = self.structs.get(struct, _SAME)
        names, row = words.own_names, Row()
        for name, value in fields.items():
            table = words.codes.get(name) or self.codes.get(name)
            if table is not None:
                value = table.out.get(str(value), value)
            row[names.get(name, name)] = value
        if words.out is not None:
            words.out(fields, row)
        return {
            field.name: _fitting(row[field.name], field.is_text, field.c == "double")
            for field in layout.fields
            if field.name in row
        }

    def translate(
        self, answer: Answer, description: Description, spoken: Mapping[str, str]
    ) -> tuple[Answer, ...]:
        """Return a counter's answer in the dialect's words; `spoken` are the structs of its callbacks by name."""
        if type(answer) is OwnAnswer:
            return (answer,)
        found = self.answers(answer) if self.answers is not None else (answer,)
        return tuple(
            each if type(each) is OwnAnswer else self._told(each, description, spoken)
            for each in found
        )

    def _told(self, answer: Answer, description: Description, spoken: Mapping[str, str]) -> Answer:
        callback = self.told.get(answer.callback, answer.callback)
        struct = spoken.get(callback, "")
        fields = answer.fields
        if fields is not None and struct:
            fields = self.out(struct, fields, description.layout(struct))
        return msgspec.structs.replace(answer, callback=callback, fields=fields)


_SAME = StructWords()


def number(value: object) -> int:
    """Return a whole number of a text or a number, 0 for none and for one that a C int does not hold."""
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() else 0
    return int(value) if isinstance(value, int | float) and abs(value) < _MOST else 0


def _fitting(value: Value, text: bool, double: bool) -> Value:
    if text:
        return value if isinstance(value, str | bytes) else str(value)
    if double:
        return float(value) if isinstance(value, int | float) else 0.0
    if isinstance(value, int):
        return value
    return number(value)
