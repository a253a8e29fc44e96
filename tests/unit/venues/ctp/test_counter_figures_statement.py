"""The statement's text: its numbers read back, its tables aligned, its pieces of 500 bytes."""

import re
from decimal import Decimal

import pytest
from counter_rig import ALICE, BUY, SELL, Rig

from anyvenue.model.enums import Offset
from anyvenue.venues.ctp.counter.figures.statement_summary import SUMMARY
from anyvenue.venues.ctp.counter.figures.statement_tables import width_of

CLOSE_OLD, CLOSE_TODAY = Offset.CLOSE_OLD, Offset.CLOSE_TODAY
TITLES = (
    "Deposit/Withdrawal",
    "Transaction Record",
    "Position Closed",
    "Positions Detail",
    "Positions",
)


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Return an account that traded rebar and a sold option on two days, settled."""
    made = Rig("rb2701.SHFE", "m2701.DCE", "m2701-C-3000.DCE")
    made.trade("rb2701", BUY, 3, 3500)
    made.quote("rb2701", 3520, settlement=3518.0)
    made.sleep()
    made.broker.deposit(ALICE, "CNY", Decimal(5_000))
    made.broker.withdraw(ALICE, "CNY", Decimal(2_000))
    made.trade("rb2701", SELL, 1, 3530, CLOSE_OLD)
    made.trade("rb2701", SELL, 2, 3531)
    made.trade("rb2701", BUY, 1, 3529, CLOSE_TODAY)
    made.quote("m2701", 2950.0)
    made.trade("m2701-C-3000", SELL, 2, 60.0)
    made.quote("rb2701", 3525, settlement=3526.0)
    made.sleep()
    return made


def text_of(rig: Rig, **asked: str) -> str:
    """Return the whole statement as a client puts it together."""
    pieces = [row["Content"] for row in rig.ask("SettlementInfo", **asked)]
    return b"".join(piece for piece in pieces if isinstance(piece, bytes)).decode("gbk")


def summary(text: str) -> dict[str, Decimal]:
    """Return the numbers of the Account Summary by their English titles."""
    found = re.findall(r"([A-Z][A-Za-z ./()]+?)：+\s+(-?[\d.]+)", text)
    return {title.strip(): Decimal(number) for title, number in found}


def table(text: str, title: str) -> list[list[str]]:
    """Return the rows of a table, without its titles and its sums."""
    lines = text.split("\r\n")
    start = next(i for i, line in enumerate(lines) if line.strip().split(" ", 1)[-1] == title)
    rows = []
    for line in lines[start + 5 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_summary_has_26_numbers_that_add_up(rig: Rig) -> None:
    found = summary(text_of(rig))
    assert sum(len(pair) for pair in SUMMARY) == 26
    titles = [title.rstrip("：").partition(" ")[2] for pair in SUMMARY for title in pair]
    english = [re.search(r"[A-Z].*", title)[0] for title in titles]  # type: ignore[index]
    assert sorted(found.keys() & set(english)) == sorted(english)
    parts = ("Balance b/f", "Deposit/Withdrawal", "Realized P/L", "MTM P/L", "Exercise P/L")
    balance = sum(found[name] for name in parts) - found["Commission"]
    balance += found["Premium received"] - found["Premium paid"]
    assert found["Balance c/f"] == found["Client Equity"] == balance


def test_the_summary_is_that_of_the_accounts_figures(rig: Rig) -> None:
    found, money = summary(text_of(rig)), rig.money()
    assert found["Balance b/f"] == Decimal("1000529.50")
    assert found["Deposit/Withdrawal"] == 3000
    assert found["Realized P/L"] == 120 + 20
    assert found["MTM P/L"] == 2 * 80 + (3531 - 3526) * 10
    assert found["Commission"] == Decimal("3.53") + Decimal("7.06") + Decimal("3.53") + 2
    assert found["Premium received"] == 1200
    assert found["Market value(short)"] == 1200
    assert float(found["Balance c/f"]) == pytest.approx(money["PreBalance"], abs=0.005)
    assert float(found["Margin Occupied"]) == pytest.approx(money["PreMargin"])


def test_the_tables_tell_every_trade_and_what_is_held(rig: Rig) -> None:
    text = text_of(rig)
    assert [row[2:4] for row in table(text, "Deposit/Withdrawal")] == [
        ["5000.00", "0.00"],
        ["0.00", "2000.00"],
    ]
    deals = table(text, "Transaction Record")
    assert [(row[3], row[4], row[6], row[7], row[9]) for row in deals] == [
        ("rb2701", "卖", "3530.000", "1", "平昨"),
        ("rb2701", "卖", "3531.000", "2", "开"),
        ("rb2701", "买", "3529.000", "1", "平今"),
        ("m2701-C-3000", "卖", "60.000", "2", "开"),
    ]
    assert [(row[8], row[11], row[12]) for row in deals] == [
        ("35300.00", "120.00", "0.00"),
        ("70620.00", "0.00", "0.00"),
        ("35290.00", "20.00", "0.00"),
        ("1200.00", "0.00", "1200.00"),
    ]
    closed = table(text, "Position Closed")
    assert [row[4:11] for row in closed] == [
        ["20260915", "卖", "1", "3500.000", "3518.000", "3530.000", "120.00"],
        ["20260916", "买", "1", "3531.000", "3531.000", "3529.000", "20.00"],
    ]
    details = table(text, "Positions Detail")
    assert [(row[2], row[5], row[6], row[9], row[12]) for row in details] == [
        ("m2701-C-3000", "卖", "2", "60.000", "8960.00"),
        ("rb2701", "买", "2", "3526.000", "11283.20"),
        ("rb2701", "卖", "1", "3526.000", "5641.60"),
    ]
    option, rebar = table(text, "Positions")
    assert rebar[:9] == [
        *("螺纹钢", "rb2701", "2", "3500.000", "1", "3531.000", "3518.000", "3526.000", "210.00")
    ]
    assert option[12] == "1200.00"


def test_the_sums_below_a_table_are_those_of_its_rows(rig: Rig) -> None:
    text = text_of(rig)
    deals = table(text, "Transaction Record")
    (sums,) = [line for line in text.split("\r\n") if line.startswith("|共   4条")]
    cells = [cell.strip() for cell in sums.strip("|").split("|")]
    assert int(cells[7]) == sum(int(row[7]) for row in deals)
    assert Decimal(cells[10]) == sum(Decimal(row[10]) for row in deals)


def test_all_lines_of_a_table_are_as_wide_as_its_frame(rig: Rig) -> None:
    lines = text_of(rig).split("\r\n")
    rule = ""
    for line in lines:
        if line.startswith("--"):
            rule = line
        elif line.startswith("|"):
            assert width_of(line) == len(rule)


def test_the_text_comes_in_pieces_of_500_bytes_cut_anywhere(rig: Rig) -> None:
    rows = rig.ask("SettlementInfo", TradingDay="20260916")
    sizes = [len(row["Content"]) for row in rows]  # type: ignore[arg-type]
    assert set(sizes[:-1]) == {500}
    assert 0 < sizes[-1] <= 500
    assert [row["SequenceNo"] for row in rows] == list(range(1, len(rows) + 1))
    whole = text_of(rig, TradingDay="20260916")
    assert whole == text_of(rig)
    assert "日期 Date：20260916" in whole


def test_a_month_has_the_statements_of_its_days(rig: Rig) -> None:
    text = text_of(rig, TradingDay="202609")
    assert re.findall(r"日期 Date：(\d+)", text) == ["20260915", "20260916"]
    assert text_of(rig, TradingDay="20260915") in text


@pytest.mark.parametrize("asked", ["20260917", "202610", "soon"])
def test_a_day_without_a_statement_is_answered_with_nothing(rig: Rig, asked: str) -> None:
    assert rig.ask("SettlementInfo", TradingDay=asked) == []


def test_nothing_is_told_of_another_currency_or_investor(rig: Rig) -> None:
    assert rig.ask("SettlementInfo", CurrencyID="USD") == []
    assert rig.ask("SettlementInfo", InvestorID="bob") == []


def test_the_confirmation_is_told_on_its_day_alone(rig: Rig) -> None:
    assert rig.ask("SettlementInfoConfirm") == []
    member = rig.members.get(ALICE)
    member.confirmed_day = rig.context.trading_day
    member.confirmed_date, member.confirmed_time = "20260917", "08:59:00"
    (row,) = rig.ask("SettlementInfoConfirm")
    assert (row["ConfirmDate"], row["ConfirmTime"]) == ("20260917", "08:59:00")
    member.confirmed_day = 20260916
    assert rig.ask("SettlementInfoConfirm") == []


def test_a_table_without_rows_is_left_out() -> None:
    rig = Rig("rb2701.SHFE")
    rig.quote("rb2701", 3500)
    rig.sleep()
    text = text_of(rig)
    assert "Deposit/Withdrawal" in text
    assert not any(title in text for title in TITLES[1:])
