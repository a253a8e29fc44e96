"""Several sources as one stream in the order of `ts_recv`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace

from anyvenue.data.source import Source
from anyvenue.model.market import MarketData

__all__ = ["merge"]

_Entry = tuple[int, int, MarketData, Callable[[], MarketData]]


def merge(sources: Sequence[Source | Iterable[MarketData]]) -> Iterator[MarketData]:
    """Return the records of all sources by `ts_recv`; at one instant in the order of the sources.

    Each source must be in that order itself. One source is returned as its own iterator, at no cost.
    """
    streams = [
        iter(source.events() if isinstance(source, Source) else source) for source in sources
    ]
    return streams[0] if len(streams) == 1 else _merged(streams)


def _merged(streams: Sequence[Iterator[MarketData]]) -> Iterator[MarketData]:
    heap: list[_Entry] = []
    for number, stream in enumerate(streams):
        first = next(stream, None)
        if first is not None:
            # The number is unique, so that comparing entries never gets to the records.
            heap.append((first.ts_recv, number, first, stream.__next__))
    heapify(heap)
    while len(heap) > 1:
        try:
            while True:
                _, number, event, advance = heap[0]
                yield event
                event = advance()
                heapreplace(heap, (event.ts_recv, number, event, advance))
        except StopIteration:
            heappop(heap)
    if heap:
        yield heap[0][2]
        yield from streams[heap[0][1]]
