"""Texts below class attributes, read from the source where there is one."""

import ast
from inspect import cleandoc, getsource
from itertools import pairwise
from textwrap import dedent

__all__ = ["attribute_docs"]


def attribute_docs(cls: type) -> dict[str, str]:
    """Return the string that stands below each annotated attribute in the class's own body.

    Empty where the source is not at hand: a class typed into a prompt, or shipped without it.
    """
    try:
        body = ast.parse(dedent(getsource(cls))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return {}
    if not isinstance(body, ast.ClassDef):
        return {}
    docs: dict[str, str] = {}
    for before, after in pairwise(body.body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            text = _text(after)
            if text:
                docs[before.target.id] = text
    return docs


def _text(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return cleandoc(value) if isinstance(value, str) else ""
    return ""
