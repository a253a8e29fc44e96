from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.merge import merge
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Quote


def quotes(name: str, times: list[int]) -> list[Quote]:
    return [
        Quote(InstrumentId(name), ts, ts, 1.0, 2.0, float(n), 1.0) for n, ts in enumerate(times)
    ]


def test_one_source_is_its_own_iterator() -> None:
    stream = iter(quotes("a", [1, 2]))
    assert merge([stream]) is stream


def test_no_source_gives_nothing() -> None:
    assert list(merge([])) == []


def test_records_at_one_instant_come_in_the_order_of_the_sources() -> None:
    merged = merge([quotes("b", [1, 5, 5]), quotes("a", [5, 6])])
    assert [(event.instrument, event.ts_recv) for event in merged] == [
        ("b", 1),
        ("b", 5),
        ("b", 5),
        ("a", 5),
        ("a", 6),
    ]


@given(st.lists(st.lists(st.integers(0, 20), max_size=12).map(sorted), max_size=5))
def test_a_merge_is_a_stable_sort(times: list[list[int]]) -> None:
    sources = [quotes(str(number), stamps) for number, stamps in enumerate(times)]
    everything = [event for source in sources for event in source]
    assert list(merge(sources)) == sorted(everything, key=lambda event: event.ts_recv)
