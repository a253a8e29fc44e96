"""Conditions between parameters, such as ``fast < slow`` or ``2 * fast <= slow - 5``.

Names, numbers, quoted texts, ``+ - * /`` and parentheses, compared by ``< <= > >= == !=``; comparisons may be chained
and joined by ``and``. Nothing else is understood, and nothing is executed.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv

from anyvenue.model.errors import ConfigError

__all__ = ["Condition"]

Value = Fraction | str | None
_Term = Callable[[Mapping[str, object]], Value]
_Test = Callable[[Mapping[str, object]], bool]

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*|\.\d+)|([^\W\d]\w*)|('[^']*'|\"[^\"]*\")|(<=|>=|==|!=|[<>()+*/-]))"
)
_COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_EQUAL: Mapping[str, Callable[[object, object], bool]] = {"==": eq, "!=": ne}
_SUMS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {"+": add, "-": sub}
_PRODUCTS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {"*": mul, "/": truediv}


class Condition:
    """A condition over parameters; numbers are compared exactly."""

    def __init__(self, text: str) -> None:
        """Read `text`; raise ConfigError where it is no comparison."""
        self.text = text
        self._tokens = self._split()
        self._at = 0
        self._tests = self._joined()
        if self._at < len(self._tokens):
            raise self._refused(f"{self._tokens[self._at]!r} was not expected there")

    def holds(self, values: Mapping[str, object]) -> bool:
        """Tell whether the condition holds; raise ConfigError for a name that `values` has not."""
        try:
            return all(test(values) for test in self._tests)
        except ZeroDivisionError:
            raise self._refused(f"it divides by zero for {dict(values)}") from None

    def _split(self) -> list[str]:
        found, at, text = [], 0, self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._refused(f"{text[at:].strip()!r} is not understood")
            found.append(match[0].strip())
            at = match.end()
        return found

    def _joined(self) -> list[_Test]:
        tests = self._chain()
        while self._take("and"):
            tests += self._chain()
        return tests

    def _chain(self) -> list[_Test]:
        left = self._sum()
        tests = []
        while self._peek() in (*_COMPARED, *_EQUAL):
            sign = self._next()
            right = self._sum()
            tests.append(self._comparison(left, sign, right))
            left = right
        if not tests:
            raise self._refused("there is no comparison")
        return tests

    def _comparison(self, left: _Term, sign: str, right: _Term) -> _Test:
        if sign in _EQUAL:
            equal = _EQUAL[sign]
            return lambda values: equal(left(values), right(values))
        compare = _COMPARED[sign]
        return lambda values: compare(self._number(left(values)), self._number(right(values)))

    def _sum(self) -> _Term:
        return self._operations(self._product, _SUMS)

    def _product(self) -> _Term:
        return self._operations(self._atom, _PRODUCTS)

    def _operations(
        self,
        inner: Callable[[], _Term],
        signs: Mapping[str, Callable[[Fraction, Fraction], Fraction]],
    ) -> _Term:
        term = inner()
        while self._peek() in signs:
            term = self._operation(term, signs[self._next()], inner())
        return term

    def _operation(
        self, left: _Term, operate: Callable[[Fraction, Fraction], Fraction], right: _Term
    ) -> _Term:
        return lambda values: operate(self._number(left(values)), self._number(right(values)))

    def _atom(self) -> _Term:
        word = self._next()
        if word == "(":
            term = self._sum()
            if not self._take(")"):
                raise self._refused("a ) is missing")
            return term
        if word == "-":
            inner = self._atom()
            return lambda values: -self._number(inner(values))
        if word[:1] in "'\"" and word:
            return lambda _: word[1:-1]
        if word[:1].isdigit() or word[:1] == ".":
            number = Fraction(word)
            return lambda _: number
        if word[:1].isalpha() or word[:1] == "_":
            return lambda values: self._named(word, values)
        raise self._refused(f"{word or 'its end'!r} was not expected there")

    def _named(self, name: str, values: Mapping[str, object]) -> Value:
        if name not in values:
            names = ", ".join(values)
            raise self._refused(f"{name} is neither in the grid nor set; there are: {names}")
        value = values[name]
        if isinstance(value, bool | int | float | Decimal):
            return Fraction(value)
        return None if value is None else str(value)

    def _number(self, value: Value) -> Fraction:
        if isinstance(value, Fraction):
            return value
        raise self._refused(f"{value!r} is no number")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _take(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._at += 1
        return True

    def _refused(self, detail: str) -> ConfigError:
        return ConfigError(
            f"the condition was {self.text!r}: {detail}; expected a comparison such as fast < slow",
            code="config.where",
            value=self.text,
            detail=detail,
        )
