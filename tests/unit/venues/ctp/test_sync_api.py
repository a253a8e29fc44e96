"""The blocking strategy API over an exchange in this process, and what it says where things go wrong."""

import math
import threading
from collections.abc import Iterator

import pytest

from anyvenue.ctp.sync_api import Quote, StrategyPlugin, SyncStrategyApi, SyncTerms

SIM = "sim://?pace=0&seed=6&speed=10&instrument=rb2701&instrument=ag2612"
TERMS = SyncTerms(td_front=SIM, md_front=SIM, max_strategies=2)
CODE = "rb2701"
FAR_BELOW = 3100.0


@pytest.fixture(scope="module")
def api() -> Iterator[SyncStrategyApi]:
    found = SyncStrategyApi("sync-alice", "secret", terms=TERMS)
    yield found
    found.stop()


def test_a_quote_can_be_read_as_attributes_and_by_name(api: SyncStrategyApi) -> None:
    quote = api.get_quote(CODE)
    assert quote.InstrumentID == quote["InstrumentID"] == CODE
    assert quote.BidPrice1 < quote.AskPrice1
    assert quote.ctp_datetime is not None
    with pytest.raises(KeyError):
        quote["Nothing"]


def test_the_next_quote_is_a_later_one(api: SyncStrategyApi) -> None:
    before = api.get_quote(CODE)
    after = api.wait_quote_update(CODE)
    assert before.ctp_datetime is not None
    assert after.ctp_datetime is not None
    assert after.ctp_datetime > before.ctp_datetime


def test_a_returned_quote_is_the_callers_own(api: SyncStrategyApi) -> None:
    api.get_quote(CODE).LastPrice = -1.0
    assert api.get_quote(CODE).LastPrice > 0


def test_a_flat_position_is_answered_at_once_and_its_prices_are_nan(api: SyncStrategyApi) -> None:
    position = api.get_position("ag2612", timeout=2.0)
    assert position.pos_long == position.pos_short == 0
    assert math.isnan(position.open_price_long)


def test_lots_are_opened_and_closed_and_the_position_follows() -> None:
    api = SyncStrategyApi("sync-trader", "secret", terms=TERMS)
    try:
        ask = api.get_quote(CODE).AskPrice1
        assert api.open_close(CODE, "kaiduo", 3, ask + 20)["success"]
        held = until(lambda: api.get_position(CODE), lambda found: found.pos_long == 3)
        assert (held.pos_long_today, held.pos_long_his) == (3, 0)
        assert abs(held.open_price_long - ask) < 20
        # rb is of SHFE, where closing says of which day the lots are: the API finds out.
        assert api.open_close(CODE, "pingduo", 2, ask - 40)["success"]
        until(lambda: api.get_position(CODE), lambda found: found.pos_long == 1)
        refused = api.open_close(CODE, "pingduo", 2, ask - 40)
        assert not refused["success"]
        assert refused["error_id"] != 0
    finally:
        api.stop()


