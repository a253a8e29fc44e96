"""`anyvenue init` and `anyvenue config import`: accounts come into the file, secrets do not."""

import json
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from anyvenue.app.account_drafts import AccountDraft, Placed, export_lines, keep_secrets, place
from anyvenue.app.account_form import ask_account
from anyvenue.app.commands.init import interview, kept_by_answer
from anyvenue.app.config_reader import read_config
from anyvenue.app.config_writer import commented, table_text, toml_value, write_config
from anyvenue.app.main import app
from anyvenue.app.messages import text
from anyvenue.app.secrets import Secret
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from keyrings import MODULE, MemoryKeyring

Call = Callable[..., Result]
FILE = Path("anyvenue.toml")

CTP = {
    "用户名": "123456",
    "密码": "hunter2-ctp",
    "经纪商代码": "9999",
    "交易服务器": "tcp://180.168.146.187:10201",
    "产品名称": "simnow_client_test",
    "授权编码": "hunter2-auth",
    "柜台环境": "测试",
    "备注": "hunter2-note",
    "行情端口": 0,
}
OKX = {"API Key": "hunter2-key", "Secret Key": "it's hunter2", "Server": "DEMO", "会话数": 3}
OKX |= {"Passphrase": "hunter2-words", "Proxy Host": "10.0.0.1", "Proxy Port": 7890}
BYBIT = {"API Key": "hunter2-bybit", "Server": "DEMO"}
YAML = """
accounts:
  okx:
    main: {api_key: 0123, api_secret: 1e5, passphrase: hunter2-phrase}
    sub1: {api_key: hunter2-k, api_secret: hunter2-s, passphrase: ''}
  backpack:
    主账户: {public_key: hunter2-p, secret_key: hunter2-q}
"""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, on a machine without a keyring."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture
def keyring(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a keyring; return the file it keeps its entries in."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "keyring.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "keyring")
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "entries.json"))
    return tmp_path / "entries.json"


@pytest.fixture
def vntrader(call: Call) -> Path:
    """Return a folder as vn.py leaves it."""
    folder = Path(".vntrader")
    folder.mkdir()
    empty = {"密码": "", "端口": 0}
    for name, fields in (("ctp", CTP), ("okx", OKX), ("bybit", BYBIT), ("empty", empty)):
        document = json.dumps(fields, ensure_ascii=False)
        (folder / f"connect_{name}.json").write_text(document, encoding="utf-8")
    return folder


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def bad(result: Result) -> str:
    assert result.exit_code == 1, result.output
    return result.stderr


