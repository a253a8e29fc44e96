"""Frames on a stream: any way of cutting the bytes gives the same messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.venues.paper.framing import FrameError, Frames, framed


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_frames_come_out_whole_however_the_bytes_arrive(
    messages: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(framed(message) for message in messages)
    frames, found, at = Frames(100), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        found += frames.feed(stream[at : at + size])
        at += size
    assert found == messages


@pytest.mark.parametrize("length", [0, 101, 2**32 - 1])
def test_an_empty_or_oversized_frame_is_an_error_before_it_arrives(length: int) -> None:
    with pytest.raises(FrameError, match=f"a frame of {length} bytes was announced"):
        Frames(100).feed(length.to_bytes(4, "big"))
