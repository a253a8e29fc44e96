"""The doctor's look at counters."""

from pathlib import Path

from anyvenue.app.counters import check_counters, check_files
from ctp_tiny_library import compile_library


def test_a_counter_that_is_not_installed_is_absent_with_the_way_to_it(tmp_path: Path) -> None:
    checks = {check.name: check for check in check_counters("en", [str(tmp_path)])}
    assert checks["ctp"].state == "absent"
    assert checks["ctp"].advice == "pip install 'anyvenue[ctp]'"
    assert "C++ compiler" in checks["mini"].advice
    assert "broker" in checks["femas"].advice
    chinese = {check.name: check for check in check_counters("zh", [str(tmp_path)])}
    assert (chinese["rohon"].title, chinese["rohon"].found) == ("融航", "未安装")


def test_a_counter_that_loads_says_its_version_and_one_that_does_not_says_why(
    tmp_path: Path,
) -> None:
    for package in ("openctp_ctp", "openctp_tts"):
        (tmp_path / f"{package}.libs").mkdir()
    compile_library(tmp_path / "openctp_ctp.libs" / "libthosttraderapi_se-1.so")
    (tmp_path / "openctp_tts.libs" / "libthosttraderapi_se-1.so").write_text("broken")
    checks = {check.name: check for check in check_counters("zh", [str(tmp_path)])}
    assert checks["ctp"].state == "good"
    assert checks["ctp"].found == "交易：v6.7.11_20250101 test（按 6.7.11）"
    assert checks["tts"].state == "failed"
    assert "不是动态库" in checks["tts"].found


def test_a_file_of_the_users_is_tried_too(tmp_path: Path) -> None:
    (check,) = check_files("en", [tmp_path / "missing.so"])
    assert (check.state, check.title) == ("failed", "missing.so")
    assert "cannot be read" in check.found
