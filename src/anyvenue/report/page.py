"""One page for a person in a hurry: the figures first, then pictures and tables. It loads nothing from anywhere."""

from collections.abc import Sequence
from html import escape

import msgspec

from anyvenue.data.spans import zone_of_sessions
from anyvenue.engine.results import RunResult
from anyvenue.report.bundle import plotly_js
from anyvenue.report.markup import embedded
from anyvenue.report.sections import account_section, headline
from anyvenue.report.shell import asset, list_html, page_html
from anyvenue.report.tables import overview_table
from anyvenue.report.timeline import local
from anyvenue.report.words import Words

__all__ = ["RESULT_CLASS", "ReportFacts", "render_page"]

RESULT_CLASS = "anyvenue-result"
"""Class of the element with the result's JSON document, which `anyvenue compare` reads back."""

_MOST_SAMPLES = "2,000"


class ReportFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the results do not know: `name` is the title, `synthetic` labels made-up data.

    `setting` are lines such as the strategy's parameters, `notes` what the data assumes, `document` the JSON of
    ``--json``, kept in the page.
    """

    name: str
    synthetic: bool = False
    setting: Sequence[str] = ()
    notes: Sequence[str] = ()
    document: bytes = b"{}"


def render_page(results: Sequence[RunResult], facts: ReportFacts, lang: str) -> str:
    """Return the whole page in `lang`, ``en`` or ``zh``; raise ConfigError where plotly is not installed."""
    script = plotly_js()
    words = Words(lang)
    zone = _zone(results)
    return page_html(
        words("title", name=facts.name),
        lang,
        [
            _header(results, facts, words, zone),
            f"<noscript><p>{escape(words('script_off'))}</p></noscript><main>",
            *_body(results, words, zone),
            "</main>",
            _footer(results, facts, words, zone),
            embedded(RESULT_CLASS, facts.document),
            f"<script>{script}</script><script>{asset('page.js')}</script>",
        ],
    )


def _body(results: Sequence[RunResult], words: Words, zone: str) -> list[str]:
    """Return what every account brought; a table of all of them in front when there are several."""
    parts = [(result, currency) for result in results for currency in result.summaries]
    if len(parts) == 1:
        return [account_section(*parts[0], zone, words)]
    overview = f"<section><h2>{words('overview')}</h2>{overview_table(results, words)}</section>"
    sections = [
        f"<h2 class='account'>{escape(result.account)} · {escape(currency)}</h2>"
        + account_section(result, currency, zone, words)
        for result, currency in parts
    ]
    return [overview, *sections]


def _header(results: Sequence[RunResult], facts: ReportFacts, words: Words, zone: str) -> str:
    summaries = [each for result in results for each in result.summaries.values()]
    instruments = dict.fromkeys(each for result in results for each in result.instruments)
    lines = [f"<h1>{escape(facts.name)}</h1>"]
    if summaries:
        start = local(min(each.start for each in summaries), zone)
        end = local(max(each.end for each in summaries), zone)
        span = words("span", start=start, end=end, zone=zone)
        lines.append(f"<p class='sub'>{escape(span)}</p>")
    lines += [
        f"<p class='sub'>{escape(each)}</p>" for each in (", ".join(instruments), *facts.setting)
    ]
    if facts.synthetic:
        lines.append(f"<p class='banner'>{escape(words('synthetic'))}</p>")
    lines += [f"<p class='banner bad'>{escape(each)}</p>" for each in _problems(results, words)]
    if len(summaries) == 1:
        lines.append(f"<p class='verdict'>{escape(headline(summaries[0], words))}</p>")
    return f"<header>{''.join(lines)}</header>"


def _problems(results: Sequence[RunResult], words: Words) -> list[str]:
    faults = [
        words("faults", strategy=fault.strategy, error=fault.error)
        for result in results
        for fault in result.faults
    ]
    wrong = [_recount(result, words) for result in results if not result.recount_holds]
    return list(dict.fromkeys(faults + wrong))


def _recount(result: RunResult, words: Words) -> str:
    if result.recount_holds:
        return words("recount_holds", account=result.account, count=f"{len(result.fills):,}")
    differences = "; ".join(result.recount_differences)
    return words("recount_fails", account=result.account, differences=differences)


def _footer(results: Sequence[RunResult], facts: ReportFacts, words: Words, zone: str) -> str:
    notes = dict.fromkeys(line for result in results for line in result.warnings)
    lists = [
        list_html(words("warnings"), list(notes)),
        list_html(words("data_notes"), facts.notes),
        list_html(
            words("verify"),
            [
                *(_recount(result, words) for result in results),
                *dict.fromkeys(f"audit {result.audit_hash}" for result in results),
                *(f"ledger {result.account} {result.ledger_hash}" for result in results),
            ],
        ),
    ]
    note = escape(words("footer", most=_MOST_SAMPLES, zone=zone))
    return f"<footer>{''.join(lists)}<p>{note}</p></footer>"


def _zone(results: Sequence[RunResult]) -> str:
    """Return the time zone of the first instrument's market."""
    first = next((each for result in results for each in result.instruments.values()), None)
    return zone_of_sessions(first.sessions) if first is not None else "UTC"
