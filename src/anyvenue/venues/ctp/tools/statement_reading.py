"""Reading a settlement statement: the bilingual text of fixed width that CTP delivers in pieces.

Brokers' statements differ in columns and widths, so the cells are found by their bars and named by the Chinese heads.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

import msgspec

from anyvenue.model.errors import DataError
from anyvenue.venues.ctp.tools.statement_words import (
    COLUMNS,
    EXCHANGES,
    HEDGES,
    OFFSETS,
    SECTIONS,
    SIDES,
    SUMMARY,
    TEXTS,
)

__all__ = ["Cell", "Row", "StatementRead", "decode_statement", "join_pieces", "read_statements"]

Cell = str | Decimal
Row = dict[str, Cell]

_PAIR = re.compile(r"([^：:|]+?)\s*[：:]+\s*(-?[\d,]+(?:\.\d+)?)\s*%?")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_CURRENCY = re.compile(r"Currency\s*[：:]\s*(\w+)")
_HEAD = {
    "client": re.compile(r"客户号[^：:]*[：:]\s*(\S+)"),
    "name": re.compile(r"客户名称[^：:]*[：:]\s*(.*?)\s*$"),
    "date": re.compile(r"^\s*日期[^：:]*[：:]\s*(\S+)"),
    "created": re.compile(r"制表时间[^：:]*[：:]\s*(\S+)"),
}
_CODES = {"ExchangeID": EXCHANGES, "Direction": SIDES, "HedgeFlag": HEDGES, "OffsetFlag": OFFSETS}


class StatementRead(msgspec.Struct):
    """One statement: who and when, the Account Summary by name, tables by name with their rows.

    Exchanges, sides, hedges and offsets are CTP's codes where the words are known, else the words. Columns that are
    not known have their own titles as names.
    """

    client: str = ""
    name: str = ""
    date: str = ""
    created: str = ""
    currency: str = ""
    summary: dict[str, Decimal] = {}
    tables: dict[str, list[Row]] = {}

    def rows(self, table: str) -> list[Row]:
        """Return a table's rows, none where it is missing."""
        return self.tables.get(table, [])


def join_pieces(pieces: Iterable[bytes]) -> str:
    """Return the text of a statement that came in pieces, which are cut anywhere, also within a character."""
    return b"".join(pieces).decode("gb18030", "replace")


def decode_statement(raw: bytes) -> str:
    """Return the text of a file in UTF-8 or GBK."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def read_statements(text: str) -> list[StatementRead]:
    """Return the statements in a text, of which a month has several; raise DataError where there is none."""
    found = [_Reader(lines).statement for lines in _split(text.splitlines())]
    read = [each for each in found if each.client or each.summary or each.tables]
    if not read:
        raise DataError(
            "that is no settlement statement: it has no client, no account summary and no table",
            code="data.ctp_statement",
        )
    return read


def _split(lines: list[str]) -> Iterator[list[str]]:
    """Give the lines of each statement; one begins with its creation date, or where a second client is named."""
    part: list[str] = []
    client = False
    for line in lines:
        new_client = bool(_HEAD["client"].search(line))
        if client and (new_client or _HEAD["created"].search(line)):
            yield part
            part, client = [], False
        client = client or new_client
        part.append(line)
    yield part


class _Reader:
    """Reads one statement line by line."""

    def __init__(self, lines: list[str]) -> None:
        self.statement = StatementRead(summary={}, tables={})
        self._table = ""
        self._heads: list[str] = []
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        bare = line.strip()
        if bare.startswith("|"):
            self._row(
                [cell.strip() for cell in bare.removeprefix("|").removesuffix("|").split("|")]
            )
        elif bare and set(bare) != {"-"}:
            self._title(line)

    def _title(self, line: str) -> None:
        """Take a line outside tables: the head, a number of the summary, or what the next table is called."""
        statement = self.statement
        for name, pattern in _HEAD.items():
            found = pattern.search(line)
            if found is not None:
                value = re.split(r"客户名称", found[1])[0].strip()
                setattr(statement, name, getattr(statement, name) or value)
        currency = _CURRENCY.search(line)
        if currency is not None:
            statement.currency = currency[1]
        words = "".join(_CHINESE.findall(line))
        section = next((name for title, name in SECTIONS.items() if words.startswith(title)), None)
        if section is not None and "：" not in line:
            self._table, self._heads = section, []
        else:
            self._summary(line)

    def _summary(self, line: str) -> None:
        for title, number in _PAIR.findall(line):
            name = SUMMARY.get("".join(_CHINESE.findall(title)))
            if name is not None:
                self.statement.summary.setdefault(name, Decimal(number.replace(",", "")))

    def _row(self, cells: list[str]) -> None:
        if not self._heads:
            self._heads = ["".join(cell.split()) for cell in cells]
            return
        english = cells[0] and all(_CHINESE.search(cell) is None for cell in cells)
        if cells[0].startswith("共") or (english and not any(map(_decimal, cells))):
            return  # the sums, and the heads once more in English
        if len(cells) != len(self._heads):
            raise DataError(
                f"a row of {self._table or 'a table'} has {len(cells)} cells, its head {len(self._heads)}: "
                f"{' | '.join(cells)}",
                code="data.ctp_statement_row",
                table=self._table,
                row=" | ".join(cells),
            )
        names = COLUMNS.get(self._table, {})
        row = dict(
            _cell(names.get(head, head), cell)
            for head, cell in zip(self._heads, cells, strict=True)
        )
        self.statement.tables.setdefault(self._table or "Other", []).append(row)


def _cell(name: str, text: str) -> tuple[str, Cell]:
    if name in TEXTS:
        return name, _CODES.get(name, {}).get(text, text)
    number = _decimal(text)
    return name, text if number is None else number


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "")) if text else None
    except InvalidOperation:
        return None
