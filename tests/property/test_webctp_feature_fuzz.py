"""Whatever a feature's message holds, it is answered with valid JSON and nothing is raised."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.venues.ctp.json.features import FEATURE_REQUESTS
from unit.venues.ctp.test_webctp_features import S1, Desk, Someone, Trainer

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY = st.recursive(
    LEAVES,
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3)
    ),
)
KEYS = st.sampled_from(
    [
        "StrategyID",
        "StrategyName",
        "SubscribedInstruments",
        "StrategyConfig",
        "InstrumentID",
        "RequestID",
    ]
)


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(FEATURE_REQUESTS)),
    body=st.dictionaries(KEYS, ANY | st.sampled_from(list(S1.values())), max_size=6),
    user=st.sampled_from(["", "alice"]),
)
def test_any_body_is_answered(name: str, body: dict[str, object], user: str) -> None:
    desk, client = Desk(Trainer()), Someone(user)
    told = desk.ask(client, name, **body)
    assert told["MsgType"] == f"Rsp{name}"
    assert "RspInfo" in told
    msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(_plain(told))))


def _plain(value: object) -> object:
    """Leave out what no JSON has: the service itself refuses lone surrogates before they come here."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
