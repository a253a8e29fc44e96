"""Statements as JSON in the form of openctp's ctpsettle, and back."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from anyvenue.model.errors import DataError
from anyvenue.venues.ctp.tools.statement_reading import Cell, Row, StatementRead
from anyvenue.venues.ctp.tools.statement_words import TEXTS, WHOLE

__all__ = ["Document", "document_of", "parse_document"]

Scalar = str | int | float
Document = dict[str, Scalar | dict[str, Scalar] | list[dict[str, Scalar]] | None]

_OPENCTP = ("Transactions", "PositionsDetail", "Positions")
_OURS = ("Transfers", "PositionsClosed", "Exercises", "Deliveries", "Other")


def document_of(statement: StatementRead) -> Document:
    """Return a statement in openctp's keys; what openctp leaves out has keys of its own beside them.

    Every row has InvestUnitID and AccountID; a row of Positions the net lots and their side, as openctp's.
    """
    document: Document = {
        "ClientID": statement.client,
        "ClientName": statement.name,
        "Date": statement.date,
        "CurrencyID": statement.currency,
        "SettlementStatement": {name: float(number) for name, number in statement.summary.items()},
        "UserID": statement.client,
    }
    for table in (*_OPENCTP, *_OURS):
        rows = [_row(row, statement.client, table) for row in statement.rows(table)]
        if rows or table in _OPENCTP:
            document[table] = rows
    return document


def parse_document(raw: bytes) -> list[StatementRead]:
    """Return the statements of a JSON document, ours or openctp's; raise DataError where it is none."""
    try:
        read = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise _wrong(str(error)) from None
    documents = read if isinstance(read, list) else [read]
    if not documents or not all(isinstance(each, dict) and "UserID" in each for each in documents):
        raise _wrong("UserID is missing")
    return [_statement(each) for each in documents]


def _statement(document: Mapping[str, object]) -> StatementRead:
    summary = document.get("SettlementStatement")
    tables = {
        name: [{key: _cell(key, value) for key, value in row.items()} for row in rows]
        for name in (*_OPENCTP, *_OURS)
        if isinstance(rows := document.get(name), list) and rows
    }
    return StatementRead(
        client=str(document.get("ClientID") or document.get("UserID") or ""),
        name=str(document.get("ClientName") or ""),
        date=str(document.get("Date") or ""),
        currency=str(document.get("CurrencyID") or ""),
        summary={
            str(key): Decimal(str(value))
            for key, value in (summary if isinstance(summary, dict) else {}).items()
        },
        tables=tables,
    )


def _row(row: Row, client: str, table: str) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {key: _scalar(key, value) for key, value in row.items()}
    if table != "Transfers":
        found.setdefault("InvestUnitID", client)
    found.setdefault("AccountID", client)
    if table == "Positions":
        net = int(found.get("LongFrozen") or 0) - int(found.get("ShortFrozen") or 0)
        found.setdefault("PosiDirection", "2" if net > 0 else "3")
        found.setdefault("Position", abs(net))
    return found


def _scalar(key: str, value: Cell) -> Scalar:
    if isinstance(value, str):
        return value
    return int(value) if key in WHOLE else float(value)


def _cell(key: str, value: object) -> Cell:
    if key in TEXTS or key == "PosiDirection" or isinstance(value, str):
        return str(value)
    return Decimal(str(value or 0))


def _wrong(why: str) -> DataError:
    return DataError(
        f"the file is no statement of ctpsettle: {why}", code="data.ctp_document", reason=why
    )
