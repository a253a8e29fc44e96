"""Frames of the native door: whole however the bytes arrive, and an end with a reason for what is none."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.venues.ctp.counter.seam import Answer, Resume, Topic
from anyvenue.venues.ctp.description import DESCRIBED, describe
from anyvenue.venues.ctp.door.framing import (
    HEAD,
    LONGEST,
    Flag,
    FrameError,
    Frames,
    Kind,
    frame,
    parse_names,
    write_names,
)
from anyvenue.venues.ctp.door.greeting import (
    Hello,
    Side,
    TopicWish,
    fingerprint,
    parse_hello,
    write_hello,
)
from anyvenue.venues.ctp.door.packing import Packer

HELLO = Hello(Side.TRADER, "ctp", "6.7.11", 7, (TopicWish(0, Resume.RESUME, 12, 20260504),))


@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_frames_come_out_whole_however_the_bytes_arrive(
    bodies: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(frame(Kind.REQUEST, body, number=i) for i, body in enumerate(bodies))
    frames, found, at = Frames(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        found += frames.feed(stream[at : at + size])
        at += size
    assert [head.body[: head.length] for head in found] == bodies
    assert [head.number for head in found] == list(range(len(bodies)))


@pytest.mark.parametrize("size", [0, 23, 25, LONGEST + 8, 2**32 - 8])
def test_a_frame_of_an_impossible_size_is_an_error_before_it_arrives(size: int) -> None:
    with pytest.raises(FrameError, match=f"a frame of {size} bytes was announced"):
        Frames().feed(HEAD.pack(size, 1, 0, 0, 0, 0, 0, 0))


def test_a_greeting_comes_back_as_it_was_written() -> None:
    [head] = Frames().feed(write_hello(HELLO))
    assert parse_hello(head) == HELLO


def test_codes_come_back_as_they_were_written() -> None:
    [head] = Frames().feed(write_names(8, ["rb2610", "IF2606", ""], "1"))
    assert parse_names(head) == ("rb2610", "IF2606", "")
    assert (head.index, chr(head.flags)) == (8, "1")


def test_damaged_frames_are_refused_with_a_reason_or_are_frames() -> None:
    dice = random.Random(20260504)
    seeds = [write_hello(HELLO), write_names(3, ["rb2610"] * 9), frame(Kind.REQUEST, b"x" * 99)]
    refused = 0
    for _ in range(2_000):
        raw = bytearray(dice.choice(seeds))
        for _ in range(dice.randrange(1, 30)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        try:
            for head in Frames().feed(bytes(raw)):
                if head.kind == Kind.NAMES:
                    parse_names(head)
                else:
                    parse_hello(head)
        except FrameError as error:
            refused += error.text != ""
    assert refused > 1_000


def test_versions_that_lie_differently_in_memory_have_different_fingerprints() -> None:
    marks = {
        fingerprint(describe("ctp", version), Side.TRADER)
        for version in ("6.3.15", "6.5.1", "6.7.2", "6.7.11")
    }
    assert len(marks) == 4


def test_every_described_api_has_a_packer_that_knows_its_login() -> None:
    for dialect, versions in DESCRIBED.items():
        description = describe(dialect, versions[-1])
        side = Side.TRADER if description.trader else Side.MD
        made = Packer(description, side).frame(Answer("OnRspUserLogin", {}, (3, "no"), 5), 1)
        [head] = Frames().feed(made)
        assert head.flags == Flag.DATA | Flag.ERROR | Flag.LAST
        assert head.number == 5


def test_an_answer_is_packed_once_for_all_clients_of_a_version() -> None:
    packer = Packer(describe("ctp", "6.7.11"), Side.TRADER)
    answer = Answer("OnRtnOrder", {"OrderRef": "1"}, topic=Topic.PRIVATE, number=9)
    made = packer.frame(answer, 20260504)
    assert packer.frame(answer, 20260504) is made
    [head] = Frames().feed(made)
    assert (head.count, head.day, head.flags & Flag.PRIVATE) == (9, 20260504, Flag.PRIVATE)
    assert describe("ctp", "6.7.11").layout("Order").unpack(head.body)["OrderRef"] == "1"


def test_a_callback_that_a_version_does_not_have_is_not_sent() -> None:
    old = Packer(describe("ctp", "6.3.15"), Side.TRADER)
    assert old.frame(Answer("OnRspQryRULEInstrParameter", None), 1) == b""
