"""What every page has around its contents: one file that loads nothing and sends nothing."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

__all__ = ["asset", "list_html", "page_html"]

# Nothing may be loaded or sent, whatever a script would like to: the browser holds the page to it.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
)


def page_html(title: str, lang: str, parts: Sequence[str]) -> str:
    """Return a whole page in `lang`, ``en`` or ``zh``, with `parts` as its body."""
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>',
            f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title><style>{asset('page.css')}</style></head><body>",
            *parts,
            "</body></html>\n",
        ]
    )


def list_html(title: str, lines: Sequence[str]) -> str:
    """Return a list under a title, nothing without lines."""
    if not lines:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in lines)
    return f"<h3>{escape(title)}</h3><ul>{items}</ul>"


def asset(name: str) -> str:
    """Return a file that goes into pages."""
    return (files("anyvenue.report") / "assets" / name).read_text(encoding="utf-8")
