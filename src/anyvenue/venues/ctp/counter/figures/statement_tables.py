"""The tables of a statement: columns of fixed width, where a Chinese character takes two."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

__all__ = [
    "CLOSED",
    "DETAILS",
    "POSITIONS",
    "TRANSACTIONS",
    "TRANSFERS",
    "Column",
    "Table",
    "centred",
    "padded",
    "width_of",
]

Cell = str | int | Decimal | None


class Column(msgspec.Struct, frozen=True):
    """One column: Chinese and English title, width, and how its cells are written.

    `form` is ``<``, ``>`` or ``^`` for texts, a number of decimals for amounts; `total` has its sum below the table.
    """

    chinese: str
    english: str
    width: int
    form: str = "^"
    total: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table with its title and what its abbreviations mean."""

    chinese: str
    english: str
    columns: tuple[Column, ...]
    legend: tuple[str, ...] = ()

    def lines(self, rows: Sequence[Sequence[Cell]]) -> list[str]:
        """Return the table with its frame, its sums and its legend; nothing without a row."""
        if not rows:
            return []
        rule = "-" * (sum(column.width for column in self.columns) + len(self.columns) + 1)
        body = [_line(_cells(self.columns, row)) for row in rows]
        return [
            centred(f"{self.chinese} {self.english}", len(rule)),
            rule,
            _line([padded(each.chinese, each.width, "^") for each in self.columns]),
            _line([padded(each.english, each.width, "^") for each in self.columns]),
            rule,
            *body,
            rule,
            _line(self._sums(rows)),
            rule,
            *self.legend,
            "",
        ]

    def _sums(self, rows: Sequence[Sequence[Cell]]) -> list[str]:
        cells = []
        for index, column in enumerate(self.columns):
            if not index:
                cells.append(padded(f"共{len(rows):4}条", column.width, "<"))
            elif column.total:
                values = [row[index] for row in rows]
                numbers = [each for each in values if isinstance(each, int | Decimal)]
                cells.append(_cell(column, sum(numbers, Decimal(0))))
            else:
                cells.append(" " * column.width)
        return cells


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(1 if character.isascii() else 2 for character in text)


def padded(text: str, width: int, form: str) -> str:
    """Return a text filled with blanks to a width; a longer one stays whole."""
    room = max(width - width_of(text), 0)
    if form == "<":
        return text + " " * room
    if form == ">":
        return " " * room + text
    return " " * (room // 2) + text + " " * (room - room // 2)


def centred(text: str, width: int) -> str:
    """Return a text in the middle of a line."""
    return padded(text, width, "^").rstrip()


def _line(cells: Sequence[str]) -> str:
    return f"|{'|'.join(cells)}|"


def _cells(columns: Sequence[Column], row: Sequence[Cell]) -> list[str]:
    return [_cell(column, cell) for column, cell in zip(columns, row, strict=True)]


def _cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, str):
        return padded(cell, column.width, column.form if column.form in "<>^" else ">")
    places = 0 if column.form in "<>^" else int(column.form)
    return f"{cell or Decimal(0):.{places}f}".rjust(column.width)


_EXCHANGES = (
    "能源中心---INE  上期所---SHFE  中金所---CFFEX  大商所---DCE  郑商所---CZCE  广期所---GFEX"
)
_SIDES = "买---Buy  卖---Sell"
_HEDGES = "投机---Speculation"
_OFFSETS = "开---Open  平---Close  平今---Close Today  平昨---Close Prev."

TRANSFERS = Table(
    "出入金明细",
    "Deposit/Withdrawal",
    (
        Column("发生日期", "Date", 8),
        Column("出入金类型", "Type", 24, "<"),
        Column("入金", "Deposit", 16, "2", True),
        Column("出金", "Withdrawal", 16, "2", True),
        Column("说明", "Note", 42, "<"),
    ),
    ("出入金---Deposit/Withdrawal",),
)

TRANSACTIONS = Table(
    "成交记录",
    "Transaction Record",
    (
        Column("成交日期", "Date", 8),
        Column("交易所", "Exchange", 8),
        Column("品种", "Product", 18),
        Column("合约", "Instrument", 16),
        Column("买/卖", "B/S", 5, ">"),
        Column("投/保", "S/H", 12, "<"),
        Column("成交价", "Price", 10, "3"),
        Column("手数", "Lots", 6, "0", True),
        Column("成交额", "Turnover", 12, "2", True),
        Column("开平", "O/C", 18, "<"),
        Column("手续费", "Fee", 10, "2", True),
        Column("平仓盈亏", "Realized P/L", 12, "2", True),
        Column("权利金收支", "Premium Received/Paid", 21, "2", True),
        Column("成交序号", "Trans.No.", 12, "<"),
    ),
    (_EXCHANGES, _SIDES, _HEDGES, _OFFSETS),
)

CLOSED = Table(
    "平仓明细",
    "Position Closed",
    (
        Column("平仓日期", "Close Date", 10),
        Column("交易所", "Exchange", 8),
        Column("品种", "Product", 18),
        Column("合约", "Instrument", 16),
        Column("开仓日期", "Open Date", 9),
        Column("买/卖", "B/S", 5, ">"),
        Column("手数", "Lots", 10, "0", True),
        Column("开仓价", "Pos. Open Price", 15, "3"),
        Column("昨结算", "Prev. Sttl", 16, "3"),
        Column("成交价", "Trans. Price", 12, "3"),
        Column("平仓盈亏", "Realized P/L", 12, "2", True),
        Column("权利金收支", "Premium Received/Paid", 21, "2", True),
    ),
    (_EXCHANGES, _SIDES),
)

DETAILS = Table(
    "持仓明细",
    "Positions Detail",
    (
        Column("交易所", "Exchange", 8),
        Column("品种", "Product", 18),
        Column("合约", "Instrument", 16),
        Column("开仓日期", "Open Date", 9),
        Column("投/保", "S/H", 12, "<"),
        Column("买/卖", "B/S", 5, ">"),
        Column("持仓量", "Positon", 7, "0", True),  # CTP's own spelling  # codespell:ignore
        Column("开仓价", "Pos. Open Price", 15, "3"),
        Column("昨结算", "Prev. Sttl", 16, "3"),
        Column("结算价", "Settlement Price", 16, "3"),
        Column("浮动盈亏", "Accum. P/L", 12, "2", True),
        Column("盯市盈亏", "MTM P/L", 11, "2", True),
        Column("保证金", "Margin", 11, "2", True),
        Column("期权市值", "Market Value(Options)", 22, "2", True),
    ),
    (_EXCHANGES, _SIDES, _HEDGES),
)

POSITIONS = Table(
    "持仓汇总",
    "Positions",
    (
        Column("品种", "Product", 18),
        Column("合约", "Instrument", 16),
        Column("买持", "Long Pos.", 13, "0", True),
        Column("买均价", "Avg Buy Price", 13, "3"),
        Column("卖持", "Short Pos.", 14, "0", True),
        Column("卖均价", "Avg Sell Price", 14, "3"),
        Column("昨结算", "Prev. Sttl", 10, "3"),
        Column("今结算", "Sttl Today", 10, "3"),
        Column("持仓盯市盈亏", "MTM P/L", 12, "2", True),
        Column("保证金占用", "Margin Occupied", 15, "2", True),
        Column("投/保", "S/H", 12, "<"),
        Column("多头期权市值", "Market Value(Long)", 18, "2", True),
        Column("空头期权市值", "Market Value(Short)", 19, "2", True),
    ),
    (_HEDGES,),
)
