"""Settlement statements: our counter's text, other layouts, openctp's JSON, and ``anyvenue ctp settle``."""

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.model.errors import DataError
from anyvenue.venues.ctp.tools.statement_document import document_of, parse_document
from anyvenue.venues.ctp.tools.statement_reading import (
    StatementRead,
    decode_statement,
    join_pieces,
    read_statements,
)
from anyvenue.venues.ctp.tools.statement_words import EXCHANGES, OFFSETS, SIDES
from ctp_served import ServedCounter, served_counter

SAMPLE = "ctp_messages/openctp_settlement_sample.json.gz"
# As brokers write it since 2022: units, trading codes and accounts beside what there was before, and no padding.
NARROW = """
某某期货有限公司
制表时间 Creation Date：20260529
交易结算单(盯市) Settlement Statement(MTM)
客户号 Client ID： 80001   客户名称 Client Name：张三
日期 Date：20260529

资金状况 币种：人民币 Account Summary Currency：CNY
期初结存 Balance b/f：1,100,000.00  基础保证金 Initial Margin：0.00
出 入 金 Deposit/Withdrawal：-5000.00  期末结存 Balance c/f：1095008.99
手 续 费 Commission：1.01  保证金占用 Margin Occupied：1000.00
权利金支出 Premium paid：0.00  风 险 度 Risk Degree：12.34%

成交记录 Transaction Record
|成交日期|投资单元|交易所|交易编码|品种|合约|买/卖|投/保|成交价|手数|成交额|开平|手续费|平仓盈亏|权利金收支|成交序号|资金账号|
|20260529|U1|大商所|00012345|铁矿石|i2609|卖|套保|785.000|1|78500.00|开|1.01|10.00|0.00|100001|A1|
|共 1条|||||||||1|78500.00||1.01|10.00|0.00|||

行权明细 Exercise Statement
|成交日期|交易所|品种|合约|投/保|买/卖|是否行权|行权数量|行权价格|行权金额|行权盈亏|行权手续费|
|20260529|大商所|铁矿石期权|i2607-P-750|套保|买|期权放弃|1|750.000|75000.00|0.00|0.00|
|共   1条|||||||1||75000.00|0.00|0.00|
"""


@pytest.fixture(scope="module")
def counter() -> Iterator[ServedCounter]:
    """Give a counter where alice has traded a day and its settlement is behind her."""
    with served_counter() as found:
        script = "confirm\nbuy rb2701 3 3501\nsell rb2701 2 3400\n"
        found.run("shell", "--yes", script=script)
        found.quote(3501, 3501)
        ended = found.run("shell", "--yes", "-c", "sell rb2701 1 3400 today")
        assert ended.exit_code == 0, ended.output
        found.quote(3402, 3403)
        found.quote(3405, 3406, settlement=3404.0)
        found.next_day()
        yield found


