"""The house as a whole: what is public, that it is documented, and that coming in is cheap."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import anyvenue

ROOT = Path(anyvenue.__file__).parent
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "facade.txt"
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(anyvenue.__path__, "anyvenue.")
    if not module.name.endswith("__main__")
)
# The rooms of the house: a test looks at all modules of one and names those that fail.
ROOMS = sorted({name.split(".")[1] for name in MODULES})
# The largest state machine, and what it may not outgrow.
LONGER = {"oms/account_state.py": 500}


def modules_of(room: str) -> list[str]:
    """Return the modules of a room."""
    return [name for name in MODULES if name.split(".")[1] == room]


def public(name: str) -> dict[str, object]:
    module = importlib.import_module(name)
    return {each: getattr(module, each) for each in getattr(module, "__all__", ())}


def order_of(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest: the order the linter sorts by."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def bad_names(name: str) -> bool:
    """Tell whether a module does not say what is public, in order, or does not have it."""
    module = importlib.import_module(name)
    if module.__spec__ is not None and module.__spec__.submodule_search_locations:
        return False
    names = module.__all__
    in_order = names in (sorted(names), sorted(names, key=order_of))
    return (
        not in_order
        or len(set(names)) != len(names)
        or not all(hasattr(module, each) for each in names)
    )


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_what_is_public_in_order_and_has_it(room: str) -> None:
    assert [name for name in modules_of(room) if bad_names(name)] == []


def undocumented(module: ModuleType) -> list[str]:
    """Return the public names of a module, and of its classes, that have no docstring of their own."""
    found = [] if (module.__doc__ or "").strip() else [module.__name__]
    for name, what in public(module.__name__).items():
        if getattr(what, "__module__", "") != module.__name__:
            continue
        if (inspect.isclass(what) or inspect.isfunction(what)) and not what.__doc__:
            found.append(name)
        if inspect.isclass(what):
            found += [f"{name}.{each}" for each in _bare_members(what)]
    return found


def _bare_members(what: type) -> list[str]:
    return [
        name
        for name, member in vars(what).items()
        if not name.startswith("_")
        and (
            inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)
        )
        and not inspect.getdoc(member)
    ]


def undocumented_of(name: str) -> list[str]:
    """Return what is undocumented in a module; an empty one needs no words."""
    module = importlib.import_module(name)
    empty = not Path(module.__file__ or "").read_text(encoding="utf-8").strip()
    return [] if empty else [f"{name}: {each}" for each in undocumented(module)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_is_documented(room: str) -> None:
    assert [each for name in modules_of(room) for each in undocumented_of(name)] == []


def test_the_facade_is_documented() -> None:
    assert undocumented_of("anyvenue") == []


def unfinished_first_lines(name: str) -> list[str]:
    """Return the public names whose docstring does not begin with one sentence on one line."""
    texts = {
        each: inspect.getdoc(what)
        for each, what in public(name).items()
        if inspect.isroutine(what) or inspect.isclass(what)
    }
    return [
        f"{name}: {each}"
        for each, text in texts.items()
        if text and not text.splitlines()[0].rstrip().endswith((".", ":", "::"))
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_the_first_line_of_a_docstring_is_one_sentence_on_one_line(room: str) -> None:
    assert [each for name in modules_of(room) for each in unfinished_first_lines(name)] == []


def test_no_module_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in ROOT.rglob("*.py")
    }
    assert {name: n for name, n in lengths.items() if n > LONGER.get(name, 400)} == {}


def signature_of(name: str) -> str:
    """Return a line of the façade's list: a name, and how it is called."""
    what = getattr(anyvenue, name)
    if not inspect.isfunction(what):
        return name
    parts = []
    for parameter in inspect.signature(what).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        marks = {parameter.VAR_KEYWORD: "**", parameter.VAR_POSITIONAL: "*"}
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        parts.append(f"{marks.get(parameter.kind, '')}{parameter.name}{default}")
    return f"{name}({', '.join(parts)})"


def test_the_façade_is_what_the_golden_list_says() -> None:
    """A name or an argument that changes breaks somebody's program: change the list only with the changelog."""
    assert [signature_of(name) for name in anyvenue.__all__] == GOLDEN.read_text().splitlines()


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement loads in a fresh process."""
    program = f"import sys; early = set(sys.modules); {statement}; print(*set(sys.modules) - early)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


HEAVY = {"numpy", "pandas", "rich", "typer", "click", "uvloop", "asyncio", "pyarrow", "aiohttp"}


def test_importing_anyvenue_loads_nothing_heavy() -> None:
    assert not loaded_by("import anyvenue") & (HEAVY | {"msgspec", "anyvenue.engine"})


def test_a_strategy_file_loads_no_loop_and_no_command_line() -> None:
    assert not loaded_by("from anyvenue import Strategy, Bar, indicators") & HEAVY


def test_a_backtest_needs_no_event_loop_and_no_third_party_but_msgspec() -> None:
    program = (
        "import anyvenue; from anyvenue.strategy.library import built_in; "
        "q = [anyvenue.Quote('rb2701.SHFE', i * 10**9, i * 10**9, 3500.0, 3501.0, 1.0, 1.0) "
        "for i in range(1789434000, 1789434100)]; "
        "anyvenue.backtest(built_in('ema_cross'), q)"
    )
    assert not loaded_by(program) & HEAVY


def test_the_whole_library_loads_neither_numpy_nor_pandas() -> None:
    program = "import importlib; [importlib.import_module(n) for n in " + repr(MODULES) + "]"
    assert not loaded_by(program) & {"numpy", "pandas", "pyarrow"}


def test_nothing_imports_the_test_kit() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if "anyvenue.testing" in path.read_text(encoding="utf-8")
    ]
    assert [user for user in users if not user.startswith("testing/")] == []
