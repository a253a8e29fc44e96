"""What a probe found, as a table with advice, or as JSON."""

from collections.abc import Sequence

from anyvenue.app.messages import translate
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.venues.probing.steps import Step

__all__ = ["show_steps", "step_documents"]


def show_steps(terminal: Terminal, steps: Sequence[Step]) -> None:
    """Show steps, as JSON where the terminal is for that."""
    if terminal.machine:
        terminal.json(step_documents(terminal, steps))
        return
    say = terminal.text
    heads = (
        Column(say("column.check")),
        Column(say("column.result")),
        Column(say("column.content")),
        Column(say("column.time"), True),
    )
    rows = [
        (
            f"{say(f'probe_side.{step.side}')}: {say(f'probe_step.{step.step}')}",
            say(f"check.{step.state}"),
            _found(terminal, step),
            f"{step.seconds:.3f} s",
        )
        for step in steps
    ]
    terminal.table(Table(heads, rows))
    for advice in dict.fromkeys(step.advice for step in steps if step.advice):
        terminal.say(say("cli.ctp_advice", advice=say(advice)))


def step_documents(terminal: Terminal, steps: Sequence[Step]) -> list[dict[str, object]]:
    """Return steps for JSON, their texts in the user's language."""
    return [
        {
            "side": step.side,
            "step": step.step,
            "good": step.good,
            "state": step.state,
            "found": "" if step.error else _found(terminal, step),
            "seconds": step.seconds,
            "number": step.number,
            "error": _error(terminal, step),
            "advice": terminal.text(step.advice) if step.advice else "",
        }
        for step in steps
    ]


def _found(terminal: Terminal, step: Step) -> str:
    if step.error is not None:
        return _error(terminal, step)
    return terminal.text(step.told, **step.fields) if step.told else step.found


def _error(terminal: Terminal, step: Step) -> str:
    return translate(step.error, terminal.lang) if step.error is not None else ""
