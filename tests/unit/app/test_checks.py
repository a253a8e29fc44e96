"""The doctor's eyes."""

from pathlib import Path

import pytest

from anyvenue.app.checks import Requirement, all_checks, parse_requirement
from anyvenue.app.invocation import Invocation


@pytest.mark.parametrize(
    ("line", "name", "extra"),
    [
        ("msgspec>=0.19", "msgspec", ""),
        ('uvloop>=0.22; sys_platform != "win32"', "uvloop", ""),
        ('pytest>=8; extra == "dev"', "pytest", "dev"),
        ("mkdocs-material >=9.5 ; extra == 'docs'", "mkdocs-material", "docs"),
    ],
)
def test_requirements_are_read_from_the_metadata(line: str, name: str, extra: str) -> None:
    found = parse_requirement(line)
    assert isinstance(found, Requirement)
    assert (found.name, found.extra) == (name, extra)


def test_a_broken_configuration_is_a_finding_and_not_the_end(tmp_path: Path) -> None:
    path = tmp_path / "anyvenue.toml"
    path.write_text("[sim]\nnonsense = 1\n")
    checks = {each.name: each for each in all_checks(Invocation({}, lang="en", config=path))}
    assert checks["anyvenue.toml"].state == "failed"
    assert "line 2: sim.nonsense is not a known key" in checks["anyvenue.toml"].found


def test_every_check_has_a_result_in_both_languages() -> None:
    for lang in ("en", "zh"):
        checks = all_checks(Invocation({}, lang=lang))
        assert {"anyvenue", "Python", "msgspec"} <= {each.name for each in checks}
        assert all(each.found for each in checks)
        assert any("20261231" in each.found for each in checks)
