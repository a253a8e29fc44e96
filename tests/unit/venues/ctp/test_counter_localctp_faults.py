"""What LocalCTP, an open counter of the same kind, was measured to do wrong, and where it is shown that ours does not.

By number: the tests, by the end of their file's name (``here`` is this file).

 1 every error is -1: orders.test_a_bad_order_is_refused_with_its_code
 2 a trade is told before its order: orders.test_each_partial_fill_is_an_order_report_and_a_trade_and_volumes_add_up
 3 displayed volume is ignored: here.test_ten_lots_against_three_trade_three
 4 a FAK stays, a FOK fills what is not there: orders.test_a_fak_that_does_not_cross_does_not_stay,
   orders.test_a_fok_fills_whole_or_not_at_all, orders.test_a_fak_below_its_least_volume_is_cancelled_whole
 5 nothing is checked:
   orders.test_what_only_the_exchange_checks_is_taken_first_and_then_refused_by_the_exchange,
   orders.test_an_order_before_the_statement_is_confirmed_is_refused,
   orders.test_outside_trading_hours_the_exchange_refuses, login.test_a_login_needs_the_right_words,
   login.test_queries_above_the_pace_are_asked_to_come_again
 6 limit orders of speculators only: orders.test_market_orders_trade_where_the_exchange_has_them,
   here.test_hedgers_trade_too
 7 conditional orders are sent at the wrong price, unchecked, under the client's next reference:
   conditional.test_what_is_touched_becomes_an_order_of_the_counters_own_at_the_price_given,
   conditional.test_what_fails_when_it_is_sent_is_told_as_an_error_of_the_conditional_order
 8 absent prices trade and kill: here.test_absent_prices_fill_nothing,
   here.test_absent_settlement_prices_survive_the_night,
   figures_worked.test_junk_prices_leave_every_figure_finite_and_as_it_was
 9 figures are never filled, rates are made up: worked_numbers.test_numbers_are_as_worked_by_hand
10 a fresh account has nothing available: here.test_a_fresh_account_has_its_money_at_once
11 a closing trade moves the mark: here.test_a_closing_trade_does_not_move_what_the_rest_is_valued_at
12 sessions of an account are strangers:
   orders.test_two_sessions_of_an_account_hear_each_other_and_dialog_answers_go_to_one,
   cancels.test_one_session_takes_back_what_another_ordered,
   streams.test_a_restart_tells_the_whole_day_again_with_every_field
13 orders survive the settlement:
   streams.test_the_days_end_cancels_everything_begins_the_streams_anew_and_drops_the_clients
14 cancels fail in silence: cancels.test_a_done_order_cannot_be_cancelled_by_either_name,
   cancels.test_a_cancel_is_told_as_submitted_and_then_as_done_with_the_rest_kept,
   here.test_an_order_is_taken_back_by_its_reference_alone
15 numbers overflow, fields are empty: orders.test_an_order_carries_every_key_it_is_known_by,
   here.test_numbers_are_small_and_rise
16 both sides are charged: figures_worked.test_only_the_larger_side_is_charged_where_the_broker_says_so
17 options are futures: figures_worked.test_a_commodity_option_moves_premium_and_no_profit,
   figures_days.test_an_option_in_the_money_becomes_its_future,
   figures_days.test_a_future_that_expires_is_delivered_at_its_settlement_price
18 combinations, whose legs may be swapped: brokers.test_a_combination_trades_once_for_each_leg_under_one_number
19 requests are met with silence: refused.test_every_request_of_a_description_is_answered_by_a_callback_it_has,
   orders.test_before_the_login_nothing_is_taken, door_rows.test_nobody_asks_for_another_investors_figures
20 all rates at once, no holidays: query_filters.test_rates_are_told_of_one_instrument_or_of_what_is_held,
   here.test_a_holiday_is_no_trading_day, figures_statement.test_the_text_comes_in_pieces_of_500_bytes_cut_anywhere
21 session numbers begin anew: login.test_each_login_has_a_session_number_of_its_own_across_restarts
22 a refused order is reported as accepted: orders.test_order_references_rise_within_a_session_and_leave_no_ghost
"""

import re
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from counter_rig import BUY, Rig
from test_counter_orders import opened, statuses
from trading_counter import Client, Desk

from anyvenue.venues.ctp.description.text import ABSENT

TABLE = re.findall(r"(\w+)\.(test_\w+)", __doc__ or "")


def rows(client: Client, name: str) -> list[Any]:
    """Return the rows of a query's answer."""
    told = client.ask(f"ReqQry{name}")
    return [each.fields for each in told if each.callback == f"OnRspQry{name}" and each.fields]


def test_every_fault_has_its_test() -> None:
    faults = [int(number) for number in re.findall(r"^ ?(\d+) ", __doc__ or "", re.MULTILINE)]
    assert faults == list(range(1, 23))
    for where, name in TABLE:
        own = Path(__file__)
        file = own if where == "here" else own.with_name(f"test_counter_{where}.py")
        assert f"def {name}(" in file.read_text(encoding="utf-8"), (where, name)


