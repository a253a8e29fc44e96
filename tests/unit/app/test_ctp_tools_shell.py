"""``anyvenue ctp shell`` against a real counter: queries, orders, reports, and what is never sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from anyvenue.app.ctp_tools.line import Typist
from anyvenue.app.ctp_tools.shell import Shell
from anyvenue.app.terminal import Terminal
from anyvenue.venues.ctp.tools.access import Access
from ctp_served import PASSWORD, ServedCounter, lines_of, served_counter


@pytest.fixture(scope="module")
def counter() -> Iterator[ServedCounter]:
    with served_counter() as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[ServedCounter]:
    with served_counter() as found:
        yield found


class Answers:
    """Somebody at the keyboard who says the same to everything."""

    def __init__(self, yes: bool) -> None:
        self.says = yes
        self.asked: list[str] = []

    def text(self, question: str, default: str | None = None) -> str:
        return ""

    def hidden(self, question: str) -> str:
        return ""

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        return default

    def yes(self, question: str) -> bool:
        self.asked.append(question)
        return self.says

    def note(self, line: str) -> None:
        """Say nothing."""


@pytest.fixture
def by_hand(
    fresh: ServedCounter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Shell, Answers, list[str], ServedCounter]]:
    """Give a shell with somebody at it, and the lines that it shows above."""
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "10")
    shown: list[str] = []
    answers = Answers(True)
    access = Access(front=fresh.front, broker="9999", user="alice", password=PASSWORD)
    shell = Shell(Terminal("en"), access, tmp_path, shown.extend, timeout=5.0, asker=answers)
    yield shell, answers, shown, fresh
    shell.close()


def test_a_script_of_queries_is_answered_in_tables(counter: ServedCounter) -> None:
    ended = counter.run("shell", "-c", "account", "-c", "3", "-c", "price rb2701")
    assert ended.exit_code == 0, ended.output
    assert "1000000" in ended.stdout
    assert "螺纹钢" in ended.stdout
    assert "3499" in ended.stdout


def test_an_order_is_reported_and_can_be_cancelled(fresh: ServedCounter) -> None:
    script = "confirm\nbuy rb2701 2 3400\norders\ncancel all\norders rb2701\n"
    ended = fresh.run("shell", "--yes", script=script)
    assert ended.exit_code == 0, ended.output
    reports = [
        line for line in ended.stdout.splitlines() if line.startswith(("order #", "order 1:"))
    ]
    assert "rb2701 buy open 3400 0/2 sent" in reports[0]
    assert "0/2 queued" in reports[1]
    assert "0/2 cancelled" in reports[-1]


def test_a_fill_shows_the_trade_and_the_position(fresh: ServedCounter) -> None:
    ended = fresh.run("shell", "--yes", script="confirm\nbuy rb2701 1 3400\n")
    fresh.quote(3398, 3399)
    ended = fresh.run("shell", "-c", "positions", "-c", "trades", "-c", "details")
    assert ended.exit_code == 0
    assert "long" in ended.stdout
    assert "buy   open" in ended.stdout


@pytest.mark.parametrize("api", ["ctp-6.3.15", "opt", "mini", "femas"])
def test_other_apis_and_versions_trade_the_same_way(counter: ServedCounter, api: str) -> None:
    script = "confirm\nbuy rb2701 1 3400\ncancel all\n"
    ended = counter.run("shell", "--yes", "--json", "--api", api, script=script)
    reports = [each["fields"]["OrderStatus"] for each in lines_of(ended.stdout) if "report" in each]
    assert reports == ["a", "3", "3", "5"]


def test_an_order_before_the_confirmation_is_refused_with_advice(fresh: ServedCounter) -> None:
    ended = fresh.run("shell", "--yes", "-c", "buy rb2701 1 3400")
    assert ended.exit_code == 1
    assert "[42]" in ended.stderr
    assert "confirm the settlement statement first" in ended.stderr


def test_without_a_terminal_nothing_is_sent_unless_yes_was_said(fresh: ServedCounter) -> None:
    ended = fresh.run("shell", script="confirm\nbuy rb2701 1 3400\norders\n")
    assert ended.exit_code == 1
    assert "without a terminal give --yes" in ended.stderr
    assert "nothing there" in ended.stdout


def test_the_end_of_a_script_is_where_it_says_quit(counter: ServedCounter) -> None:
    ended = counter.run("shell", script="# a comment\n\nquit\nnonsense\n")
    assert ended.exit_code == 0
    assert ended.stdout == ""


def test_json_has_a_line_for_every_result_report_and_error(fresh: ServedCounter) -> None:
    script = "confirm\nbuy rb2701 1 3400\nprice\npositions\n"
    ended = fresh.run("shell", "--yes", "--json", script=script)
    told = lines_of(ended.stdout)
    assert [each.get("command") for each in told if "command" in each] == ["confirm", "positions"]
    assert [each["fields"]["OrderStatus"] for each in told if "report" in each] == ["a", "3"]
    assert "price ID" in next(
        each["error"] for each in told if "error" in each and "fields" not in each
    )


def test_any_request_can_be_made_with_its_fields(counter: ServedCounter) -> None:
    ended = counter.run(
        "shell",
        "--json",
        "-c",
        "request ReqQryInstrument InstrumentID=IF2609",
        "-c",
        "request ReqNo",
    )
    told = lines_of(ended.stdout)
    assert [row["InstrumentID"] for row in told[0]["rows"]] == ["IF2609"]
    assert "ReqNo" in told[1]["error"]


def test_what_was_not_understood_is_said_in_the_users_language(counter: ServedCounter) -> None:
    ended = counter.run("shell", "--yes", "-c", "po", "-c", "buy rb2701 x 1", lang="zh")
    assert ended.exit_code == 1
    assert "看不懂 x" in ended.stderr
    ended = counter.run("shell", "-c", "co", lang="zh")
    assert "没有命令 co；可用：commissions, codes, confirmation, confirm" in ended.stderr


def test_a_wrong_password_comes_with_advice_and_is_never_shown(counter: ServedCounter) -> None:
    ended = counter.run("shell", "-c", "account", password="not-the-word", lang="zh")
    assert ended.exit_code == 1
    assert "[3]" in ended.stderr
    assert "请检查用户、密码和经纪商代码" in ended.stderr
    assert "not-the-word" not in ended.output
    counter.run("shell", "-c", "account")  # a right one, so that nobody is locked out


def test_a_password_on_the_command_line_is_refused(counter: ServedCounter) -> None:
    ended = counter.run("shell", "--password", "hunter2-hunter2", "-c", "account")
    assert ended.exit_code == 1
    assert "env:NAME, keyring:SERVICE/NAME or prompt" in ended.stderr
    assert "hunter2" not in ended.output


def test_a_password_can_be_named_by_its_place(
    counter: ServedCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_WORD", PASSWORD)
    ended = counter.run("shell", "--password", "env:MY_WORD", "-c", "codes", password="")
    assert ended.exit_code == 0, ended.output


def test_what_is_not_confirmed_is_not_sent(
    by_hand: tuple[Shell, Answers, list[str], ServedCounter],
) -> None:
    shell, answers, shown, _ = by_hand
    shell.run("confirm")
    answers.says = False
    shell.run("sell IF2609 1 3950.2 open fak")
    assert answers.asked == ["sell open 1 IF2609 at 3950.2 FAK?"]
    assert shell.failed
    assert shown == []


def test_an_order_is_called_by_its_number_or_by_its_sessions_reference(
    by_hand: tuple[Shell, Answers, list[str], ServedCounter],
) -> None:
    shell, _, shown, _ = by_hand
    shell.run("confirm")
    shell.run("buy rb2701 1 3400")
    shell.run("buy rb2701 1 3401")
    shell.run("cancel 7")
    assert shell.failed
    shell.run("cancel #3")  # the login said that 1 was the last
    assert "order 2: rb2701 buy open 3401 0/1 cancelled" in shown[-1]
    shell.run("cancel 1")
    assert "order 1: rb2701 buy open 3400 0/1 cancelled" in shown[-1]


def test_money_comes_from_the_bank_and_goes_back(
    by_hand: tuple[Shell, Answers, list[str], ServedCounter],
) -> None:
    shell, answers, shown, _ = by_hand
    shell.run("deposit 1 250.5")
    shell.run("withdraw 1 50")
    assert shown == ["250.5 CNY were paid in", "50 CNY were paid out"]
    assert len(answers.asked) == 2


def test_it_logs_in_again_after_the_counter_was_away(
    by_hand: tuple[Shell, Answers, list[str], ServedCounter],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell, _, shown, counter = by_hand
    counter.doors.stop()
    counter.doors.start()
    shell.run("account")
    assert not shell.failed
    assert shown[0].startswith("the connection was cut")
    assert "1000000" in capsys.readouterr().out


def test_words_are_completed_commands_first(
    by_hand: tuple[Shell, Answers, list[str], ServedCounter],
) -> None:
    shell, _, _, _ = by_hand
    shell.run("instruments")
    assert shell.words("", "conf") == ["confirmation", "confirm"]
    assert shell.words("buy ", "rb") == ["rb2701"]
    assert "ReqQryOrder" in shell.words("request ", "ReqQryO")


def test_lines_come_from_a_pipe_without_a_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["account"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines, None) or _end())
    typist = Typist("ctp> ", lambda before, begun: [], None)
    assert typist.read() == "account"
    assert typist.read() is None
    typist.above(["a report"])
    assert capsys.readouterr().out == "a report\n"


def _end() -> str:
    raise EOFError
