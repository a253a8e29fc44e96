"""The command line before a command runs: where options may stand, and the help pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from anyvenue.app.commandline import COMMANDS, hoisted, load_command, spread
from anyvenue.app.help import help_line, help_page, option_help
from anyvenue.app.main import app
from anyvenue.app.messages import LANGUAGES, Language
from anyvenue.app.wrapping import cells
from anyvenue.model.errors import Inconsistent


def all_commands() -> dict[str, TyperCommand | TyperGroup]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    found: dict[str, TyperCommand | TyperGroup] = {"anyvenue": root}
    for name, later in COMMANDS.items():
        found.update(with_inner(name, load_command(name, later)))
    return found


def with_inner(
    path: str, command: TyperCommand | TyperGroup
) -> dict[str, TyperCommand | TyperGroup]:
    found = {path: command}
    if isinstance(command, TyperGroup):
        for inner, each in command.commands.items():
            assert isinstance(each, TyperCommand | TyperGroup)
            found.update(with_inner(f"{path} {inner}", each))
    return found


def context(path: str, command: TyperCommand | TyperGroup) -> typer.Context:
    parent = typer.Context(typer.main.get_command(app), info_name="anyvenue")
    for word in [] if path == "anyvenue" else path.split():
        parent = typer.Context(command, info_name=word, parent=parent)
    return parent


COMMAND_TABLE = all_commands()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", COMMAND_TABLE)
def test_every_command_option_and_argument_is_described_in_both_languages(
    path: str, lang: Language
) -> None:
    command = COMMAND_TABLE[path]
    assert help_line(path, lang)
    for parameter in command.get_params(context(path, command)):
        assert option_help(path, str(parameter.name), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", COMMAND_TABLE)
def test_help_pages_show_every_option_and_an_example(
    path: str, lang: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYVENUE_LANG", lang)
    monkeypatch.setenv("COLUMNS", "80")
    command = COMMAND_TABLE[path]
    page = help_page(command, context(path, command))
    assert "anyvenue" in page
    for parameter in command.params:
        if isinstance(parameter, TyperOption):
            assert parameter.opts[0] in page
        elif isinstance(parameter, TyperArgument):
            assert str(parameter.metavar) in page
    wide = [line for line in page.splitlines() if cells(line) > 80 and not line.startswith("  any")]
    assert wide == []


def test_a_missing_help_text_is_a_bug_and_named() -> None:
    with pytest.raises(Inconsistent, match="the help text 'nothing'"):
        help_line("nothing", "en")


def test_what_follows_a_program_that_is_run_is_the_programs() -> None:
    line = ["ctp", "run", "--lang", "zh", "--sim", "a.py", "--config", "x", "--debug"]
    assert hoisted(line) == [
        "--lang",
        "zh",
        "ctp",
        "run",
        "--sim",
        "a.py",
        "--config",
        "x",
        "--debug",
    ]


def test_global_options_may_stand_anywhere() -> None:
    assert hoisted(["demo", "--lang", "zh", "--json"]) == ["--lang", "zh", "demo", "--json"]
    assert hoisted(["config", "check", "--config=a.toml"]) == ["--config=a.toml", "config", "check"]
    assert hoisted(["demo", "--debug"]) == ["--debug", "demo"]
    assert hoisted(["demo", "--", "--lang", "zh"]) == ["demo", "--", "--lang", "zh"]
    assert hoisted(["demo", "--lang"]) == ["--lang", "demo"]


def test_several_files_may_follow_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "c.csv", "my.py"):
        Path(name).touch()
    assert spread(["grid", "--data", "a.csv", "b.csv", "--json"]) == [
        "grid", "--data", "a.csv", "--data", "b.csv", "--json",
    ]  # fmt: skip
    assert spread(["-d", "a.csv", "b.csv", "c.csv"]) == [
        "-d", "a.csv", "--data", "b.csv", "--data", "c.csv",
    ]  # fmt: skip
    assert spread(["--data", "a.csv", "my.py"]) == ["--data", "a.csv", "my.py"]
    assert spread(["--data", "a.csv", "grid", "b.csv"]) == ["--data", "a.csv", "grid", "b.csv"]


def test_the_root_page_imports_no_command() -> None:
    script = (
        "import sys; sys.argv = ['anyvenue', '--help']\n"
        "from anyvenue.app.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('anyvenue.app.commands', 'anyvenue.engine', 'rich', 'asyncio')\n"
        "bad = [name for name in sys.modules if name.startswith(heavy)]\n"
        "assert not bad, bad\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ},
        check=False,
    )
    assert done.returncode == 0, done.stderr
