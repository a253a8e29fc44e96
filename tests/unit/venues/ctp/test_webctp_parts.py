"""The rooms of the JSON door one by one: what is written, what waits, whose turn it is, what a configuration says."""

import asyncio
import json
import zlib
from math import inf, nan
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.counter.seam import Answer
from anyvenue.venues.ctp.description import ABSENT, describe
from anyvenue.venues.ctp.json.audit import Audit, is_audited
from anyvenue.venues.ctp.json.calls import Call
from anyvenue.venues.ctp.json.config_o_h import read_config
from anyvenue.venues.ctp.json.envelope import Envelope, to_json
from anyvenue.venues.ctp.json.frames import Shared, coding_of
from anyvenue.venues.ctp.json.keys import MD_KEYS, TD_KEYS
from anyvenue.venues.ctp.json.limits import Attempts, Bucket, Limits
from anyvenue.venues.ctp.json.order_names import DuplicateRef, OrderNames
from anyvenue.venues.ctp.json.outbox import Outbox, Outboxes
from anyvenue.venues.ctp.json.queries import FairQueue, Query
from anyvenue.venues.ctp.json.requests import Requests
from anyvenue.venues.ctp.json.tokens import ANYBODY, Token, Tokens, read_tokens

MD, TD = Envelope(md=True), Envelope()
PLAIN = coding_of()


def quote(**fields: Any) -> Any:
    return MD.plain(Answer("OnRtnDepthMarketData", {"InstrumentID": "rb2701", **fields}))


# ---- what is written


@given(
    st.dictionaries(
        st.sampled_from(sorted(TD_KEYS["Order"])),
        st.one_of(
            st.floats(),
            st.integers(-(1 << 31), (1 << 31) - 1),
            st.text(alphabet=st.characters(), max_size=8),
            st.binary(max_size=8),
        ),
    )
)
def test_whatever_a_counter_says_is_valid_json_with_all_keys(fields: dict[str, Any]) -> None:
    text = to_json(TD.plain(Answer("OnRtnOrder", fields)))
    read = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert tuple(read["Order"]) == TD_KEYS["Order"]


def test_absent_prices_of_quotes_are_zero_but_for_the_deltas() -> None:
    row = quote(AskPrice2=ABSENT, ClosePrice=ABSENT, PreDelta=ABSENT, LastPrice=nan, Turnover=inf)
    told = row["DepthMarketData"]
    assert told["AskPrice2"] == told["ClosePrice"] == told["LastPrice"] == told["Turnover"] == 0
    assert told["PreDelta"] == ABSENT
    assert tuple(told) == MD_KEYS["DepthMarketData"]


def test_a_lone_surrogate_and_a_nul_are_written() -> None:
    fields = {"InvestorID": "\udcb0", "InvestorName": "\0"}
    message = TD.plain(Answer("OnRspQryInvestor", fields))
    row = json.loads(to_json(message))["Investor"]
    assert (row["InvestorID"], row["InvestorName"]) == ("?", "\0")


def test_every_described_answer_can_be_told_with_no_fields_and_with_unknown_ones() -> None:
    described = describe()
    for name, method in described.callbacks.items():
        if method.struct:
            for fields in (None, {}, {"NoSuchField": 1}):
                assert json.loads(to_json(TD.plain(Answer(name, fields, (0, "")))))


def test_every_request_takes_an_empty_body() -> None:
    requests = Requests()
    assert len(requests.names) > 100
    for name in requests.names:
        request = requests.find(name)
        assert request is not None
        row = request.parse({request.bodies[0]: {}}, {"BrokerID": "9999", "InvestorID": "a"})
        assert set(row) <= {"BrokerID", "InvestorID", "UserID"}


def test_a_statement_cut_within_a_character_is_whole_again_when_its_pieces_are_joined() -> None:
    call, raw = Call(None, "ReqQrySettlementInfo"), "交易结算单：螺纹钢".encode("gb18030")
    pieces = [
        TD.plain(Answer("OnRspQrySettlementInfo", {"Content": raw[at : at + 3]}), 1, call.text)
        for at in range(0, len(raw), 3)
    ]
    told: list[Any] = [each["SettlementInfo"] for each in pieces]
    assert "".join(each["Content"] for each in told) == "交易结算单：螺纹钢"


@pytest.mark.parametrize("size", [10, 125, 126, 65_535, 65_536])
def test_frames_have_the_length_that_their_header_says(size: int) -> None:
    made = PLAIN.write("x" * (size - 2))
    if size < 126:
        assert (made[1], len(made)) == (size, size + 2)
    elif size < 65_536:
        assert (made[1], int.from_bytes(made[2:4]), len(made)) == (126, size, size + 4)
    else:
        assert (made[1], int.from_bytes(made[2:10]), len(made)) == (127, size, size + 10)


