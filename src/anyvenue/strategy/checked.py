"""Parameters that are checked whenever they are set, at no cost to any other attribute.

A `__setattr__` would slow every assignment in a callback fivefold. Instead an instance belongs to a hidden subclass of
the author's class which has a setter for each parameter and nothing else. The setters have no getter, so reading a
parameter reads the instance as usual, and the author's own class keeps its plain defaults.
"""

from typing import TypeVar

from anyvenue.strategy.parameters import Parameter, check_value, parameters_of

__all__ = ["checked"]

_Class = TypeVar("_Class", bound=type)
_made: dict[type, type] = {}


class _Setter:
    """Checks one parameter when it is set on an instance."""

    __slots__ = ("_parameter",)

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter

    def __set__(self, instance: object, value: object) -> None:
        instance.__dict__[self._parameter.name] = check_value(self._parameter, value)


def checked(cls: _Class) -> _Class:
    """Return the hidden subclass of `cls` whose parameters are checked; raise ConfigError for a bad default."""
    if "_author_class" in cls.__dict__:
        return cls
    made = _made.get(cls)
    if made is None:
        parameters = parameters_of(cls)
        body: dict[str, object] = {
            name: _Setter(parameter) for name, parameter in parameters.items()
        }
        body |= {
            "_author_class": cls,
            "_parameters_read": parameters,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
        }
        made = _made[cls] = type(cls.__name__, (cls,), body)
    return made  # type: ignore[return-value]
