"""``anyvenue ctp run``: programs as people write them for CTP's packages, unchanged, on a simulated exchange."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-W", "error", "-m", "anyvenue", "ctp", "run"]

PROGRAM = """
import sys, threading
from {package} import tdapi

class Spi(tdapi.CThostFtdcTraderSpi):
    def __init__(self, api):
        super().__init__()
        self.api, self.done = api, threading.Event()

    def OnFrontConnected(self):
        field = tdapi.CThostFtdcReqUserLoginField()
        field.BrokerID, field.UserID, field.Password = "9999", sys.argv[1], "secret"
        self.api.ReqUserLogin(field, 1)

    def OnRspUserLogin(self, login, info, number, last):
        print(login.UserID, info.ErrorID, self.api.GetTradingDay())
        field = tdapi.CThostFtdcQryInstrumentField()
        print(self.api.ReqQryInstrument(field, 2))

    def OnRspQryInstrument(self, instrument, info, number, last):
        print(instrument.InstrumentID, instrument.InstrumentName)
        if last:
            self.done.set()

api = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi("flow_")
spi = Spi(api)
api.RegisterSpi(spi)
api.SubscribePrivateTopic(tdapi.THOST_TERT_QUICK)
api.RegisterFront("tcp://180.168.146.187:10201")
api.Init()
assert spi.done.wait(60)
api.Release()
api.Join()
print(*sys.argv[2:])
sys.exit(7)
"""


def run(
    folder: Path, *words: str, lang: str = "en", **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env={**os.environ, "ANYVENUE_LANG": lang, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def written(folder: Path, text: str) -> str:
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return path.name


@pytest.mark.parametrize(
    "package",
    [
        "openctp_ctp",
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in ("openctp_tts", "openctp_ctpopt", "anyvenue.ctp")
        ),
    ],
)
def test_an_unchanged_program_trades_on_the_simulator(tmp_path: Path, package: str) -> None:
    source = PROGRAM.format(package=package)
    if package == "openctp_ctpopt":
        source = source.replace("import tdapi", "import soptthosttraderapi as tdapi")
    program = written(tmp_path, source)
    done = run(tmp_path, "--sim", "-i", "rb2701", program, "alice", "--config", "x", "-h")
    lines = done.stdout.splitlines()
    assert lines == ["alice 0 20260915", "0", "rb2701 螺纹钢2701", "--config x -h"], done.stderr
    assert done.returncode == 7
    assert "openctp_ctp (ctp 6.7.11)" in done.stderr
    assert "orders go to a simulated exchange in this process" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_programs_own_error_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    program = written(tmp_path, "import openctp_ctp\nprint(openctp_ctp.__version__)\n1 / 0\n")
    done = run(tmp_path, "--front", "tcp://127.0.0.1:9", "--version", "6.7.8", program)
    assert (done.returncode, done.stdout) == (1, "6.7.8.0\n")
    assert "orders go to tcp://127.0.0.1:9" in done.stderr
    assert 'File "program.py", line 3' in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "running.py" not in done.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nothing.py",), "there is no program nothing.py"),
        (("--sim", "--front", "tcp://a:1", "program.py"), "give --sim or --front, not both"),
        (("--version", "6.7.5", "program.py"), "version 6.7.5 of ctp is not described"),
        (("--sim", "-i", "nosuch", "program.py"), "nosuch"),
        (("--sim", "--speed", "0", "program.py"), "must be above 0"),
    ],
)
def test_what_cannot_be_run_says_why(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    written(tmp_path, "print('never')")
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nothing.py",), "错误：没有程序 nothing.py"),
        (("--version", "9.9", "program.py"), "错误：没有 ctp 版本 9.9 的描述；可用：6.3.15"),
        (("--sim", "--speed", "0", "program.py"), "--speed 须大于 0"),
    ],
)
def test_it_says_so_in_chinese_too(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    written(tmp_path, "print('never')")
    done = run(tmp_path, *words, lang="zh")
    assert done.returncode == 1
    assert why in done.stderr
    assert " is " not in done.stderr


@pytest.mark.long
def test_the_simulator_may_be_kept_over_runs(tmp_path: Path) -> None:
    program = written(tmp_path, PROGRAM.format(package="openctp_ctp"))
    for _ in range(2):
        done = run(tmp_path, "--sim", "--state", "kept", "-i", "rb2701", program, "alice")
        assert done.returncode == 7, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.long
def test_an_option_that_the_simulator_does_not_have_is_named(tmp_path: Path) -> None:
    source = PROGRAM.format(package="anyvenue.ctp").replace(
        "tcp://180.168.146.187:10201", "sim://?instruments=rb2701"
    )
    command = [*COMMAND, written(tmp_path, source), "alice"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        why = "has no option 'instruments'; there are profile, user,"
        assert any(why in line for line in program.stderr)
        program.kill()  # it would wait in vain
