"""What to do after accounts were written: where the secrets go, and which command comes next."""

from collections.abc import Sequence
from pathlib import Path

from anyvenue.app.account_drafts import Placed, export_lines
from anyvenue.app.terminal import Terminal

__all__ = ["placed_json", "say_next_steps", "say_secrets"]

_NEXT = {"check": "config check", "doctor": "doctor", "demo": "demo"}


def placed_json(placed: Sequence[Placed]) -> list[dict[str, object]]:
    """Return what became of accounts, for machines; of a secret only the place."""
    return [
        {
            "account": each.draft.name,
            "venue": each.draft.venue,
            "state": each.state,
            "reason": each.reason,
            "origin": each.draft.origin,
            "settings": each.draft.settings,
            "secrets": each.places,
            "left_out": each.draft.left_out,
        }
        for each in placed
    ]


def say_next_steps(terminal: Terminal, path: Path, placed: Sequence[Placed]) -> None:
    """Say what to do now."""
    terminal.say(terminal.text("init.written", file=path))
    say_secrets(terminal, placed)
    terminal.say()
    terminal.say(terminal.text("init.next"))
    option = "" if path.name == "anyvenue.toml" and not path.is_absolute() else f" --config {path}"
    width = max(len(words) for words in _NEXT.values()) + len(option) + len("anyvenue ")
    for key, words in _NEXT.items():
        command = f"anyvenue {words}{option}"
        terminal.say(f"  {command.ljust(width)}  {terminal.text(f'init.next_{key}')}")


def say_secrets(terminal: Terminal, placed: Sequence[Placed], shown: bool = False) -> None:
    """Say which secrets are still to be set, and which the keyring has."""
    for each in placed:
        for key, secret in each.places.items():
            if secret.keyring is None:
                continue
            if each.draft.secrets[key]:
                terminal.say(terminal.text("init.kept", place=secret.place))
            else:
                terminal.say(
                    terminal.text("init.to_keep", command=f"keyring set {' '.join(secret.entry)}")
                )
    if lines := export_lines(placed, shown):
        terminal.say(terminal.text("init.to_export"))
        for line in lines:
            terminal.say(f"  {line}")