class Scripted:
    """Answers from a list; keeps what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def text(self, question: str, default: str | None = None) -> str:
        self.asked.append(question)
        return self.answers.pop(0) or default or ""

    def hidden(self, question: str) -> str:
        return self.text(question)

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        found = self.text(question, default)
        assert found in choices
        return found

    def yes(self, question: str) -> bool:
        return self.text(question) == "y"

    def note(self, line: str) -> None:
        self.asked.append(line)


# ---- init without questions


def test_a_file_is_written_and_says_what_to_do_next(call: Call) -> None:
    words = ("--venue", "paper", "--name", "class", "--set", "account=alice", "--set", "port=7000")
    shown = good(call("init", *words, "--secret", "password"))
    account = read_config(FILE)[0].accounts["class"]
    assert account.table == {
        "venue": "paper",
        "account": "alice",
        "port": 7000,
        "password": Secret("CLASS_PASSWORD"),
    }
    assert "export CLASS_PASSWORD=..." in shown
    assert "anyvenue config check" in shown


def test_the_language_of_the_moment_is_kept(call: Call) -> None:
    shown = good(call("init", "--yes", "--lang", "zh"))
    assert "接下来" in shown
    assert read_config(FILE)[0].node.lang == "zh"
    assert "没有问题" in good(call("config", "check"))


def test_a_file_that_is_there_is_never_overwritten_unasked(call: Call) -> None:
    FILE.write_text("[sim]\nseed = 7\n", encoding="utf-8")
    assert "--add puts the account at its end, --force writes it anew" in bad(call("init", "--yes"))
    assert FILE.read_text(encoding="utf-8") == "[sim]\nseed = 7\n"
    good(call("init", "--add", "--venue", "paper", "--set", "account=a"))
    config = read_config(FILE)[0]
    assert (config.sim.seed, list(config.accounts)) == (7, ["paper"])
    assert "already has an account paper" in bad(
        call("init", "--add", "--venue", "paper", "--set", "account=b")
    )
    good(call("init", "--force", "--yes"))
    assert read_config(FILE)[0].sim.seed == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--venue", "papr"), "did you mean paper?"),
        (("--venue", "paper"), "needs account; give each with --set"),
        (("--venue", "paper", "--set", "account"), "KEY=VALUE is expected"),
        (("--venue", "paper", "--set", "nick=a"), "the keys being: account"),
        (("--venue", "paper", "--set", "port=x"), "port was 'x': Expected int"),
        (("--venue", "paper", "--secret", "port"), "secrets of paper are: password, token"),
        (("--yes", "--name", "a"), "say at which --venue"),
        (("--yes", "--keep", "paper"), "keyring or env is expected"),
        (("--yes", "--keep", "keyring"), "pip install 'anyvenue[keyring]'"),
        ((), "standard input is no terminal"),
    ],
)
def test_what_cannot_be_written_is_said_in_both_languages(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    assert said in bad(call("init", *words))
    chinese = bad(call("init", *words, "--lang", "zh"))
    assert chinese.startswith("错误：")
    assert said not in chinese or said.startswith("pip")
    assert not FILE.exists()


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(call: Call) -> None:
    words = ("--venue", "paper", "--set", "account=a", "--set", "password=hunter2")
    failed = call("init", *words)
    assert "say --secret password" in bad(failed)
    assert "hunter2" not in failed.output


# ---- questions


def test_an_account_comes_from_answers() -> None:
    asker = Scripted(
        "paper",
        "",
        "alice",
        "hunter2-typed",
        "",
        "x",
        "7000",
        "",
        "y",
        "paper",
        "second",
        "bob",
        "",
        "10.0.0.9",
        "",
        "",
        "",
    )
    keep, drafts = interview(asker, Terminal("zh"), "", FILE, "keyring")
    assert asker.answers == []
    assert keep == "keyring"
    first, second = drafts
    assert (first.name, first.settings, first.secrets) == (
        "paper",
        {"account": "alice", "port": 7000},
        {"password": "hunter2-typed"},
    )
    assert (second.name, second.settings, second.secrets) == (
        "second",
        {"account": "bob", "host": "10.0.0.9"},
        {},
    )
    assert any("填写有误" in line for line in asker.asked)
    assert any("账户密码 (password)" in line for line in asker.asked)
    assert "hunter2" not in repr(drafts) + str(drafts)


def test_secrets_of_the_environment_are_asked_for_only_by_whether_there_is_one() -> None:
    asker = Scripted("paper", "taken", "mine", "alice", "y", "", "", "")
    draft = ask_account(
        asker, lambda key, **fields: text(key, "en", **fields), "en", "env", ["taken"]
    )
    assert draft is not None
    assert (draft.name, draft.secrets) == ("mine", {"password": None})
    assert "there is an account taken already" in asker.asked


def test_no_account_is_an_answer_too() -> None:
    assert interview(Scripted("none"), Terminal("en"), "", FILE, "env") == ("env", [])


@pytest.mark.parametrize(("answer", "stays"), [("add", "[sim]\n"), ("replace", "")])
def test_what_becomes_of_a_file_that_is_there_is_asked(
    tmp_path: Path, answer: str, stays: str
) -> None:
    path = tmp_path / "anyvenue.toml"
    assert kept_by_answer(path, False, Scripted(), Terminal("en")) == ""
    path.write_text("[sim]\n", encoding="utf-8")
    asker = Scripted(answer)
    assert kept_by_answer(path, False, asker, Terminal("en")) == stays
    assert "is there already" in asker.asked[0]
    with pytest.raises(typer.Exit):
        kept_by_answer(path, False, Scripted("stop"), Terminal("en"))


# ---- import


def test_the_accounts_of_vnpy_are_taken_over_without_their_secrets(
    call: Call, vntrader: Path
) -> None:
    FILE.write_text("[sim]\nseed = 7\n", encoding="utf-8")
    shown = call("config", "import", "vntrader")
    assert "ctp: not taken over, as nobody knows these keys: 备注" in good(shown)
    assert "export CTP_PASSWORD=..." in shown.stdout
    written = FILE.read_text(encoding="utf-8")
    assert "hunter2" not in written + shown.output
    live = "".join(line.removeprefix("# ") + "\n" for line in written.splitlines())
    tables = tomllib.loads(live[live.index("[accounts.ctp]") :].partition("\n\n")[0])
    assert tables["accounts"]["ctp"] == {
        "venue": "ctp",
        "user": "123456",
        "broker": "9999",
        "trade_front": "tcp://180.168.146.187:10201",
        "app_id": "simnow_client_test",
        "environment": "test",
        "password": {"env": "CTP_PASSWORD"},
        "auth_code": {"env": "CTP_AUTH_CODE"},
    }
    assert "This version has no venue bybit" in written
    assert "[accounts.empty]" not in written
    config = read_config(FILE)[0]
    assert (config.sim.seed, list(config.accounts)) == (7, ["ctp", "okx"])


def test_a_second_import_repeats_nothing(call: Call, vntrader: Path) -> None:
    good(call("config", "import", "vntrader", str(vntrader)))
    before = FILE.read_bytes()
    assert "was there, left as it is" in good(call("config", "import", "vntrader"))
    assert FILE.read_bytes() == before


def test_a_dry_run_shows_the_file_and_writes_nothing(call: Call, vntrader: Path) -> None:
    shown = good(call("config", "import", "vntrader", "--dry-run", "--lang", "zh"))
    assert "\n[accounts.ctp]" in shown
    assert "# [accounts.bybit]" in shown
    assert "本版本尚无交易场所 bybit" in shown
    assert "hunter2" not in shown
    assert not FILE.exists()


def test_values_are_printed_for_a_shell_only_when_asked_for(call: Call, vntrader: Path) -> None:
    shown = good(call("config", "import", "vntrader", "--show-secrets"))
    assert "export CTP_PASSWORD=hunter2-ctp\n" in shown
    assert """export OKX_SECRET='it'"'"'s hunter2'\n""" in shown
    assert "hunter2-note" not in shown
    assert "hunter2" not in FILE.read_text(encoding="utf-8")


def test_the_json_of_an_import_has_places_and_no_values(call: Call, vntrader: Path) -> None:
    found = json.loads(good(call("config", "import", "vntrader", "--json", "--show-secrets")))
    _, ctp, okx = found["accounts"]
    assert ctp["secrets"]["password"] == {"env": "CTP_PASSWORD"}
    assert (ctp["state"], ctp["left_out"]) == ("written", ["备注"])
    assert okx["settings"] == {"environment": "demo", "proxy": "http://10.0.0.1:7890"}
    assert (okx["state"], sorted(okx["secrets"])) == (
        "written",
        ["api_key", "passphrase", "secret"],
    )
    assert "hunter2" not in json.dumps(found)


def test_the_accounts_of_ctos_keep_their_numbers(call: Call) -> None:
    Path("account.yaml").write_text(YAML, encoding="utf-8")
    found = json.loads(good(call("config", "import", "ctos", "account.yaml", "--json")))
    assert [each["account"] for each in found["accounts"]] == [
        "okx-0-main",
        "okx-1-sub1",
        "backpack-0-主账户",
    ]
    assert list(found["accounts"][1]["secrets"]) == ["api_key", "secret"]
    assert list(found["accounts"][2]["secrets"]) == ["api_key", "secret"]
    shown = good(
        call("config", "import", "ctos", "account.yaml", "--show-secrets", "--config", "b.toml")
    )
    # What looks like a number is a text there.
    assert "OKX_0_MAIN_API_KEY=0123\n" in shown
    assert "OKX_0_MAIN_SECRET=1e5\n" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("accounts:\n  okx: {main: *hunter2}\n", "line 2 is not YAML"),
        ("accounts: [hunter2\n", "is not YAML"),
        ("other: hunter2\n", "it has no accounts"),
        ("- hunter2\n", "it has no accounts"),
        ("accounts: {okx: hunter2}\n", "accounts.okx is not a table"),
        ("accounts: {okx: {main: hunter2}}\n", "accounts.okx.main is not a table"),
    ],
)
def test_a_broken_account_file_is_refused_without_repeating_it(
    call: Call, content: str, said: str
) -> None:
    Path("account.yaml").write_text(content, encoding="utf-8")
    failed = call("config", "import", "ctos", "account.yaml")
    assert said in bad(failed)
    assert "hunter2" not in failed.output


def test_a_broken_file_of_vnpy_is_refused_without_repeating_it(call: Call, vntrader: Path) -> None:
    (vntrader / "connect_ib.json").write_text('{"密码": "hunter2', encoding="utf-8")
    failed = call("config", "import", "vntrader")
    assert "connect_ib.json cannot be read" in bad(failed)
    assert "hunter2" not in failed.output
    assert not FILE.exists()


def test_a_folder_without_accounts_is_an_error(call: Call) -> None:
    assert "has no connect_*.json" in bad(call("config", "import", "vntrader"))


def test_without_pyyaml_the_error_names_the_remedy(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    Path("account.yaml").write_text(YAML, encoding="utf-8")
    assert "pip install 'anyvenue[import]'" in bad(call("config", "import", "ctos", "account.yaml"))


# ---- the keyring


def test_with_a_keyring_secrets_go_there(call: Call, keyring: Path, vntrader: Path) -> None:
    shown = good(call("config", "import", "vntrader"))
    kept = json.loads(keyring.read_text())
    assert kept["anyvenue/ctp.password"] == "hunter2-ctp"
    assert kept["anyvenue/okx.secret"] == "it's hunter2"
    written = FILE.read_text(encoding="utf-8")
    assert 'password = { keyring = "anyvenue/ctp.password" }' in written
    assert "hunter2" not in written + shown


def test_a_dry_run_keeps_nothing_in_the_keyring(call: Call, keyring: Path, vntrader: Path) -> None:
    good(call("config", "import", "vntrader", "--dry-run"))
    assert not keyring.exists()


def test_the_check_asks_the_keyring(call: Call, keyring: Path) -> None:
    shown = good(call("init", "--venue", "paper", "--set", "account=a", "--secret", "password"))
    assert "keyring set anyvenue paper.password" in shown
    assert "keyring anyvenue/paper.password" in bad(call("config", "check"))
    keyring.write_text(json.dumps({"anyvenue/paper.password": "hunter2"}))
    good(call("config", "check"))
    assert "hunter2" not in good(call("config", "show")) + good(call("config", "show", "--json"))


def test_a_locked_keyring_leaves_the_file_alone(
    call: Call, keyring: Path, vntrader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEYRING_LOCKED", "1")
    failed = call("config", "import", "vntrader", "--debug")
    assert "cannot be written (RuntimeError); is the keyring unlocked?" in bad(failed)
    assert "hunter2" not in failed.output
    assert not FILE.exists()


def test_an_entry_with_another_value_is_left_alone() -> None:
    keyring = MemoryKeyring()
    keyring.set_password("anyvenue", "okx.secret", "older")
    found = draft("okx", api_key="new", secret="newer")
    placed = [place(found, "keyring", "", FILE)]
    with pytest.raises(ConfigError, match=r"keyring del anyvenue okx\.secret") as caught:
        keep_secrets(placed, lambda: keyring)
    assert "newer" not in str(caught.value)
    assert keyring.kept == {("anyvenue", "okx.secret"): "older"}


# ---- writing


def draft(name: str, **secrets: str) -> AccountDraft:
    return AccountDraft(name=name, venue="okx", settings={}, secrets=secrets)


def test_two_accounts_never_share_a_variable() -> None:
    content, placed = "", list[Placed]()
    for name in ("主", "副"):
        found = place(draft(name, key="hunter2"), "env", content, FILE)
        content += found.text
        placed.append(found)
    assert export_lines(placed) == ["export ACCOUNT_KEY=...", "export ACCOUNT_KEY_2=..."]


@pytest.mark.parametrize(
    "value", ["plain", 'quo"te', "back\\slash", "行\n\t\x7f\x01", True, False, 3, 2.5, 1e300]
)
def test_every_value_is_read_back_as_it_was_written(value: str | int | float | bool) -> None:
    name = "a.b 'c'"
    table = table_text(("accounts", name), {"key one": value})
    assert tomllib.loads(table) == {"accounts": {name: {"key one": value}}}
    assert tomllib.loads(commented(table, "two\nlines")) == {}
    assert toml_value(Secret(keyring="a/b")) == '{ keyring = "a/b" }'


def test_a_text_that_would_not_be_read_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "anyvenue.toml"
    path.write_text("[sim]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="not a known key"):
        write_config(path, "[sims]\n")
    assert [each.name for each in tmp_path.iterdir()] == ["anyvenue.toml"]
    assert path.read_text(encoding="utf-8") == "[sim]\n"


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "anyvenue.toml"
    real.write_text("", encoding="utf-8")
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("this system lets nobody make links")
    write_config(link, "[sim]\nseed = 3\n")
    assert link.is_symlink()
    assert "seed" in real.read_text(encoding="utf-8")


def test_the_venues_and_their_keys_are_listed(call: Call) -> None:
    assert "simulated exchange" in good(call("config", "venues"))
    assert "交易所端口" in good(call("config", "venues", "paper", "--lang", "zh"))
    found = json.loads(good(call("config", "venues", "paper", "--json")))
    password = next(each for each in found["settings"] if each["name"] == "password")
    assert (password["secret"], password["form"], password["help_zh"]) == (True, "text", "账户密码")
    assert "did you mean paper" in bad(call("config", "venues", "papers"))
