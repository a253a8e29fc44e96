"""What a shared library says of itself before it is loaded: machine, symbols and their sizes, what it needs."""

import mmap
import struct
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["LibraryFile", "read_library_file"]

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_DYNAMIC = struct.Struct("<qQ")
_DYNSYM, _DYNAMIC_SECTION = 11, 6
_NEEDED, _SONAME, _RPATH, _RUNPATH = 1, 14, 15, 29
_MACHINES = {3: "x86", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv"}


class LibraryFile(msgspec.Struct, frozen=True):
    """A file's `platform` (``linux x86-64``), its exported symbols with their sizes, the libraries it needs.

    Symbols are read of Linux libraries only; they are empty for others, which say of themselves no more than that.
    """

    path: Path
    platform: str
    symbols: dict[str, int] = {}
    needed: tuple[str, ...] = ()
    soname: str = ""
    search: str = ""


def read_library_file(path: Path) -> LibraryFile:
    """Read a library's own words; raise ConfigError when there is no such file or it is no library."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            return _read(path, raw)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the library {path} cannot be read: {error}",
            code="config.ctp_unreadable",
            path=str(path),
        ) from None
    except (struct.error, IndexError):
        raise ConfigError(
            f"the library {path} is cut short: copy or download it again",
            code="config.ctp_cut_short",
            path=str(path),
        ) from None


def _read(path: Path, raw: mmap.mmap) -> LibraryFile:
    if raw[:4] == b"\x7fELF":
        return _read_elf(path, raw)
    if raw[:2] == b"MZ":
        return LibraryFile(path, "windows")
    if raw[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return LibraryFile(path, "macos")
    raise ConfigError(f"{path} is no shared library", code="config.ctp_no_library", path=str(path))


def _read_elf(path: Path, raw: mmap.mmap) -> LibraryFile:
    head = _HEADER.unpack_from(raw, 0)
    platform = f"linux {_MACHINES.get(head[2], f'machine {head[2]}')}"
    if raw[4] != 2 or raw[5] != 1:
        return LibraryFile(path, platform)
    offset, size, count = head[6], head[11], head[12]
    sections = [_SECTION.unpack_from(raw, offset + size * i) for i in range(count)]
    symbols: dict[str, int] = {}
    entries: dict[int, list[str]] = {}
    for section in sections:
        if section[1] == _DYNSYM:
            symbols = _symbols(raw, section, sections[section[6]])
        elif section[1] == _DYNAMIC_SECTION:
            entries = _entries(raw, section, sections[section[6]])
    return LibraryFile(
        path,
        platform,
        symbols,
        tuple(entries.get(_NEEDED, ())),
        "".join(entries.get(_SONAME, ())[:1]),
        ":".join(entries.get(_RPATH, []) + entries.get(_RUNPATH, [])),
    )


def _symbols(raw: mmap.mmap, section: tuple[int, ...], names: tuple[int, ...]) -> dict[str, int]:
    """Return the defined symbols and their sizes."""
    start, size = section[4], section[5]
    return {
        _text(raw, names[4] + name): length
        for name, _, _, index, _, length in _SYMBOL.iter_unpack(raw[start : start + size])
        if index and name
    }


def _entries(
    raw: mmap.mmap, section: tuple[int, ...], names: tuple[int, ...]
) -> dict[int, list[str]]:
    """Return the texts of the dynamic section by tag."""
    found: dict[int, list[str]] = {}
    start, size = section[4], section[5]
    for tag, value in _DYNAMIC.iter_unpack(raw[start : start + size]):
        if tag in (_NEEDED, _SONAME, _RPATH, _RUNPATH):
            found.setdefault(tag, []).append(_text(raw, names[4] + value))
    return found


def _text(raw: mmap.mmap, at: int) -> str:
    return raw[at : raw.find(b"\0", at)].decode("ascii", "replace")
