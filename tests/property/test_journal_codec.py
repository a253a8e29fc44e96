"""Everything a journal can hold comes back as it was."""

import math
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any, NewType, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.kernel.audit import AuditHash
from anyvenue.model import commands, events
from anyvenue.runtime.journal import KINDS, JournalReader, MemoryFiles
from anyvenue.runtime.journal.codec import decode_value, encode_value, kind_of
from journals import START, open_in

PLAIN: dict[object, st.SearchStrategy[object]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=20),
    float: st.floats(),
    bool: st.booleans(),
    type(None): st.none(),
}


@cache
def of(kind: object) -> st.SearchStrategy[Any]:
    """Return values of an annotation."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, NewType):
        return of(kind.__supertype__)
    parts = get_args(kind)
    if get_origin(kind) is tuple:
        if parts[-1] is Ellipsis:
            return st.lists(of(parts[0]), max_size=3).map(tuple)
        return st.tuples(*map(of, parts))
    if parts:
        return st.one_of(*map(of, parts))
    assert isinstance(kind, type)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return st.builds(kind, **{name: of(each) for name, each in get_type_hints(kind).items()})


def build(kind: str) -> st.SearchStrategy[msgspec.Struct]:
    """Return values of a type, every field drawn from its annotation."""
    return of(KINDS[kind])


def same(left: object, right: object) -> bool:
    """Compare two values, NaN being equal to itself."""
    if isinstance(left, msgspec.Struct):
        fields = left.__struct_fields__
        return type(left) is type(right) and all(
            same(getattr(left, name), getattr(right, name)) for name in fields
        )
    if isinstance(left, tuple | list):
        return isinstance(right, tuple | list) and (
            len(left) == len(right) and all(map(same, left, right))
        )
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    return left == right and type(left) is type(right)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=15)
@given(data=st.data())
def test_a_value_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    value = data.draw(build(kind))
    assert kind_of(value) == kind
    assert same(value, decode_value(kind, encode_value(value)))


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(KINDS)).flatmap(build), max_size=8))
def test_any_sequence_of_values_comes_back_from_a_journal(values: list[msgspec.Struct]) -> None:
    files = MemoryFiles()
    open_in(files).append_all(values, START)
    found = [record.value for record in JournalReader(files).records()][1:]
    assert same(found, values)


def test_every_command_and_event_has_its_place_in_a_journal() -> None:
    for module in (commands, events):
        for name in module.__all__:
            what = getattr(module, name)
            if isinstance(what, type) and issubclass(what, msgspec.Struct):
                assert KINDS[name] is what


@settings(max_examples=30)
@given(build("OrderSubmitted"))
def test_the_bytes_of_a_record_are_those_of_the_audit_hash(value: msgspec.Struct) -> None:
    files = MemoryFiles()
    open_in(files).append(value, START)
    record = list(JournalReader(files).records())[-1]
    live = AuditHash()
    live.add(value)
    told = blake2b(record.kind.encode() + bytes(record.payload), digest_size=16)
    assert told.hexdigest() == live.hexdigest()
