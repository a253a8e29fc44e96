"""The texts of a report in English and Chinese: `locale/en.toml` and `locale/zh.toml`."""

import tomllib
from functools import cache
from pathlib import Path

from anyvenue.model.errors import Inconsistent

__all__ = ["Words"]

_LOCALE = Path(__file__).with_name("locale")


class Words:
    """The catalogue of one language, ``en`` or ``zh``."""

    def __init__(self, lang: str) -> None:
        """Speak `lang`."""
        self.lang = lang
        self._texts = _texts(lang)

    def __call__(self, key: str, **fields: object) -> str:
        """Return the text of `key`, its ``{field}`` places filled; raise Inconsistent when it has none."""
        try:
            return self._texts[key].format_map(fields)
        except KeyError as missing:
            raise Inconsistent(
                f"report text {key!r} cannot be said in {self.lang!r}: {missing} is missing; add it to "
                f"locale/{self.lang}.toml or to the call",
                key=key,
                lang=self.lang,
            ) from None


@cache
def _texts(lang: str) -> dict[str, str]:
    return tomllib.loads((_LOCALE / f"{lang}.toml").read_text(encoding="utf-8"))
