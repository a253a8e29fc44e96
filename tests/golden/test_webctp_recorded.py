"""Recorded conversations of openctp/webctp (O) and homalos-webctp (H), held with our service.

`webctp/recorded.jsonl` has every message that a client sent, in order, and of what it was told the envelope: keys,
which are null or empty, and the errors that the servers themselves make. `webctp/keys.json` has the fields of each
answer. What the counter behind a server says (prices, ids, texts) is not of the protocol and is not compared.
Differences are those of `CHOSEN`: the issue or the comparison of both protocols says so.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from webctp_rig import Message, Served, serving

FOLDER = Path(__file__).with_name("webctp")
RECORDED = [json.loads(line) for line in (FOLDER / "recorded.jsonl").read_text().splitlines()]
KEYS: dict[str, list[str]] = json.loads((FOLDER / "keys.json").read_text())
SESSIONS = list(dict.fromkeys(each["session"] for each in RECORDED))
RENAMED = {"rb2510": "rb2701", "au2510": "au2612", "ag2510": "ag2612"}
SERVERS_OWN = (-400, -401, -404)
LOGIN_ALONE = "a login without RequestID is printed in both descriptions, and has to work"
CHOSEN = {
    "ReqUserLogout": "logging out is a request like others here",
    "ReqQrySettlementInfoConfirm": "and so is this query",
    "Pong": "the heartbeat's answer is known here",
    "ReqQryInstrument": "both names of its body are taken",
}


def turns(session: str) -> Iterator[tuple[Any, list[Message], bool]]:
    """Yield what was sent, the envelopes that came of it, and whether the connection died of it."""
    sent: Any = None
    told: list[Message] = []
    killed = False
    for each in RECORDED:
        if each["session"] != session:
            continue
        if "send" in each:
            if sent is not None:
                yield sent, told, killed
            sent, told, killed = each["send"], [], False
        elif "recv" in each:
            told.append(each["recv"])
        else:
            killed = True
    if sent is not None:
        yield sent, told, killed


def envelope(message: Message, side: str) -> Message:
    """Return a message's envelope, its fields compared with the recorded ones on the way."""
    found: Message = {}
    for key, value in message.items():
        if key == "RspInfo" and value is not None:
            number = value["ErrorID"]
            found[key] = number if number in SERVERS_OWN else list(value)
        elif key == "Detail":
            found[key] = True
        elif isinstance(value, dict) and value:
            recorded = KEYS.get(f"{side} {key}", list(value))
            # Their order is the recorded one, too; that of a trade was not the same in query and report.
            assert list(value) == recorded or (key == "Trade" and set(value) == set(recorded)), key
            found[key] = "fields"
        else:
            found[key] = value
    return found


def own_errors(told: list[Message]) -> list[Message]:
    return [each for each in told if each.get("RspInfo") in SERVERS_OWN]


def without_id(message: Message) -> Message:
    """Leave out RequestID: errors carry it here, where the request had one."""
    return {key: value for key, value in message.items() if key != "RequestID"}


def known_envelopes() -> dict[str, list[Message]]:
    """Return every recorded envelope of an answer by its name, RequestID as a sign only."""
    found: dict[str, list[Message]] = {}
    for each in RECORDED:
        if "recv" in each:
            shape = _signed(each["recv"])
            found.setdefault(shape["MsgType"], []).append(shape)
    return found


def _signed(shape: Message) -> Message:
    signed = {**shape}
    if "RequestID" in signed:
        signed["RequestID"] = True
    if signed.get("RspInfo") not in SERVERS_OWN and signed["MsgType"].startswith("Rsp"):
        # A counter may leave RspInfo out of what went well.
        signed["RspInfo"] = "any"
    return signed


ENVELOPES = known_envelopes()


async def said(served: Served, session: str, sent: Any, socket: Any) -> list[Message]:
    text = json.dumps(sent)
    for old, new in RENAMED.items():
        text = text.replace(old, new)
    if "raw_binary" in sent:
        await socket.socket.send_bytes(sent["raw_binary"].encode())
    else:
        await socket.raw(sent.get("raw", text))
    return await socket.settle()  # type: ignore[no-any-return]


def chosen(sent: Any) -> bool:
    name = sent.get("MsgType", "")
    return name in CHOSEN or (name == "ReqUserLogin" and "RequestID" not in sent)


def compare(
    session: str, sent: Any, told: list[Message], ours: list[Message], killed: bool
) -> None:
    """Compare what came of one message with what was recorded."""
    before_login = own_errors(told)
    if killed:
        # With an empty UserID homalos-webctp sends its front 36 characters where 15 fit.
        expected = [] if session.endswith("empty_userid") else [-400]
        assert [each["RspInfo"] for each in own_errors(ours)] == expected, sent
    elif before_login and session.startswith("O md") and before_login[0]["RspInfo"] == -404:
        # Where O says -404 before the login and H -401, the latter is chosen.
        assert own_errors(ours)[0]["RspInfo"] in (-401, -404)
    elif not chosen(sent) and not _text_for_codes(sent):
        assert [without_id(each) for each in own_errors(ours)] == [
            without_id(each) for each in own_errors(told)
        ]
        _have_recorded_envelopes(ours)


def _text_for_codes(sent: Any) -> bool:
    """Tell whether it is a subscription of one text, whose letters the peers subscribe one by one."""
    return isinstance(sent.get("InstrumentID"), str)


def _have_recorded_envelopes(ours: list[Message]) -> None:
    for each in ours:
        shape = _signed(each)
        if shape.get("RspInfo") in SERVERS_OWN:
            continue
        # A return code of the library (-1) has no data: those of LocalCTP are not of the protocol.
        full = [one for one in ENVELOPES.get(shape["MsgType"], []) if _has_data(one)]
        # Whether there are rows is the counter's; what stands where there are none is not.
        if full and "fields" in shape.values():
            assert list(shape) in [list(one) for one in full], (shape, full)
        elif full and any("fields" not in one.values() for one in full):
            assert shape in full, (shape, full)


def _has_data(shape: Message) -> bool:
    return shape.get("RspInfo") not in SERVERS_OWN and set(shape) > {"MsgType", "RspInfo"}


@pytest.mark.parametrize("session", SESSIONS)
def test_a_recorded_conversation_has_the_recorded_envelopes(session: str) -> None:
    async def main() -> None:
        side = "md" if " md:" in session else "td"
        async with serving() as served:
            socket = await served.connect(f"{side}/")
            for sent, told, killed in turns(session):
                answers = await said(served, session, sent, socket)
                ours = [envelope(each, side) for each in answers]
                compare(session, sent, told, ours, killed)
            await socket.close()

    asyncio.run(main())


def test_a_login_without_request_id_works_on_the_trading_path() -> None:
    async def main() -> None:
        async with serving() as served:
            socket = await served.connect("td/")
            [answer] = await socket.ask(
                "ReqUserLogin", ReqUserLogin={"UserID": "demo01", "Password": "x"}
            )
            assert list(answer) == ["MsgType", "RspInfo", "IsLast", "RspUserLogin"], LOGIN_ALONE
            await socket.close()

    asyncio.run(main())
