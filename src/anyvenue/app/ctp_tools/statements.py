"""Settlement statements: fetched from a counter or read from a file, and said as tables."""

import tempfile
from pathlib import Path

from anyvenue.app.ctp_tools.tables import fields_table, rows_table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError, DataError, VenueRefused
from anyvenue.venues.ctp.tools.access import Access, converse
from anyvenue.venues.ctp.tools.conversation import Conversation
from anyvenue.venues.ctp.tools.login import log_in
from anyvenue.venues.ctp.tools.statement_document import parse_document
from anyvenue.venues.ctp.tools.statement_reading import (
    StatementRead,
    decode_statement,
    join_pieces,
    read_statements,
)
from anyvenue.venues.ctp.tools.statement_words import SUMMARY

__all__ = ["ask_statement", "fetch_statement", "read_file", "say_statements"]

_SECTIONS = ("Transfers", "Transactions", "PositionsClosed", "PositionsDetail", "Positions")
_MORE = ("Exercises", "Deliveries", "Other")


def fetch_statement(access: Access, day: str, timeout: float) -> str:
    """Log in and return the text of a day's or a month's statement; raise what the tools raise."""
    with tempfile.TemporaryDirectory() as flow:
        conversation = converse(access, "trader", Path(flow))
        try:
            conversation.start(access.fronts("trader"))
            conversation.wait_connected(timeout)
            log_in(conversation, access, timeout)
            return ask_statement(conversation, access, day, timeout)
        finally:
            conversation.close()


def ask_statement(conversation: Conversation, access: Access, day: str, timeout: float) -> str:
    """Return the text of a statement; raise ConfigError for what is no day, DataError where there is none."""
    if day and not (day.isdigit() and len(day) in (6, 8)):
        raise ConfigError(
            f"the day was {day!r}; a day as 20260915 or a month as 202609 is expected",
            code="config.ctp_day",
            value=day,
        )
    fields = {"BrokerID": access.broker, "InvestorID": access.user, "TradingDay": day}
    answer = conversation.ask("ReqQrySettlementInfo", dict(fields), timeout)
    if answer.error is not None:
        raise VenueRefused(
            f"the statement was refused: [{answer.error[0]}] {answer.error[1]}",
            venue_code=str(answer.error[0]),
            venue_text=answer.error[1],
        )
    pieces = [row["Content"] for row in answer.rows]
    text = join_pieces(piece for piece in pieces if isinstance(piece, bytes))
    if not text.strip():
        raise DataError(
            f"there is no statement{f' of {day}' if day else ''}",
            code="data.ctp_no_statement",
            day=day or "-",
        )
    return text


def read_file(path: Path) -> tuple[str, list[StatementRead]]:
    """Return the text and the statements of a file: a statement's text, or the JSON of ctpsettle or of this tool.

    Raise DataError for neither.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror}",
            code="data.unreadable",
            file=str(path),
            detail=str(error.strerror),
        ) from None
    if raw.lstrip()[:1] in (b"{", b"["):
        return raw.decode("utf-8", "replace"), parse_document(raw)
    text = decode_statement(raw)
    return text, read_statements(text)


def say_statements(terminal: Terminal, statements: list[StatementRead]) -> None:
    """Write statements as tables."""
    for statement in statements:
        terminal.say(
            terminal.text(
                "cli.ctp_statement",
                client=statement.client or "-",
                name=statement.name or "-",
                date=statement.date or "-",
            )
        )
        if statement.summary:
            names = list(SUMMARY.values())
            title = f"\n{terminal.text('ctp_section.Summary')} {statement.currency}".rstrip()
            terminal.table(fields_table(terminal, names, statement.summary, title))
        for section in (*_SECTIONS, *_MORE):
            rows = statement.rows(section)
            if rows:
                shown = [name for name in rows[0] if name not in ("InvestUnitID", "AccountID")]
                title = f"\n{terminal.text(f'ctp_section.{section}')}"
                terminal.table(rows_table(terminal, shown, rows, title))
        terminal.say()