def test_a_quote_is_written_once_for_all_that_want_it_alike() -> None:
    shared = Shared(quote())
    assert shared.quote(PLAIN) is shared.quote(coding_of())
    packed = shared.quote(coding_of(packed=True))
    assert msgspec.msgpack.decode(packed[4:])["MsgType"] == "RtnDepthMarketData"
    assert packed[0] == 0x82


def test_a_deflated_frame_needs_nothing_that_was_sent_before() -> None:
    made = coding_of(window=15).quote(quote())
    assert made[0] == 0xC1
    press = zlib.decompressobj(-15)
    assert json.loads(press.decompress(made[4:] + b"\0\0\xff\xff"))["MsgType"]


# ---- what waits


class Wire:
    """A client that reads when it is told to."""

    def __init__(self) -> None:
        self.unread = 0
        self.read = b""
        self.closed = False
        self.reads = True

    def write(self, data: bytes) -> None:
        self.read += data
        self.unread += 0 if self.reads else len(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def test_of_the_quotes_that_a_slow_client_misses_it_gets_the_latest_and_every_report() -> None:
    async def main() -> None:
        wire, slow = Wire(), [False]
        outboxes = Outboxes(asyncio.get_running_loop(), longest_wait=10 << 20)
        outbox = Outbox(outboxes, wire, PLAIN, lambda: slow.__setitem__(0, True))
        wire.reads = False
        for number in range(3_000):
            outbox.quote("rb2701", Shared(quote(Volume=number)))
            if number % 10 == 0:
                outbox.put(PLAIN.frame({"MsgType": "RtnOrder", "n": number}))
        outbox.flush()
        assert wire.unread < 1 << 20
        assert outbox.conflated > 2_000
        wire.reads, wire.unread = True, 0
        while outboxes.slow:
            await asyncio.sleep(0.001)
        outbox.flush()
        assert wire.read.count(b'"RtnOrder"') == 300
        assert b'"Volume":2999' in wire.read
        assert wire.read.count(b'"RtnDepthMarketData"') + outbox.conflated == 3_000
        assert not slow[0]

    asyncio.run(main())


@pytest.mark.parametrize(("longest", "stalled"), [(100_000, 60.0), (10 << 20, 0.02)])
def test_a_client_that_takes_nothing_is_given_up(longest: int, stalled: float) -> None:
    async def main() -> None:
        wire = Wire()
        wire.reads = False
        gone = asyncio.Event()
        outboxes = Outboxes(asyncio.get_running_loop(), longest, stalled)
        outbox = Outbox(outboxes, wire, PLAIN, gone.set)
        report = PLAIN.frame({"MsgType": "RtnOrder", "text": "x" * 1_000})
        for _ in range(400):
            outbox.put(report)
            outbox.flush()
        await asyncio.wait_for(gone.wait(), 60)
        outbox.end(1013, "too slow")
        assert wire.read.endswith(b"too slow")

    asyncio.run(main())


# ---- whose turn it is


def test_clients_take_turns_and_what_was_too_fast_goes_again() -> None:
    async def main() -> None:
        sent: list[str] = []
        codes = [0, -3, 0, 0, 0, 0]
        queue = FairQueue(asyncio.get_running_loop(), gap_s=0.001)

        def query(name: str) -> Query:
            def send() -> int:
                sent.append(name)
                code = codes.pop(0)
                if not code:
                    asyncio.get_running_loop().call_soon(queue.done)
                return code

            return Query(send, lambda code: sent.append(f"{name} {code}"))

        for name in ("a1", "a2", "a3"):
            queue.ask("a", query(name))
        queue.ask("b", query("b1"))
        while queue.waiting:
            await asyncio.sleep(0.001)
        assert sorted(dict.fromkeys(sent)) == ["a1", "a2", "a3", "b1"]
        assert sent.index("b1") < sent.index("a3")
        assert len(sent) == 5  # one of them twice
        queue.ask("a", query("late"))
        queue.clear()
        assert queue.waiting == 0

    asyncio.run(main())


def test_a_client_with_too_many_queries_is_refused_and_a_loss_refuses_all() -> None:
    async def main() -> None:
        refused: list[int] = []
        queue = FairQueue(asyncio.get_running_loop(), gap_s=60.0, most_waiting=2)
        for _ in range(4):
            queue.ask("a", Query(lambda: 0, refused.append))
        assert refused == [-2]
        queue.clear()
        assert refused == [-2, -1, -1]

    asyncio.run(main())


# ---- whose order it is


def test_with_one_socket_no_order_is_renamed() -> None:
    names = OrderNames(5)
    seat = names.seat(1, 77)
    named = names.name(seat, "           9", 3, (1, 77), 400)
    assert (named.above_ref, named.session) == ("           9", 77)
    row = {"FrontID": 1, "SessionID": 77, "OrderRef": "           9", "OrderSysID": "12"}
    assert names.downwards(row) is row
    with pytest.raises(DuplicateRef):
        names.name(seat, "9", 4, (1, 77), 401)


def test_after_a_reconnection_orders_keep_the_names_that_clients_know() -> None:
    names = OrderNames(5)
    seat = names.seat(1, 77)
    names.name(seat, "1", 3, (1, 77), 400)
    again = names.name(seat, "2", 4, (2, 88), 401)
    shown = names.downwards({"FrontID": 2, "SessionID": 88, "OrderRef": again.above_ref})
    assert (shown["FrontID"], shown["SessionID"], shown["OrderRef"]) == (1, 77, "2")
    above = names.upwards({"FrontID": 1, "SessionID": 77, "OrderRef": "2"}, (2, 88))
    assert (above["FrontID"], above["SessionID"]) == (2, 88)


# ---- limits, tokens, the audit


def test_a_bucket_fills_with_time_and_attempts_are_forgiven() -> None:
    bucket = Bucket(Limits(requests_per_second=1, burst=2), 0.0)
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert bucket.take(1.0)
    now = [0.0]
    attempts = Attempts(Limits(token_attempts=2, token_pause_s=10), lambda: now[0])
    attempts.failed("a")
    attempts.failed("a")
    assert attempts.refuses("a")
    assert not attempts.refuses("b")
    now[0] = 11.0
    assert not attempts.refuses("a")


def test_tokens_are_read_from_a_file_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text('[tokens.boss]\ntoken = "letmein"\naccounts = ["alice"]\nrole = "read"\n')
    [token] = read_tokens(file)
    assert "letmein" not in repr(token)
    assert Tokens([token]).find("letmein") is token
    assert Tokens([token]).find("") is None
    assert Tokens().find("anything") is ANYBODY
    assert token.may_use("alice")
    assert not token.may_use("bob")
    assert not token.may_send("ReqOrderInsert")
    file.write_text('[tokens.boss]\nsecret = "letmein"\n')
    with pytest.raises(ConfigError, match="unknown field"):
        read_tokens(file)
    with pytest.raises(ConfigError, match="fewer than"):
        Tokens([Token(name="x", secret="abc")])


def test_the_audit_says_who_asked_for_what_and_keeps_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "audit.jsonl"
    audit = Audit(path)
    fields = {"InstrumentID": "rb2701", "LimitPrice": 3500.0, "Password": "hunter2", "MinVolume": 0}
    audit.note(5, "127.0.0.1:9", "boss", "alice", "ReqOrderInsert", 3, fields, "sent")
    audit.close()
    line = json.loads(path.read_text())
    assert line["fields"] == {"InstrumentID": "rb2701", "LimitPrice": 3500.0}
    assert (line["address"], line["token"], line["RequestID"]) == ("127.0.0.1:9", "boss", 3)
    assert path.stat().st_mode & 0o077 == 0
    assert is_audited("ReqParkedOrderInsert")
    assert not is_audited("ReqQryOrder")


# ---- configurations


HOMALOS = """
TdFrontAddress: tcp://180.168.146.187:10201
MdFrontAddress: tcp://180.168.146.187:10211
BrokerID: 9999
AuthCode: 0000000000000000
AppID: simnow_client_test
Host: 127.0.0.1
Port: 8089
LogLevel: DEBUG
Token: "secret"
HeartbeatInterval: 10
Redis:
  Enabled: false
  Port: 6380
Metrics:
  Enabled: true
"""


def test_a_file_of_homalos_webctp_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "config_td.yaml"
    file.write_text(HOMALOS)
    (tmp_path / "alerts.yaml").write_text("Alerts:\n  Latency:\n    OrderP95Threshold: 150\n")
    config = read_config(file, {"WEBCTP_HEARTBEAT_TIMEOUT": "20", "WEBCTP_REDIS_ENABLED": "true"})
    assert (config.broker_id, config.auth_code) == ("9999", "0" * 16)
    assert (config.port, config.token, config.heartbeat_s) == (8089, "secret", 10)
    assert config.heartbeat_timeout_s == 20
    assert config.rest["Redis.Enabled"] == "true"
    assert config.rest["Alerts.Latency.OrderP95Threshold"] == "150"
    assert "secret" not in repr(config)


def test_the_environment_alone_will_do_and_nothing_is_the_default() -> None:
    assert read_config(None, {}).port == 8080
    environ = {"WEBCTP_TD_ADDRESS": "tcp://a:1", "WEBCTP_TOKEN": "abcd", "WEBCTP_HOST": ""}
    config = read_config(None, environ)
    assert (config.td_front, config.token, config.host) == ("tcp://a:1", "abcd", "")


@pytest.mark.parametrize("text", ["- a\n- b\n", "Port: eighty\n", "a: [", "\t: x"])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        read_config(file, {})
