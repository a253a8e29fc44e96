"""The counters we know: which API they speak and where their libraries come from."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.elf import read_library_file
from anyvenue.venues.ctp.native.factories import Which
from anyvenue.venues.ctp.native.library import factory_of

__all__ = ["COUNTERS", "Counter", "find_library", "installed_library"]


class Counter(msgspec.Struct, frozen=True):
    """A counter of the family; `patterns` say where a package puts its libraries, below a folder of Python's path.

    `package` is empty where no package ships the library: the user has it from the broker. `install` is the command
    that brings it.
    """

    name: str
    title_en: str
    title_zh: str
    package: str = ""
    install: str = ""
    trader: tuple[str, ...] = ()
    md: tuple[str, ...] = ()

    def patterns(self, which: Which) -> tuple[str, ...]:
        """Return where the trader or the market data library may lie."""
        return self.trader if which == "trader" else self.md


def _wheel(name: str, en: str, zh: str, package: str, extra: str, stem: str) -> Counter:
    """Return a counter whose library is in a wheel of openctp's; on Windows it lies beside the modules (untested)."""
    folder = package.replace("-", "_")
    trader, md = (f"{stem}{kind}api_se" for kind in ("trader", "mduser"))
    return Counter(
        name,
        en,
        zh,
        package,
        f"pip install 'anyvenue[{extra}]'",
        (f"{folder}.libs/lib{trader}*.so", f"{folder}/{trader}*.dll"),
        (f"{folder}.libs/lib{md}*.so", f"{folder}/{md}*.dll"),
    )


def _source(name: str, en: str, zh: str, package: str, trader: str, md: str) -> Counter:
    """Return a counter whose library is in a package that pip builds, which needs a C++ compiler."""
    return Counter(
        name,
        en,
        zh,
        package,
        f"pip install --no-deps {package}",
        (f"{package}/api/{trader}",),
        (f"{package}/api/{md}",),
    )


def _users(name: str, en: str, zh: str) -> Counter:
    return Counter(name, en, zh)


COUNTERS: dict[str, Counter] = {
    counter.name: counter
    for counter in (
        _wheel("ctp", "CTP", "上期技术 CTP", "openctp-ctp", "ctp", "thost"),
        _wheel("tts", "openctp TTS", "openctp TTS 模拟", "openctp-tts", "tts", "thost"),
        _wheel(
            "ctpopt", "CTP ETF options", "CTP 股票期权", "openctp-ctpopt", "ctpopt", "soptthost"
        ),
        _source(
            "mini",
            "CTP MINI",
            "CTP MINI",
            "vnpy_mini",
            "libthosttraderapi.so",
            "libthostmduserapi.so",
        ),
        _source(
            "rohon",
            "Rohon",
            "融航",
            "vnpy_rohon",
            "libthosttraderapi_se*.so",
            "libthostmduserapi_se.so",
        ),
        _source(
            "tora", "TORA stocks", "华鑫奇点 股票", "vnpy_tora", "libtraderapi.so", "libxmdapi.so"
        ),
        _source(
            "toraopt",
            "TORA options",
            "华鑫奇点 期权",
            "vnpy_tora",
            "libsptraderapi.so",
            "libxmdapi.so",
        ),
        _users("femas", "FEMAS", "飞马"),
        _users("xtp", "XTP (openctp)", "中泰 XTP（openctp）"),
        _users("emt", "EMT (openctp)", "东方财富 EMT（openctp）"),
        _users("ost", "OST (openctp)", "东方证券 OST（openctp）"),
        _users("yd", "YD (openctp)", "易达 YD（openctp）"),
        _users("qdp", "QDP (openctp)", "量投 QDP（openctp）"),
        _users("tap", "TAP (openctp)", "易盛 TAP（openctp）"),
        _users("ib", "IB (openctp)", "盈透 IB（openctp）"),
    )
}
"""By name. The user's own file can be named wherever one of these can."""

_IN_A_FOLDER = ("*.so*", "*.dll", "*/*.so*", "*/*.dll", "*/*/*.so*", "*/*/*.dll")


def find_library(name: str, which: Which = "trader", search: Sequence[str] | None = None) -> Path:
    """Return the library of a counter, or of a file or folder of the user's; raise ConfigError with what to do.

    `search` are the folders in which packages are installed, by default Python's path; nothing is imported.
    """
    counter = COUNTERS.get(name)
    if counter is None:
        return _users_library(name, which)
    found = installed_library(counter, which, search)
    if found is None:
        raise ConfigError(
            f"the {which} library of {counter.title_en} is not installed; "
            + (
                f"run: {counter.install}"
                if counter.install
                else "name the file that your broker gave you"
            ),
            code="config.ctp_not_installed" if counter.install else "config.ctp_users_file",
            counter=name,
            which=which,
            install=counter.install,
        )
    return found


def installed_library(
    counter: Counter, which: Which, search: Sequence[str] | None = None
) -> Path | None:
    """Return a counter's library in the installed packages, None when it is in none of them."""
    for folder in search if search is not None else sys.path:
        for pattern in counter.patterns(which):
            found = sorted(Path(folder or os.curdir).glob(pattern))
            if found:
                return found[0]
    return None


def _users_library(name: str, which: Which) -> Path:
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if not path.is_dir():
        raise ConfigError(
            f"{name!r} is no counter, no file and no folder; the counters are {', '.join(COUNTERS)}",
            code="config.ctp_no_such_library",
            name=name,
            known=tuple(COUNTERS),
        )
    found = list(_of_folder(path, which))
    if len(found) != 1:
        listed = ", ".join(str(each.relative_to(path)) for each in found) or "none"
        raise ConfigError(
            f"{path} has not one {which} library of the CTP family but {listed}; name the file",
            code="config.ctp_not_one",
            path=str(path),
            which=which,
            found=listed,
        )
    return found[0]


def _of_folder(folder: Path, which: Which) -> Iterator[Path]:
    """Give the libraries of a folder, each content once: packages ship copies under two names."""
    seen: set[tuple[int, int]] = set()
    for pattern in _IN_A_FOLDER:
        for path in sorted(folder.glob(pattern)):
            try:
                file = read_library_file(path)
                factory = factory_of(file)
            except ConfigError:
                continue
            same = path.stat().st_size, hash(frozenset(file.symbols.items()))
            if factory.which == which and same not in seen:
                seen.add(same)
                yield path
