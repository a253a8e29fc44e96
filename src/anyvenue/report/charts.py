"""The pictures of a report as plotly.js wants them; a colour such as ``@gain`` is the page's own of that name."""

from collections.abc import Sequence
from typing import cast

from anyvenue.engine.results import RunResult
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.orders import Fill
from anyvenue.report.idle import breaks
from anyvenue.report.timeline import (
    Exposure,
    Points,
    local,
    positions,
    thinned,
)
from anyvenue.report.words import Words

__all__ = ["MOST_MARKS", "Figure", "equity_figure", "exposure_figure", "price_figure"]

Figure = dict[str, object]

MOST_MARKS = 1_000
"""Of more fills than this a picture shows so many of each side: more are a smear, and slow."""

_UPPER, _LOWER = (0.36, 1.0), (0.0, 0.28)
_TICKS = [
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%m-%d"},
    {"dtickrange": [86_400_000, "M1"], "value": "%m-%d\n%Y"},
    {"dtickrange": ["M1", None], "value": "%Y-%m"},
]


def equity_figure(result: RunResult, currency: str, zone: str, words: Words) -> Figure:
    """Return equity with the drawdown below it."""
    samples = result.equity_in(currency)
    paid = float(result.summaries[currency].paid_in)
    times = [ts for ts, _ in samples]
    values = [value for _, value in samples]
    shown = [local(ts, zone) for ts in times]
    falls = [round(each, 6) for _, each in result.drawdown_in(currency)]
    return _figure(
        [
            {
                **_line(shown, [round(each, 2) for each in values], words("equity"), "@accent"),
                "hovertemplate": "%{y:,.2f}",
            },
            {
                **_line(shown, falls, words("drawdown"), "@loss"),
                **_filled("@loss-soft"),
                "yaxis": "y2",
                "hovertemplate": "%{y:.4~%}",
            },
        ],
        times,
        zone,
        {
            "yaxis": {"title": {"text": currency}, "domain": _UPPER, "tickformat": ",.10~g"},
            "yaxis2": {
                "title": {"text": words("drawdown")},
                "domain": _LOWER,
                "tickformat": ".4~%",
                "rangemode": "tozero",
            },
            "shapes": [_level(paid)],
        },
    )


def exposure_figure(held: Exposure, zone: str, words: Words) -> Figure:
    """Return gross and net exposure over equity."""
    shown = [local(ts, zone) for ts in held.times]
    gross = _line(shown, _rounded(held.gross), words("gross"), "@accent")
    net = _line(shown, _rounded(held.net), words("net"), "@second")
    style = {"hovertemplate": "%{y:.3f}×"}
    for trace in (gross, net):
        trace["line"] = {**cast(Figure, trace["line"]), "shape": "hv"}
    return _figure(
        [{**gross, **_filled("@accent-soft"), **style}, {**net, **style}],
        held.times,
        zone,
        {"yaxis": {"ticksuffix": "×", "rangemode": "tozero"}},
    )


def price_figure(result: RunResult, instrument: InstrumentId, zone: str, words: Words) -> Figure:
    """Return the price with buys and sells in it, and the position below."""
    prices = result.prices(instrument)
    fills = [fill for fill in result.fills if fill.instrument == instrument]
    # The first fill may lie before the first sample, the last one behind the last.
    times = sorted({*(ts for ts, _ in prices), *(fill.ts_event for fill in fills[:1] + fills[-1:])})
    line = _line(
        [local(ts, zone) for ts, _ in prices],
        [price for _, price in prices],
        words("price"),
        "@muted-line",
    )
    held = positions(result.fills, instrument)
    return _figure(
        [
            {**line, "hovertemplate": "%{y}"},
            _marks(fills, Side.BUY, zone, words("buy"), "triangle-up", "@buy"),
            _marks(fills, Side.SELL, zone, words("sell"), "triangle-down", "@sell"),
            _held(held, times, zone, words),
        ],
        times,
        zone,
        {
            "yaxis": {"title": {"text": words("price")}, "domain": _UPPER, "tickformat": ",.10~g"},
            "yaxis2": {
                "title": {"text": words("position")},
                "domain": _LOWER,
                "rangemode": "tozero",
                **_whole_lots(held),
            },
        },
    )


def _held(points: Points, times: Sequence[int], zone: str, words: Words) -> Figure:
    """Return the position as steps, from the first sample to the last."""
    whole = [(times[0], 0.0), *points] if times and points else list(points)
    if whole and times[-1] > whole[-1][0]:
        whole.append((times[-1], whole[-1][1]))
    shown = thinned(whole, 4 * MOST_MARKS)
    trace = _line(
        [local(ts, zone) for ts, _ in shown],
        [net for _, net in shown],
        words("position"),
        "@accent",
    )
    steps = {"color": "@accent", "width": 1, "shape": "hv"}
    return {
        **trace,
        **_filled("@accent-soft"),
        "line": steps,
        "yaxis": "y2",
        "hovertemplate": "%{y}",
    }


def _whole_lots(points: Points) -> Figure:
    """Return ticks at whole lots where there are few of them: nobody holds half a lot."""
    few = all(abs(net) <= 3 and net == round(net) for _, net in points)
    return {"dtick": 1} if few else {}


def _marks(
    fills: Sequence[Fill], side: Side, zone: str, name: str, symbol: str, color: str
) -> Figure:
    shown = thinned([fill for fill in fills if fill.side is side], MOST_MARKS)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [local(fill.ts_event, zone) for fill in shown],
        "y": [float(fill.price) for fill in shown],
        "text": [f"{float(fill.quantity):g} @ {float(fill.price):,.10g}" for fill in shown],
        "hovertemplate": "%{text}",
        "cliponaxis": False,
        "marker": {
            "symbol": symbol,
            "size": 9,
            "color": color,
            "line": {"color": "@card", "width": 1},
        },
    }


def _line(x: Sequence[str], y: Sequence[float], name: str, color: str) -> Figure:
    # SVG, not WebGL: WebGL compiles code at run time, which the page forbids.
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": color, "width": 1.5},
    }


def _filled(color: str) -> Figure:
    return {"fill": "tozeroy", "fillcolor": color}


def _level(value: float) -> Figure:
    line = {"color": "@muted-line", "width": 1, "dash": "dot"}
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value,
        "line": line,
    }  # fmt: skip


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(each, 5) for each in values]


def _figure(data: list[Figure], times: Sequence[int], zone: str, layout: Figure) -> Figure:
    axis: Figure = {
        "type": "date",
        "tickformatstops": _TICKS,
        "hoverformat": "%Y-%m-%d %H:%M:%S",
        "rangebreaks": breaks(times, zone),
        "range": [local(ts, zone) for ts in (times[0], times[-1])] if times else None,
        "anchor": "y2" if "yaxis2" in layout else "y",
    }
    return {"data": data, "layout": {"xaxis": axis, **layout}}
