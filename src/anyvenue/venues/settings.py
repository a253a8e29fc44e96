"""What a venue needs to know of an account: one typed description, from which forms, questions and schemas are made.

A venue's configuration is a frozen struct whose fields carry their help::

    class OkxConfig(VenueConfig, frozen=True, kw_only=True):
        api_key: Annotated[str, about("API key", "API Key", secret=True)]
        server: Annotated[Literal["live", "demo"], about("which server", "服务器")] = "live"
        timeout_s: Annotated[float, about("seconds to wait", "等待秒数", advanced=True, gt=0)] = 10.0
"""

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

import msgspec

__all__ = ["Form", "Scalar", "Setting", "VenueConfig", "about", "describe"]

Form = Literal["text", "integer", "number", "switch"]
_FORMS: dict[object, Form] = {str: "text", int: "integer", float: "number", bool: "switch"}

Scalar = str | int | float | bool


class VenueConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the venues' configurations: what is marked secret is shown as `***`."""

    def __repr__(self) -> str:
        """Name what was set, never the secrets."""
        shown = ", ".join(f"{name}={value}" for name, value in self._shown())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return what rich shows, which would read the fields itself."""
        return [(name, _Shown(text)) for name, text in self._shown()]

    def _shown(self) -> Iterator[tuple[str, str]]:
        for field, setting in zip(self.__struct_fields__, describe(type(self)), strict=True):
            value = getattr(self, field)
            if value != setting.default:
                yield setting.name, "***" if setting.secret else repr(value)


class _Shown(str):
    """A text that is its own repr."""

    def __repr__(self) -> str:
        return str(self)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One key of an account: what a form, a question or a schema needs to know of it.

    `default` is None where there is none; `choices` is empty where any value of the form does. `advanced` ones are not
    asked for, their defaults do.
    """

    name: str
    form: Form
    required: bool
    default: Scalar | None
    choices: tuple[Scalar, ...]
    secret: bool
    advanced: bool
    help_en: str
    help_zh: str

    def help(self, lang: str) -> str:
        """Return the help in `lang`, in English where it is not Chinese."""
        return self.help_zh if lang == "zh" and self.help_zh else self.help_en


def about(
    english: str,
    chinese: str = "",
    *,
    secret: bool = False,
    advanced: bool = False,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
) -> msgspec.Meta:
    """Return the annotation of a field: its help in two languages, whether it is secret, and its bounds."""
    extra = {"zh": chinese, "secret": secret, "advanced": advanced}
    bounds = {name: each for name, each in (("ge", ge), ("gt", gt), ("le", le)) if each is not None}
    return msgspec.Meta(description=english, extra=extra, **bounds)  # type: ignore[call-overload, no-any-return]


@cache
def describe(kind: type[VenueConfig]) -> tuple[Setting, ...]:
    """Return the keys of a venue's configuration in their order; raise TypeError for a form nobody can fill in."""
    return tuple(_setting(kind, field) for field in msgspec.structs.fields(kind))


def _setting(kind: type[VenueConfig], field: msgspec.structs.FieldInfo) -> Setting:
    form, meta = _parts(field.type)
    extra = (meta.extra if meta else None) or {}
    choices = get_args(form) if get_origin(form) is Literal else ()
    plain = type(choices[0]) if choices else form
    if plain not in _FORMS:
        raise TypeError(
            f"{kind.__name__}.{field.name} is a {field.type}; use str, int, float, bool or a Literal of one of them"
        )
    return Setting(
        name=field.encode_name,
        form=_FORMS[plain],
        required=field.required,
        default=None if field.required else field.default,
        choices=choices,
        secret=bool(extra.get("secret")),
        advanced=bool(extra.get("advanced")),
        help_en=(meta.description or "") if meta else "",
        help_zh=str(extra.get("zh", "")),
    )


def _parts(annotation: object) -> tuple[object, msgspec.Meta | None]:
    """Return the bare type and our annotation of a field; `X | None` counts as X."""
    meta = None
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
        meta = next((each for each in extras if isinstance(each, msgspec.Meta)), None)
    inner = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is not Literal and len(inner) == 1:
        return inner[0], meta
    return annotation, meta