def test_ten_lots_against_three_trade_three() -> None:
    desk, client = opened()
    desk.depth(3499, 3501, size=3.0)
    client.insert(LimitPrice=3501.0, VolumeTotalOriginal=10)
    desk.depth(3499, 3501, size=3.0)
    assert statuses(client.door.take()) == [("3", "1", 3, 7)]


@pytest.mark.parametrize("flag", ["1", "2", "3"])
def test_hedgers_trade_too(flag: str) -> None:
    _, client = opened()
    report = client.insert(CombHedgeFlag=flag)[-1].fields
    assert report is not None
    assert (report["OrderStatus"], report["CombHedgeFlag"]) == ("3", flag)


@pytest.mark.parametrize("absent", [ABSENT, 0.0, nan, inf])
def test_absent_prices_fill_nothing(absent: float) -> None:
    desk, client = opened()
    desk.depth(3499, 3501)
    client.insert(Direction="1", LimitPrice=3505.0)
    client.insert(LimitPrice=3495.0)
    client.door.take()
    for bid, ask in ((absent, 3501.0), (3499.0, absent), (absent, absent)):
        desk.depth(bid, ask, last=absent)
    assert client.door.take() == []
    [money] = rows(client, "TradingAccount")
    assert money["Balance"] == 1_000_000
    assert money["Available"] < 1_000_000


@pytest.mark.parametrize("absent", [ABSENT, 0.0, nan])
def test_absent_settlement_prices_survive_the_night(absent: float) -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 2, 3500)
    for _ in range(50):
        rig.quote("rb2701", 3505, settlement=absent, pre_settlement=absent)
        rig.quote("rb2701", absent, settlement=absent)
    rig.sleep()
    # Without a settlement price the last one settles: 2 x 5 x 10 less the fee of 7.
    assert rig.money()["PreBalance"] == pytest.approx(1_000_093)
    [row] = rig.positions()
    assert (row["Position"], row["YdPosition"], row["PreSettlementPrice"]) == (2, 2, 3505)


def test_a_fresh_account_has_its_money_at_once() -> None:
    client = Desk().client()
    [money] = rows(client, "TradingAccount")
    assert (money["Available"], money["Balance"], money["Deposit"]) == (1_000_000,) * 3
    assert money["WithdrawQuota"] == 1_000_000


def test_a_closing_trade_does_not_move_what_the_rest_is_valued_at() -> None:
    desk, client = opened()
    client.insert(LimitPrice=3501.0, VolumeTotalOriginal=2)
    desk.depth(3499, 3501, last=3500.0)
    desk.depth(3499, 3501, last=3500.0)
    client.insert(Direction="1", CombOffsetFlag="3", LimitPrice=3490.0)
    desk.depth(3499, 3501, last=3500.0)
    [row] = rows(client, "InvestorPosition")
    # The lot went at 3,499; what is left is worth the last price, 3,500, and was opened at 3,501.
    assert (row["Position"], row["CloseProfit"], row["PositionProfit"]) == (1, -20, -10)


def test_an_order_is_taken_back_by_its_reference_alone() -> None:
    _, client = opened()
    client.insert(OrderRef="1")
    assert statuses(client.cancel(OrderRef="1", InstrumentID=""))[-1] == ("3", "5", 0, 1)


def test_numbers_are_small_and_rise() -> None:
    desk, client = opened()
    reports = [client.insert()[-1].fields for _ in range(3)]
    for one, two in pairwise(reports):
        assert one is not None
        assert two is not None
        for name in ("OrderSysID", "OrderLocalID", "BrokerOrderSeq", "SequenceNo"):
            assert 0 < int(one[name]) < int(two[name]) < 1_000, name
    client.cancel(OrderSysID=str(reports[0]["OrderSysID"]), ExchangeID="SHFE")  # type: ignore[index]
    client.insert(LimitPrice=3501.0)
    desk.depth(3499, 3501)
    order, trade = [each.fields for each in client.door.take()][-2:]
    assert order is not None
    assert trade is not None
    for name in ("TraderID", "ClientID", "UpdateTime", "InsertTime", "InstallID", "SequenceNo"):
        assert order[name] not in ("", 0), name
    assert int(trade["TradeID"]) < 1_000


def test_a_holiday_is_no_trading_day() -> None:
    rig = Rig("rb2701.SHFE")
    seen = []
    while rig.context.trading_day < 20261010:
        seen.append(rig.context.trading_day)
        rig.sleep()
    # Mid-autumn was on Friday the 25th, and the week of the national day began on the 1st.
    assert 20260924 in seen
    assert 20260925 not in seen
    assert not [day for day in seen if 20261001 <= day <= 20261007]
