"""``anyvenue ctp probe`` and ``print``: what is wrong with an access, and everything that a counter says."""

import socket
from collections.abc import Iterator

import msgspec
import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.tools.conversation import Heard
from anyvenue.venues.ctp.tools.reaching import reach
from anyvenue.venues.ctp.tools.shown import field_lines, heard_document, value_text
from ctp_desk import PROFILE
from ctp_served import ServedCounter, lines_of, served_counter


@pytest.fixture(scope="module")
def counter() -> Iterator[ServedCounter]:
    with served_counter() as found:
        yield found


@pytest.fixture(scope="module")
def strict() -> Iterator[ServedCounter]:
    """Give a counter that lets authenticated programs in only."""
    with served_counter(PROFILE) as found:
        yield found


def steps(ended: Result) -> list[tuple[str, str, bool]]:
    rows = msgspec.json.decode(ended.stdout)
    return [(row["side"], row["step"], row["good"]) for row in rows]


def test_an_access_that_works_is_good_on_both_sides(counter: ServedCounter) -> None:
    ended = counter.run("probe", "--json")
    assert ended.exit_code == 0
    assert steps(ended) == [
        (side, step, True)
        for side in ("trader", "md")
        for step in ("library", "address", "handshake", "login")
    ]


def test_without_a_user_it_ends_at_the_handshake(counter: ServedCounter) -> None:
    ended = counter.run("probe", "--side", "trader", user="")
    assert ended.exit_code == 0
    assert "handshake" in ended.stdout
    assert "login" not in ended.stdout


def test_a_program_is_authenticated_first_where_the_counter_wants_it(strict: ServedCounter) -> None:
    without = strict.run("probe", "--side", "trader", "--json")
    last = msgspec.json.decode(without.stdout)[-1]
    assert without.exit_code == 1
    assert (last["step"], last["number"]) == ("login", 64)
    assert "--app-id and --auth-code" in last["advice"]
    app_id = ("--app-id", "program", "--auth-code")
    wrong = strict.run("probe", "--side", "trader", *app_id, "nonsense", "--json")
    last = msgspec.json.decode(wrong.stdout)[-1]
    assert (last["step"], last["number"]) == ("authentication", 63)
    right = strict.run("probe", "--side", "trader", *app_id, "code", "--json")
    assert right.exit_code == 0
    assert ("trader", "authentication", True) in steps(right)


def test_a_wrong_password_is_told_with_advice_in_the_users_language(counter: ServedCounter) -> None:
    ended = counter.run("probe", "--side", "trader", lang="zh", password="not-the-word")
    assert ended.exit_code == 1
    assert "UserLogin 被拒：[3]" in ended.stdout
    assert "建议：请检查用户、密码和经纪商代码" in ended.stdout
    assert "not-the-word" not in ended.output
    counter.run("probe", "--side", "trader")  # a right one, so that nobody is locked out


def probed(front: str, *words: str, lang: str = "en") -> Result:
    given = ["--lang", lang, "ctp", "probe", "--front", front, *words]
    return CliRunner().invoke(app, given, env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_nobody_at_the_address_is_told_from_somebody_who_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        front = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        ended = probed(front, "--timeout", "0.2")
        assert ended.exit_code == 1
        assert "the front did not answer within 0.2 s" in ended.stdout
        assert "it takes connections and does not speak" in ended.stdout
    ended = probed(front, lang="zh")
    assert ended.exit_code == 1
    assert f"无法连接 {front}" in ended.stdout
    assert "该地址无人监听" in ended.stdout


def test_one_of_several_fronts_is_enough(counter: ServedCounter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    ended = probed(f"tcp://127.0.0.1:{port},{counter.front}", "--json")
    assert ended.exit_code == 0
    assert ("trader", "address", False) in steps(ended)
    assert ("trader", "handshake", True) in steps(ended)


def test_an_address_that_is_none_and_a_library_that_is_none() -> None:
    assert "it is not written tcp://HOST:PORT" in probed("somewhere").stdout
    assert reach("ns+tcp://127.0.0.1:99999", 1).problem
    ended = probed("tcp://127.0.0.1:1", "--library", "no-such-counter")
    assert ended.exit_code == 1
    assert "'no-such-counter' is no counter, no file and no folder" in ended.stdout


def test_a_preset_that_is_none_is_named_with_those_there_are() -> None:
    ended = CliRunner().invoke(app, ["--lang", "zh", "ctp", "probe", "--preset", "simnau"])
    assert "没有预设柜台 simnau；可选：simnow, simnow-7x24, tts" in ended.stderr


# ---- print


def test_every_callback_is_printed_with_all_fields(counter: ServedCounter) -> None:
    ended = counter.run("print", "--seconds", "0.1", "--ask", "ReqQryTradingAccount")
    assert ended.exit_code == 0, ended.output
    lines = ended.stdout.splitlines()
    assert any("OnFrontConnected" in line for line in lines)
    assert "  Available" in ended.stdout
    for field in describe().layout("TradingAccount").fields:
        assert any(line.strip().startswith(field.name) for line in lines), field.name


def test_callbacks_are_picked_by_name(counter: ServedCounter) -> None:
    ended = counter.run(
        "print", "rb2701", "--seconds", "0.2", "--json", "--only", "OnR*", "--skip", "*User*"
    )
    told = lines_of(ended.stdout)
    assert {each["callback"] for each in told} >= {"OnRspSubMarketData", "OnRtnDepthMarketData"}
    assert not any("User" in each["callback"] for each in told)
    depth = next(each for each in told if each["callback"] == "OnRtnDepthMarketData")
    assert depth["fields"]["InstrumentID"] == "rb2701"
    assert depth["fields"]["ClosePrice"] is None


def test_quotes_need_no_user(counter: ServedCounter) -> None:
    ended = counter.run("print", "rb2701", "--seconds", "0.1", "--only", "OnRspUserLogin", user="")
    assert ended.stdout.count("OnRspUserLogin") == 1


def test_an_order_shows_what_its_codes_mean() -> None:
    description = describe()
    order = {"Direction": "1", "CombOffsetFlag": "03", "OrderStatus": "a", "LimitPrice": 0.1 + 0.2}
    whole = description.layout("Order").unpack(description.layout("Order").pack(order))
    lines = [line.split() for line in field_lines(description, "Order", whole)]
    assert ["Direction", "1", "Sell"] in lines
    assert ["CombOffsetFlag", "03", "Open/CloseToday"] in lines
    assert ["LimitPrice", "0.3"] in lines
    heard = Heard("OnRtnOrder", whole, None, 0, False, 1)
    assert heard_document(description, heard, "Order")["meanings"]["OrderStatus"] == "Unknown"  # type: ignore[index, call-overload]


def test_passwords_are_struck_out_and_absent_numbers_are_dashes() -> None:
    description = describe()
    fields = {"UserID": "alice", "Password": "hush", "NewPassword": ""}
    shown = "\n".join(field_lines(description, "ReqUserLogin", fields))
    assert "hush" not in shown
    assert "***" in shown
    assert value_text(None) == "-"
    assert value_text(1e-05) == "0.00001"
    assert value_text(1e22) == "1" + "0" * 22


def test_a_counters_words_do_not_steer_the_terminal() -> None:
    fields = {"StatusMsg": "done\x1b[2J\x07", "UserID": "alice"}
    (line,) = [each for each in field_lines(describe(), "Order", fields) if "StatusMsg" in each]
    assert line.split(None, 1)[1] == "done [2J"
