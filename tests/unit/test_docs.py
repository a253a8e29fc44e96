"""The documentation is true: its code runs, its links lead somewhere, and both READMEs say the same."""

import re
import runpy
import shlex
import tomllib
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from anyvenue.app.main import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
READMES = [ROOT / "README.md", ROOT / "README_CN.md"]
ALL = [*READMES, ROOT / "CHANGELOG.md", ROOT / "bench/README.md", *PAGES]
# Pages whose ```python blocks run one after the other; fragments stand in ```py blocks.
RUNNING = [
    *READMES,
    *(
        DOCS / name
        for name in (
            "index.md",
            "install.md",
            "tutorial.md",
            "concepts/fault-simulation.md",
            "concepts/money.md",
            "concepts/orders.md",
            "concepts/positions.md",
            "concepts/settlement.md",
            "how-to/compare-runs.md",
            "how-to/convert-data.md",
            "how-to/data-store.md",
            "how-to/fees-and-margins.md",
            "how-to/latency-and-faults.md",
            "how-to/notebook-and-asyncio.md",
            "how-to/orders-by-money.md",
            "how-to/orders-by-money_zh.md",
            "how-to/reports.md",
            "how-to/write-a-strategy.md",
        )
    ),
]
SECTIONS = ["Context", "Decision", "Alternatives", "Measured", "Consequences"]

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.M)


def name_of(path: Path) -> str:
    """Return how a page is called in the names of tests."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[tuple[str, str]]:
    """Return the code blocks of a page as (language, text)."""
    return [(match[2], match[3]) for match in _BLOCK.finditer(path.read_text(encoding="utf-8"))]


def prose(path: Path) -> str:
    """Return a page without its code blocks."""
    return _BLOCK.sub("", path.read_text(encoding="utf-8"))


def headings(path: Path) -> list[tuple[int, str]]:
    """Return level and text of a page's headings."""
    return [(len(match[1]), match[2]) for match in _HEADING.finditer(prose(path))]


def anchor(heading: str) -> str:
    """Return the anchor a heading gets, or was given in braces."""
    given = re.search(r"\{ #(\S+) \}$", heading)
    if given:
        return given[1]
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors of a page."""
    return frozenset(anchor(text) for _, text in headings(path))


def test_both_readmes_have_the_same_sections() -> None:
    english, chinese = (headings(path) for path in READMES)
    assert [level for level, _ in english] == [level for level, _ in chinese]


def test_both_readmes_have_the_same_code() -> None:
    english, chinese = (blocks(path) for path in READMES)
    assert english == chinese


def test_both_readmes_have_the_same_figures() -> None:
    english, chinese = (
        re.findall(r"\d[\d,.]*", "".join(re.findall(r"^\|.*$", prose(path), re.M)))
        for path in READMES
    )
    assert english == chinese


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(prose(path)):
        if link.startswith("https://"):
            continue
        target, _, fragment = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{link} leads nowhere"
        if fragment:
            assert fragment in anchors(file), f"{link}: no such heading"


@pytest.mark.parametrize("path", RUNNING, ids=name_of)
def test_the_python_of_a_page_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example = runpy.run_path(str(ROOT / "examples/ema_cross_backtest.py"))
    example["write_bars"](tmp_path / "rb2701_1m.csv", [20260914, 20260915, 20260916])
    code = [text for language, text in blocks(path) if language == "python"]
    assert code
    script = tmp_path / "page.py"
    script.write_text("\n\n".join(code), encoding="utf-8")
    runpy.run_path(str(script))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_all_python_of_a_page_can_be_parsed(path: Path) -> None:
    for language, text in blocks(path):
        if language in ("python", "py"):
            compile(text, name_of(path), "exec")


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_example_a_page_names_is_there(path: Path) -> None:
    for name in re.findall(r"examples/\w+\.\w+", path.read_text(encoding="utf-8")):
        assert (ROOT / name).is_file(), name


def shown_commands() -> list[tuple[str, str]]:
    """Return (words of the command, options) of every line with `anyvenue` that a page shows."""
    found = set()
    for path in ALL:
        for language, text in blocks(path):
            for line in text.splitlines() if language in ("sh", "powershell") else ():
                words = shlex.split(re.split(r" [|>]", line)[0], comments=True)
                if words and words[0] == "anyvenue":
                    found.add(
                        (_command(words[1:]), " ".join(word for word in words if word[0] == "-"))
                    )
    return sorted(found)


def _command(words: list[str]) -> str:
    names = [word for word in words if not word.startswith("-")]
    groups = ("data", "config", "journal", "exchange", "ctp", "webctp")
    inner = (["exchange", "account"], ["config", "import"])
    deep = 3 if names[:2] in inner else 2 if names[:1] and names[0] in groups else 1
    return " ".join(names[:deep])


@pytest.mark.parametrize(("command", "options"), shown_commands())
def test_a_command_that_a_page_shows_is_there_with_its_options(command: str, options: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help", "--lang", "en"])
    assert result.exit_code == 0, result.output
    for option in options.split():
        if option == "--lang":  # Every command takes it; the overview says so.
            continue
        assert re.search(rf"{re.escape(option.partition('=')[0])}\b", result.output), option


def test_the_site_lists_every_page_once() -> None:
    listed = re.findall(r"(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in PAGES)


def test_the_site_loads_nothing_from_elsewhere() -> None:
    for path in (ROOT / "mkdocs.yml", *(DOCS / "assets").glob("*.*")):
        assert not re.search(r"""https?:|["'(]//""", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("path", sorted(DOCS.glob("decisions/0*.md")), ids=name_of)
def test_a_decision_page_says_what_was_decided_and_why(path: Path) -> None:
    assert [text for level, text in headings(path) if level == 2] == SECTIONS
    assert path.name in (DOCS / "decisions/index.md").read_text(encoding="utf-8")


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[<>=!~;\[ ]", text)[0] for group in groups for text in group}
    explained = set(
        re.findall(
            r"^\| ([\w-]+)(?: [\d.]+)? \|", (DOCS / "dependencies.md").read_text("utf-8"), re.M
        )
    )
    assert names <= explained


def test_the_changelog_has_the_current_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (2, project["version"]) in headings(ROOT / "CHANGELOG.md")