def settle_file(path: Path, *words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(
        app, ["--lang", lang, "ctp", "settle", str(path), *words], env={"COLUMNS": "250"}
    )


def test_the_counters_statement_is_read_back_from_its_own_text(counter: ServedCounter) -> None:
    document = msgspec.json.decode(counter.run("settle", "--json").stdout)
    assert document["UserID"] == "alice"
    assert document["Date"] == "20260915"
    assert [
        (row["Direction"], row["OffsetFlag"], row["Volume"]) for row in document["Transactions"]
    ] == [
        ("0", "0", 3),
        ("1", "0", 2),
        ("1", "3", 1),
    ]
    long, short = document["PositionsDetail"]
    assert (long["InstrumentID"], long["ExchangeID"], long["Volume"]) == ("rb2701", "SHFE", 2)
    assert short["Direction"] == "1"
    summary = document["SettlementStatement"]
    fees = sum(row["Commission"] for row in document["Transactions"])
    assert summary["Commission"] == pytest.approx(fees, abs=0.02)  # rows are rounded to cents
    moved = summary["Balance"] - summary["PreBalance"] - summary["DepositWithdrawal"]
    profit = summary["CloseProfit"] + summary["PositionProfit"] - summary["Commission"]
    assert moved == pytest.approx(profit, abs=0.02)


def test_a_statement_is_shown_in_tables(counter: ServedCounter) -> None:
    shown = counter.run("settle", lang="zh").stdout
    assert "结算单 alice" in shown
    assert "保证金占用" in shown
    assert "平今" in shown
    assert "Positions in detail" in counter.run("settle", "--day", "20260915").stdout


def test_the_text_itself_can_be_had_and_read_again(counter: ServedCounter, tmp_path: Path) -> None:
    raw = counter.run("settle", "--raw")
    assert "交易结算单(盯市) Settlement Statement(MTM)" in raw.stdout
    path = tmp_path / "statement.txt"
    path.write_bytes(raw.stdout.encode("gbk"))
    again = msgspec.json.decode(settle_file(path, "--json").stdout)
    assert again == msgspec.json.decode(counter.run("settle", "--json").stdout)


def test_a_month_has_a_statement_for_every_day(counter: ServedCounter) -> None:
    document = msgspec.json.decode(counter.run("settle", "--day", "202609", "--json").stdout)
    assert isinstance(document, dict)  # one day so far
    text = counter.run("settle", "--raw").stdout
    assert len(read_statements(text * 2)) == 2


def test_a_day_without_a_statement_and_a_day_that_is_none(counter: ServedCounter) -> None:
    ended = counter.run("settle", "--day", "20200101", lang="zh")
    assert ended.exit_code == 1
    assert "没有结算单（20200101）" in ended.stderr
    assert "a day as 20260915" in counter.run("settle", "--day", "yesterday").stderr


def test_other_columns_and_no_padding_make_no_difference() -> None:
    (read,) = read_statements(NARROW)
    assert (read.client, read.name, read.date) == ("80001", "张三", "20260529")
    assert read.summary["PreBalance"] == Decimal("1100000.00")
    assert read.summary["DepositWithdrawal"] == Decimal("-5000.00")
    assert read.summary["RiskDegree"] == Decimal("12.34")
    (row,) = read.rows("Transactions")
    assert row["InvestUnitID"] == "U1"
    assert row["ClientID"] == "00012345"
    assert row["HedgeFlag"] == "3"
    (exercised,) = read.rows("Exercises")
    assert exercised["Exercised"] == "期权放弃"


def test_pieces_may_be_cut_within_a_character() -> None:
    whole = NARROW.encode("gbk")
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    assert join_pieces(pieces) == NARROW
    assert decode_statement(whole) == decode_statement(NARROW.encode()) == NARROW


def test_a_row_that_does_not_fit_its_head_is_named() -> None:
    with pytest.raises(DataError, match="a row of Transactions has 3 cells"):
        read_statements("成交记录 X\n|成交日期|合约|\n|20260529|i2609|1|\n")


def test_what_is_no_statement_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sirs")
    assert "that is no settlement statement" in settle_file(path).stderr
    path.write_text("[]")
    assert "不是 ctpsettle 的结算单" in settle_file(path, lang="zh").stderr
    assert settle_file(tmp_path / "absent").exit_code == 1


def test_openctps_sample_is_shown_and_keeps_every_number(shared_data: Path, tmp_path: Path) -> None:
    raw = gzip.decompress((shared_data / SAMPLE).read_bytes())
    theirs = msgspec.json.decode(raw)
    (read,) = parse_document(raw)
    ours = document_of(read)
    for table in ("Transactions", "PositionsDetail", "Positions"):
        assert ours[table] == theirs[table]
    path = tmp_path / "sample.json"
    path.write_bytes(raw)
    shown = settle_file(path).stdout
    assert "ag2306" in shown
    assert "413.8" in shown


def test_a_statement_with_openctps_numbers_is_read_as_openctp_reads_it(shared_data: Path) -> None:
    theirs = msgspec.json.decode(gzip.decompress((shared_data / SAMPLE).read_bytes()))
    (read,) = read_statements(statement_of(theirs))
    ours: Any = document_of(read)
    assert ours["UserID"] == theirs["UserID"]
    for table in ("Transactions", "PositionsDetail", "Positions"):
        assert len(ours[table]) == len(theirs[table])
        for mine, row in zip(ours[table], theirs[table], strict=True):
            assert {key: mine[key] for key in row} == row


def test_only_openctps_keys_stand_at_the_top_where_there_is_nothing_more() -> None:
    document = document_of(StatementRead(client="1"))
    assert list(document) == [
        "ClientID",
        "ClientName",
        "Date",
        "CurrencyID",
        "SettlementStatement",
        "UserID",
        "Transactions",
        "PositionsDetail",
        "Positions",
    ]


TABLES = {
    "成交记录 Transaction Record": (
        "Transactions",
        "成交日期=TradeDate 投资单元=InvestUnitID 交易所=ExchangeID 交易编码=ClientID 合约=InstrumentID "
        "买/卖=Direction 投/保=HedgeFlag 成交价=Price 手数=Volume 成交额=Turnover "
        "开平=OffsetFlag 成交序号=TradeID 资金账号=AccountID",
    ),
    "持仓明细 Positions Detail": (
        "PositionsDetail",
        "投资单元=InvestUnitID 交易所=ExchangeID 合约=InstrumentID 开仓日期=OpenDate 投/保=HedgeFlag 买/卖=Direction "
        "持仓量=Volume 开仓价=OpenPrice "
        "昨结算=LastSettlementPrice 结算价=SettlementPrice "
        "保证金=Margin 资金账号=AccountID",
    ),
    "持仓汇总 Positions": (
        "Positions",
        "投资单元=InvestUnitID 合约=InstrumentID 买持=LongFrozen 买均价=AvgBuyPrice 卖持=ShortFrozen "
        "卖均价=AvgSellPrice 昨结算=PreSettlementPrice "
        "今结算=SettlementPrice 保证金占用=UseMargin 投/保=HedgeFlag 资金账号=AccountID",
    ),
}
WORDS = {
    "ExchangeID": {code: word for word, code in EXCHANGES.items()},
    "Direction": {code: word for word, code in SIDES.items()},
    "OffsetFlag": {code: word for word, code in OFFSETS.items()},
    "HedgeFlag": {"1": "投机"},
}


def statement_of(document: Any) -> str:
    """Return a text with the numbers of a document, in the layout that has units and accounts."""
    lines = [f"客户号 Client ID：{document['UserID']}"]
    for title, (table, named) in TABLES.items():
        heads, names = zip(*(pair.split("=") for pair in named.split()), strict=True)
        lines += ["", title, f"|{'|'.join(heads)}|"]
        lines += [
            f"|{'|'.join(cell(name, row[name]) for name in names)}|" for row in document[table]
        ]
    return "\n".join(lines)


def cell(name: str, value: str | float) -> str:
    return WORDS[name][str(value)] if name in WORDS else str(value)
