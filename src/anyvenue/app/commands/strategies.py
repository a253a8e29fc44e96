"""``anyvenue strategies``: what can be run by name, and with which parameters."""

import inspect

import msgspec
import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.strategies import KnownStrategy, known_strategies, load_strategy
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import AnyvenueError
from anyvenue.strategy.parameters import Parameter, parameters_of

__all__ = ["command"]


def command(ctx: typer.Context, json: JsonOption = False) -> None:
    """List the strategies that have a name."""
    terminal = invocation_of(ctx).terminal(machine=json)
    documents = []
    for known in known_strategies():
        try:
            cls = load_strategy(known.name)
        except AnyvenueError as error:
            terminal.warn(error.text)  # a broken plug-in must not hide the others
            continue
        parameters = list(parameters_of(cls).values())
        documents.append(_document(known, cls, parameters))
        if not json:
            _show(terminal, known, cls, parameters)
    if json:
        terminal.json(documents)
    else:
        terminal.say(terminal.text("cli.own_strategies"))


def _show(terminal: Terminal, known: KnownStrategy, cls: type, parameters: list[Parameter]) -> None:
    source = known.distribution or terminal.text("cli.built_in")
    terminal.say(f"{known.name}  ({source})  {_summary(cls)}")
    heads = (
        Column(terminal.text("column.parameter")),
        Column(terminal.text("column.type")),
        Column(terminal.text("column.default")),
        Column(terminal.text("column.meaning")),
    )
    rows = [
        (each.name, each.type_text, _default(each), " ".join(each.doc.split()))
        for each in parameters
    ]
    if rows:
        terminal.table(Table(heads, rows))
    terminal.say()


def _document(known: KnownStrategy, cls: type, parameters: list[Parameter]) -> dict[str, object]:
    return {
        "name": known.name,
        "target": known.target,
        "distribution": known.distribution or "anyvenue",
        "summary": _summary(cls),
        "parameters": [
            {
                "name": each.name,
                "type": each.type_text,
                "required": each.required,
                "default": None if each.default is msgspec.UNSET else each.default,
                "doc": each.doc,
            }
            for each in parameters
        ],
    }


def _summary(cls: type) -> str:
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def _default(parameter: Parameter) -> str:
    return "" if parameter.required else repr(parameter.default)