def test_refusals_and_acceptances_find_their_own_orders_however_close_they_come(
    api: SyncStrategyApi,
) -> None:
    # homalos-webctp mixes up more than half of these.
    results: dict[int, dict[str, object]] = {}

    def order(number: int) -> None:
        code = "nix99" if number % 2 else CODE
        results[number] = api.open_close(code, "kaiduo", 1, FAR_BELOW + 100)

    threads = [threading.Thread(target=order, args=(number,)) for number in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {number: bool(found["success"]) for number, found in results.items()} == {
        number: number % 2 == 0 for number in range(20)
    }
    assert len({found["order_ref"] for found in results.values()}) == 20
    assert {found["error_id"] for number, found in results.items() if number % 2} == {16}


def test_an_order_that_is_not_waited_for_has_its_reference(api: SyncStrategyApi) -> None:
    sent = api.open_close(CODE, "kaikong", 1, 3900.0, block=False)
    assert sent["success"]
    assert str(sent["order_ref"]).isdigit()


@pytest.mark.parametrize(
    ("action", "volume", "price"),
    [
        ("buy", 1, 3500.0),
        ("kaiduo", 0, 3500.0),
        ("kaiduo", 1.5, 3500.0),
        ("kaiduo", 1, 0.0),
        ("kaiduo", 1, math.nan),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_sent(
    api: SyncStrategyApi, action: str, volume: int, price: float
) -> None:
    with pytest.raises(ValueError, match="expected"):
        api.open_close(CODE, action, volume, price)


def test_quotes_of_an_unknown_code_are_refused_with_the_counters_words(
    api: SyncStrategyApi,
) -> None:
    with pytest.raises(RuntimeError, match=r"nix99.*16"):
        api.get_quote("nix99")


def test_a_quote_that_does_not_come_is_a_timeout(api: SyncStrategyApi) -> None:
    api.get_quote(CODE)
    with pytest.raises(TimeoutError, match="no further quote of rb2701 within 0 s"):
        api.wait_quote_update(CODE, timeout=0)


def test_strategies_run_on_threads_under_their_names_up_to_the_most(api: SyncStrategyApi) -> None:
    go_on = threading.Event()

    def waits(event: threading.Event) -> None:
        event.wait(10)

    first = api.run_strategy(waits, go_on)
    api.run_strategy(waits, event=go_on)
    assert list(api.get_running_strategies()) == ["waits", "waits-2"]
    with pytest.raises(RuntimeError, match="2 strategies are running"):
        api.run_strategy(waits, go_on)
    go_on.set()
    first.join(5)
    until(api.get_running_strategies, lambda running: not running)


def test_a_strategy_that_fails_fails_alone(
    api: SyncStrategyApi, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise ArithmeticError("a bug in a strategy")

    api.run_strategy(fails).join(5)
    assert "strategy fails has failed" in caplog.text
    assert api.get_quote(CODE).LastPrice > 0


class Recorder(StrategyPlugin):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_init(self, api: SyncStrategyApi) -> None:
        self.api = api
        self.seen.append("init")

    def on_quote(self, quote: Quote) -> Quote | None:
        # A plugin may call the API it was given.
        self.seen.append(f"quote {self.api.get_position(quote.InstrumentID).pos_short >= 0}")
        quote.LastPrice = 1.0
        return quote

    def on_trade(self, trade_data: dict[str, object]) -> dict[str, object] | None:
        self.seen.append(str(trade_data["MsgType"]))
        return trade_data

    def on_stop(self) -> None:
        self.seen.append("stop")


def test_plugins_see_and_change_what_comes_before_anybody_else(api: SyncStrategyApi) -> None:
    plugin = Recorder()
    api.register_plugin(plugin)
    until(lambda: api.wait_quote_update(CODE), lambda quote: quote.LastPrice == 1.0)
    api.open_close(CODE, "kaiduo", 1, FAR_BELOW + 100)
    until(lambda: plugin.seen, lambda seen: "RtnOrder" in seen)
    api.unregister_plugin(plugin)
    assert plugin.seen[0] == "init"
    assert plugin.seen[-1] == "stop"
    assert "quote True" in plugin.seen
    until(lambda: api.wait_quote_update(CODE), lambda quote: quote.LastPrice > 1.0)


class Silent(Recorder):
    def on_quote(self, quote: Quote) -> Quote | None:
        return None


def test_a_plugin_can_keep_quotes_back(api: SyncStrategyApi) -> None:
    plugin = Silent()
    api.register_plugin(plugin)
    until(lambda: api._hooks.waiting, lambda waiting: waiting == 0)
    with pytest.raises(TimeoutError):
        api.wait_quote_update(CODE, timeout=0.05)
    api.unregister_plugin(plugin)


def test_stopping_is_quick_and_wakes_whoever_waits() -> None:
    api = SyncStrategyApi("sync-bob", "secret", terms=TERMS)
    ended: list[str] = []

    def trades() -> None:
        try:
            while True:
                api.wait_quote_update(CODE)
        except RuntimeError as error:
            ended.append(str(error))

    api.run_strategy(trades)
    api.stop(timeout=5.0)
    assert ended == ["the API was stopped"]
    api.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        api.get_quote(CODE)


def test_a_front_that_nobody_serves_is_a_timeout() -> None:
    nobody = SyncTerms(
        td_front="tcp://127.0.0.1:1", md_front="tcp://127.0.0.1:1", library="anyvenue"
    )
    with pytest.raises(TimeoutError, match=r"no answer from tcp://127.0.0.1:1"):
        SyncStrategyApi("alice", "secret", timeout=0.05, terms=nobody)


def test_a_wrong_password_is_told_in_the_counters_words(api: SyncStrategyApi) -> None:
    with pytest.raises(RuntimeError, match=r"the login was refused.*3"):
        SyncStrategyApi("sync-alice", "wrong", terms=TERMS)


def until(read, holds):  # type: ignore[no-untyped-def]
    for _ in range(200):
        found = read()
        if holds(found):
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"it never came: {found!r}")
