"""How to build the same sources as a Windows DLL. Untested: no Windows machine was at hand."""

from anyvenue.venues.ctp.description import Api, Description
from anyvenue.venues.ctp.native.factories import factory_symbol, msvc_factory_symbol, version_symbol

__all__ = ["msvc_version_symbol", "windows_recipe"]


def msvc_version_symbol(api: Api) -> str:
    """Return the name that a 64-bit Windows library exports for the static GetApiVersion."""
    scope = "@".join(filter(None, (api.api_class, api.namespace)))
    return f"?GetApiVersion@{scope}@@SAPEBDXZ"


def windows_recipe(description: Description, api: Api, stem: str) -> dict[str, str]:
    """Return the files that a build on Windows needs beside the sources, by name."""
    factory, version = msvc_factory_symbol(api, description), msvc_version_symbol(api)
    exports = {factory: factory_symbol(api, description), version: version_symbol(api)}
    lines = "\n".join(f'    "{msvc}" = {itanium}' for msvc, itanium in exports.items())
    return {
        f"{stem}.def": f"LIBRARY {stem}\nEXPORTS\n{lines}\n",
        "build_windows.bat": _BATCH.format(stem=stem, factory=factory.replace("%", "%%")),
    }


_BATCH = """@echo off
rem UNTESTED: written from the documents of both compilers, never run on Windows.
rem With the tools of Visual Studio (x64 prompt) the names come out as programs expect them:
rem   {factory}
where cl >nul 2>nul && (
    cl /nologo /std:c++17 /O2 /EHsc /MD /LD library.cpp /Fe:{stem}.dll ws2_32.lib
    exit /b
)
rem MinGW-w64 mangles names differently; the .def file exports them under Visual Studio's names.
g++ -std=c++17 -O2 -shared -static -s library.cpp {stem}.def -o {stem}.dll -lws2_32
"""
