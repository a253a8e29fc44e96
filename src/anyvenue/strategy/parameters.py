"""Strategy parameters: typed class attributes, read from annotations and checked wherever they are set.

    class Cross(Strategy):
        fast: int = 20
        '''Bars in the fast average.'''
        stop: Decimal | None = None

Types are int, float, str, bool, Decimal, ``X | None``, ``Literal[...]``, ``tuple[X, ...]``, ``tuple[X, Y]`` and
``list[X]``. A name annotated with any other type is the strategy's own state and no parameter, as are names that
begin with an underscore, ``ClassVar`` and what a base class lists in ``_reserved``. The text that stands below a
parameter, or the text in ``Annotated[int, "..."]``, documents it.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, ClassVar, get_args, get_origin, get_type_hints

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.strategy.parameter_docs import attribute_docs
from anyvenue.strategy.parameter_types import Misfit, convert, supported, type_name

__all__ = ["Parameter", "check_value", "coerce", "parameters_of", "require_all"]


class Parameter(msgspec.Struct, frozen=True):
    """One parameter; `default` is `msgspec.UNSET` where the strategy gives none."""

    name: str
    type: object
    default: object
    doc: str
    strategy: str

    @property
    def required(self) -> bool:
        """Tell whether a value must be given."""
        return self.default is msgspec.UNSET

    @property
    def type_text(self) -> str:
        """Return the type as one would write it: ``int``, ``str | None``, ``one of 'a', 'b'``."""
        return type_name(self.type)


def parameters_of(cls: type) -> dict[str, Parameter]:
    """Return the parameters of a strategy class, bases first, in order of declaration.

    Raises ConfigError where a default does not have its declared type. Read once per class and kept with it.
    """
    known: dict[str, Parameter] | None = cls.__dict__.get("_parameters_read")
    if known is None:
        docs = _docs(cls)
        found = {name: form for name, form in _declared(cls).items() if supported(form)}
        known = {name: _parameter(cls, name, form, docs) for name, form in found.items()}
        cls._parameters_read = known  # type: ignore[attr-defined]
    return dict(known)


def coerce(cls: type, raw: Mapping[str, object]) -> dict[str, object]:
    """Return `raw` as values of the declared types; texts are read, other values must already fit.

    Raises ConfigError for an unknown name (with the nearest one) and for an ill-typed value. Parameters without
    default that are absent are not reported: see `require_all`.
    """
    known = parameters_of(cls)
    values: dict[str, object] = {}
    for name, value in raw.items():
        if name not in known:
            raise _unknown(cls, name, known)
        values[name] = _fitted(known[name], value, from_text=True)
    return values


def check_value(parameter: Parameter, value: object) -> object:
    """Return `value` as the strategy is to hold it, an int widened to a float parameter's type.

    Raises ConfigError when it does not fit; unlike `coerce`, text is not read as a number.
    """
    return _fitted(parameter, value, from_text=False)


def require_all(cls: type, given: Mapping[str, object]) -> None:
    """Raise ConfigError unless every parameter without default is in `given`."""
    missing = [one for one in parameters_of(cls).values() if one.required and one.name not in given]
    if missing:
        names = ", ".join(f"{one.name} ({one.type_text})" for one in missing)
        raise ConfigError(
            f"strategy {cls.__name__} needs {names}; give a value to each",
            code="config.parameter_missing",
            strategy=cls.__name__,
            missing=names,
        )


def _parameter(cls: type, name: str, form: object, docs: Mapping[str, str]) -> Parameter:
    bare, notes = _without_notes(form)
    default = getattr(cls, name, msgspec.UNSET)
    doc = next((note for note in notes if isinstance(note, str)), docs.get(name, ""))
    parameter = Parameter(name, bare, default, doc, cls.__name__)
    if parameter.required:
        return parameter
    return msgspec.structs.replace(parameter, default=check_value(parameter, default))


def _without_notes(form: object) -> tuple[object, tuple[object, ...]]:
    if get_origin(form) is Annotated:
        bare, *notes = get_args(form)
        return bare, tuple(notes)
    return form, ()


def _fitted(parameter: Parameter, value: object, *, from_text: bool) -> object:
    try:
        return convert(value, parameter.type, from_text=from_text)
    except Misfit as misfit:
        raise ConfigError(
            f"strategy {parameter.strategy}: parameter {parameter.name} was {value!r}; "
            f"{parameter.type_text} is expected{misfit.where}",
            code="config.parameter_type",
            strategy=parameter.strategy,
            parameter=parameter.name,
            value=repr(value),
            expected=f"{parameter.type_text}{misfit.where}",
        ) from None


def _unknown(cls: type, name: str, known: Mapping[str, Parameter]) -> ConfigError:
    fields = {"strategy": cls.__name__, "parameter": name}
    listed = ", ".join(f"{one.name} ({one.type_text})" for one in known.values()) or "none"
    other = _declared(cls).get(name)
    if other is not None:
        return ConfigError(
            f"strategy {cls.__name__}: {name} is declared as {type_name(other)}, which cannot be set from "
            f"outside; its parameters are: {listed}",
            code="config.parameter_unsupported",
            **fields,
            declared=type_name(other),
            known=listed,
        )
    nearest = get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]}? Its" if nearest else "its"
    return ConfigError(
        f"strategy {cls.__name__} has no parameter {name!r}; {hint} parameters are: {listed}",
        code="config.parameter_unknown",
        **fields,
        **({"nearest": nearest[0]} if nearest else {}),
        known=listed,
    )


def _declared(cls: type) -> dict[str, object]:
    """Return what annotations name, without private, reserved and class variables."""
    reserved = {name for base in cls.__mro__ for name in base.__dict__.get("_reserved", ())}
    return {
        name: form
        for name, form in _hints(cls).items()
        if not name.startswith("_")
        and name not in reserved
        and ClassVar not in (form, get_origin(form))
    }


def _hints(cls: type) -> dict[str, object]:
    """Return the resolved annotations, bases first.

    A name imported for type checkers only does not exist at run time: a stand-in of that name takes its place, so
    the attribute counts as state and not as a parameter.
    """
    stand_ins: dict[str, object] = {}
    while True:
        try:
            hints = get_type_hints(cls, localns=stand_ins or None, include_extras=True)
        except NameError as error:
            if error.name is None or error.name in stand_ins:
                raise
            stand_ins[error.name] = type(error.name, (), {})
        else:
            return hints


def _docs(cls: type) -> dict[str, str]:
    """Return the texts that stand below attributes, those of a subclass before its bases'."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        docs |= attribute_docs(base)
    return docs
