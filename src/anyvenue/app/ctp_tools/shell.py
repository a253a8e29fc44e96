"""The shell's commands at work: what a line asks of the counter and how the answer is said."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from anyvenue.app.ctp_tools.reports import order_name, report_line
from anyvenue.app.ctp_tools.statements import ask_statement, say_statements
from anyvenue.app.ctp_tools.tables import cell_text, fields_table, rows_table
from anyvenue.app.ctp_tools.telling import advice_text
from anyvenue.app.ctp_tools.trading import (
    Told,
    TradingSession,
    is_cancelled,
    is_inserted,
    is_transferred,
)
from anyvenue.app.messages import translate
from anyvenue.app.questions import Asker
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import AnyvenueError, ConfigError, InvalidOrder
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.login_trouble import login_trouble
from anyvenue.venues.ctp.tools.access import Access
from anyvenue.venues.ctp.tools.commands import COMMANDS, Command, find_command, parse_fields
from anyvenue.venues.ctp.tools.conversation import Heard, Row
from anyvenue.venues.ctp.tools.login import LoggedIn
from anyvenue.venues.ctp.tools.orders import ALIVE, action_fields, order_fields, parse_order
from anyvenue.venues.ctp.tools.shown import masked_fields
from anyvenue.venues.ctp.tools.statement_document import document_of
from anyvenue.venues.ctp.tools.statement_reading import read_statements

__all__ = ["Shell"]

_COMMENT = "#"
_SIDES = {"buy": "0", "sell": "1"}


class Shell:
    """Runs one line after another against a counter; reports go to `above` as they come.

    With `asker` orders, cancels and transfers are confirmed; without one they are sent as they are if `yes`, else
    refused.
    """

    def __init__(
        self,
        terminal: Terminal,
        access: Access,
        flow: Path,
        above: Callable[[Sequence[str]], None],
        *,
        timeout: float = 15.0,
        yes: bool = False,
        asker: Asker | None = None,
    ) -> None:
        """Connect and log in; raise what the tools raise."""
        self._terminal = terminal
        self._access = access
        self._above = above
        self._timeout = timeout
        self._yes = yes
        self._asker = asker
        self.failed = False
        self._session = TradingSession(access, flow, self._hear, timeout)

    @property
    def logged_in(self) -> LoggedIn:
        """What the login told."""
        return self._session.logged_in

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def words(self, before: str, begun: str) -> list[str]:
        """Return what a word that was begun may become."""
        if not before.strip():
            known = [each.name for each in COMMANDS]
        elif before.split()[0] == "request" and len(before.split()) == 1:
            known = sorted(
                name for name in self._session.conversation.requests if name[:3] == "Req"
            )
        else:
            known = sorted(self._session.exchanges)
        return [word for word in known if word.startswith(begun)]

    def run(self, line: str) -> bool:
        """Do what a line says; return False when it says to leave. Errors are said, and `failed` is set."""
        try:
            words = [] if line.lstrip().startswith(_COMMENT) else shlex.split(line)
            return not words or self._run(find_command(words[0]), words[1:])
        except AnyvenueError as error:
            self._fail(translate(error, self._terminal.lang))
            number = error.fields.get("number", 0)
            advice = login_trouble(number if isinstance(number, int) else 0)
            if advice:
                said = advice_text(self._terminal, advice)
                self._terminal.note(self._terminal.text("cli.ctp_advice", advice=said))
        except (ValueError, TypeError, OverflowError) as error:
            self._fail(str(error))
        return True

    def menu(self) -> None:
        """Say what there is, by number."""
        terminal = self._terminal
        rows = [
            (
                str(number),
                f"{each.name} {terminal.text_or_nothing(f'ctp_usage.{each.name}')}".rstrip(),
                terminal.text(f"ctp_command.{each.name}"),
            )
            for number, each in enumerate(COMMANDS, 1)
        ]
        terminal.table(Table([Column("", right=True), Column(""), Column("")], rows))

    # ---- one command

    def _run(self, command: Command, words: list[str]) -> bool:
        if command.name == "quit":
            return False
        if command.name == "help":
            self.menu()
            return True
        if len(words) < command.needs:
            usage = f"{command.name} {self._terminal.text_or_nothing(f'ctp_usage.{command.name}')}"
            raise ConfigError(
                f"that command is written: {usage}", code="config.ctp_usage", usage=usage
            )
        self._session.again()
        acts: Mapping[str, Callable[[Command, list[str]], None]] = {
            "query": self._query,
            "settlement": self._settlement,
            "confirm": self._confirm,
            "buy": self._order,
            "sell": self._order,
            "cancel": self._cancel,
            "transfer": self._transfer,
            "request": self._request,
        }
        acts[command.kind](command, words)
        return True

    def _query(self, command: Command, words: list[str]) -> None:
        asked = dict(zip(command.takes, words, strict=False))
        rows = self._session.ask(command.request, {"HedgeFlag": "1", **asked})
        for row in rows:
            if row.get("InstrumentID") and command.name in ("instruments", "price"):
                self._session.exchanges[str(row["InstrumentID"])] = str(row.get("ExchangeID", ""))
        self._show(command.name, command.shows, rows)

    def _settlement(self, command: Command, words: list[str]) -> None:
        day = words[0] if words else ""
        text = ask_statement(self._session.conversation, self._access, day, self._timeout)
        statements = read_statements(text)
        if self._terminal.machine:
            self._json(command.name, [document_of(each) for each in statements])
        else:
            say_statements(self._terminal, statements)

    def _confirm(self, command: Command, words: list[str]) -> None:
        rows = self._session.ask(command.request, {})
        self._show(command.name, ("InvestorID", "ConfirmDate", "ConfirmTime"), rows)

    def _request(self, command: Command, words: list[str]) -> None:
        name = words[0]
        fields = parse_fields(words[1:], self._session.conversation.request_fields(name))
        rows = self._session.ask(name, fields)
        self._show(name, tuple(rows[0]) if rows else (), rows)

    # ---- orders

    def _order(self, command: Command, words: list[str]) -> None:
        order = parse_order(_SIDES[command.name], words)
        terminal = self._terminal
        self._confirmed(
            terminal.text(
                "cli.ctp_ask_order",
                side=cell_text(terminal, "Direction", order.direction),
                offset=cell_text(terminal, "OffsetFlag", order.offset),
                volume=order.volume,
                instrument=order.instrument,
                price=terminal.text("cli.ctp_at_market") if order.price is None else order.price,
                kind=order.kind.upper(),
            )
        )
        access, session = self._access, self._session
        fields = order_fields(
            order,
            access.broker,
            access.user,
            session.exchange(order.instrument),
            session.next_ref(),
        )
        self._act(command.request, fields, is_inserted(session.logged_in, str(fields["OrderRef"])))

    def _cancel(self, command: Command, words: list[str]) -> None:
        """Cancel an order by its number or by #reference, or all of them, or all of an instrument."""
        rows = self._session.ask("ReqQryOrder", {})
        alive = [row for row in rows if row["OrderStatus"] in ALIVE]
        if words[0] == "all":
            wanted = [row for row in alive if len(words) < 2 or row["InstrumentID"] == words[1]]
        else:
            wanted = [row for row in alive if self._is_called(row, words[0])]
        if not wanted:
            raise InvalidOrder(
                f"there is no such order that rests: {' '.join(words)}",
                code="order.ctp_none",
                wanted=" ".join(words),
            )
        names = ", ".join(f"{order_name(row)} {row['InstrumentID']!s}" for row in wanted)
        self._confirmed(self._terminal.text("cli.ctp_ask_cancel", orders=names))
        for row in wanted:
            ref = self._session.next_ref()
            fields = action_fields(row, self._access.broker, self._access.user, ref)
            self._act(command.request, fields, is_cancelled(row))

    def _is_called(self, row: Row, name: str) -> bool:
        """Tell whether an order has this number, or as an order of this session the reference behind a #."""
        if not name.startswith("#"):
            return str(row["OrderSysID"]).strip() == name
        here = (self.logged_in.front_id, self.logged_in.session_id)
        ref = str(row["OrderRef"]).strip().lstrip("0")
        return (row["FrontID"], row["SessionID"]) == here and ref == name[1:].lstrip("0")

    def _transfer(self, command: Command, words: list[str]) -> None:
        bank, amount = words[0], float(words[1])
        currency = words[2] if len(words) > 2 else "CNY"
        self._confirmed(
            self._terminal.text(
                f"cli.ctp_ask_{command.name}", bank=bank, amount=words[1], currency=currency
            )
        )
        fields: dict[str, Value] = {
            "BrokerID": self._access.broker,
            "AccountID": self._access.user,
            "UserID": self._access.user,
            "BankID": bank,
            "BankBranchID": "0000",
            "CurrencyID": currency,
            "TradeAmount": amount,
            "SecuPwdFlag": "1",
            "BankPwdFlag": "0",
        }
        if self._asker is not None:
            fields["BankPassWord"] = self._asker.hidden(
                self._terminal.text("cli.ctp_bank_password")
            )
            fields["Password"] = self._asker.hidden(self._terminal.text("cli.ctp_fund_password"))
        self._act(command.request, fields, is_transferred(command.request))

    def _act(self, name: str, fields: Mapping[str, Value], told: Told) -> None:
        if not self._session.act(name, fields, told):
            self._terminal.warn(self._terminal.text("cli.ctp_nothing_told", request=name))

    def _hear(self, heard: Heard) -> None:
        if self._terminal.machine:
            if heard.callback.startswith(("OnRtn", "OnErrRtn")):
                fields = masked_fields(heard.fields or {})
                line = {"report": heard.callback, "fields": fields, "error": heard.error}
                self._above([msgspec.json.encode(line).decode()])
            return
        line_ = report_line(self._terminal, heard)
        if line_:
            self._above([line_])

    # ---- saying

    def _confirmed(self, question: str) -> None:
        """Raise InvalidOrder unless somebody says yes."""
        if self._yes or (self._asker is not None and self._asker.yes(question)):
            return
        raise InvalidOrder(
            "nothing was sent: it was not confirmed"
            if self._asker is not None
            else "nothing was sent: without a terminal give --yes",
            code="order.ctp_unconfirmed" if self._asker is not None else "order.ctp_needs_yes",
        )

    def _show(self, name: str, shows: Sequence[str], rows: Sequence[Row]) -> None:
        terminal = self._terminal
        if terminal.machine:
            self._json(name, [masked_fields(row) for row in rows])
        elif not rows:
            terminal.say(terminal.text("cli.ctp_no_rows"))
        elif len(rows) == 1 and len(shows) > 8:
            terminal.table(fields_table(terminal, shows, rows[0]))
        else:
            terminal.table(rows_table(terminal, shows, rows))

    def _json(self, name: str, rows: Sequence[object]) -> None:
        self._above([msgspec.json.encode({"command": name, "rows": rows}).decode()])

    def _fail(self, line: str) -> None:
        self.failed = True
        if self._terminal.machine:
            self._above([msgspec.json.encode({"error": line}).decode()])
        else:
            self._terminal.note(self._terminal.text("cli.error", text=line))
