"""The part of ``anyvenue doctor`` about CTP-like counters: which of them can be spoken to from here."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.app.messages import Language, text, translate
from anyvenue.venues.ctp.native.catalogue import COUNTERS, Counter, installed_library
from anyvenue.venues.ctp.native.factories import Which
from anyvenue.venues.ctp.native.probe import Probe, probe_library

__all__ = ["CounterCheck", "check_counters", "check_files"]

_AT_ONCE = 4
_WHICH: tuple[Which, ...] = ("trader", "md")


class CounterCheck(msgspec.Struct, frozen=True):
    """One counter: ``failed`` is installed and does not load, ``absent`` is not installed.

    `trader` and `md` are what the two libraries said of themselves, `equal` why a version without a description of
    its own is known.
    """

    name: str
    title: str
    state: Literal["good", "absent", "failed"]
    found: str
    advice: str = ""
    trader: Probe | None = None
    md: Probe | None = None


def check_counters(lang: Language, search: Sequence[str] | None = None) -> list[CounterCheck]:
    """Try the libraries of all known counters, each in a process of its own; `search` as for `find_library`."""
    wanted = {
        (counter.name, which): path
        for counter in COUNTERS.values()
        for which in _WHICH
        if (path := installed_library(counter, which, search)) is not None
    }
    paths = sorted(set(wanted.values()))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        probes = dict(zip(paths, pool.map(probe_library, paths), strict=True))
    found = {key: probes[path] for key, path in wanted.items()}
    return [
        _check(counter, [found.get((counter.name, which)) for which in _WHICH], lang)
        for counter in COUNTERS.values()
    ]


def check_files(lang: Language, files: Sequence[Path]) -> list[CounterCheck]:
    """Try library files of the user's."""
    checks = []
    for file in files:
        probe = probe_library(file)
        trader, md = (probe, None) if probe.which == "trader" else (None, probe)
        state: Literal["good", "failed"] = "failed" if probe.problem else "good"
        said = _said(probe, lang)
        checks.append(
            CounterCheck(probe.dialect, file.name, state, said, _equal([probe], lang), trader, md)
        )
    return checks


def _check(counter: Counter, probes: Sequence[Probe | None], lang: Language) -> CounterCheck:
    title = counter.title_zh if lang == "zh" else counter.title_en
    found = [probe for probe in probes if probe is not None]
    if not found:
        return CounterCheck(
            counter.name, title, "absent", text("cli.not_installed", lang), _advice(counter, lang)
        )
    bad = [probe for probe in found if probe.problem]
    return CounterCheck(
        counter.name,
        title,
        "failed" if bad else "good",
        "; ".join(_said(probe, lang) for probe in found),
        _equal(found, lang),
        probes[0],
        probes[1],
    )


def _advice(counter: Counter, lang: Language) -> str:
    if not counter.package:
        return text("cli.ctp_users_file", lang)
    if counter.package.startswith("vnpy_"):
        return text("cli.ctp_builds", lang, install=counter.install)
    return counter.install


def _said(probe: Probe, lang: Language) -> str:
    if probe.error is not None:
        return translate(probe.error, lang)
    which = text(f"cli.ctp_{probe.which}", lang)
    return text(
        "cli.ctp_loads", lang, which=which, version=probe.version, described=probe.described
    )


def _equal(probes: Sequence[Probe], lang: Language) -> str:
    return text("cli.ctp_equal", lang) if any(probe.reason for probe in probes) else ""
