"""Figures of a node, and their text."""

from anyvenue.runtime.metrics import Histogram, Metrics


def test_a_histogram_counts_below_its_bounds() -> None:
    histogram = Histogram((1.0, 2.0, 5.0))
    for value in (0.5, 1.0, 1.5, 4.0, 9.0):
        histogram.observe(value)
    assert histogram.counts == [2, 1, 1, 1]
    assert (histogram.count, histogram.total) == (5, 16.0)
    assert histogram.quantile(0.5) == 2.0
    assert histogram.quantile(1.0) == float("inf")
    assert Histogram().quantile(0.99) is None


def test_the_text_is_what_prometheus_reads() -> None:
    metrics = Metrics()
    sent = metrics.counter("orders_total", "Orders.")
    latency = metrics.histogram("latency_seconds", "Latency.", (0.1, 1.0))
    metrics.gauge("equity", "Equity.", lambda: [({"account": 'a"b\\c'}, 1_234_567.89)])
    sent.add(3)
    latency.observe(0.5)
    assert metrics.render() == (
        "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 3\n"
        "# HELP latency_seconds Latency.\n# TYPE latency_seconds histogram\n"
        'latency_seconds_bucket{le="0.1"} 0\nlatency_seconds_bucket{le="1.0"} 1\n'
        'latency_seconds_bucket{le="+Inf"} 1\nlatency_seconds_sum 0.5\nlatency_seconds_count 1\n'
        '# HELP equity Equity.\n# TYPE equity gauge\nequity{account="a\\"b\\\\c"} 1234567.89\n'
    )
