"""What an investor asks for besides orders: exercise, combined positions, for-quote; done where the broker can."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.commands import AccountCommand, CombinePositions, ExerciseOption
from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CommandRefused, OptionExercised
from anyvenue.model.instruments import Instrument
from anyvenue.venues.ctp.counter.book import AccountBook
from anyvenue.venues.ctp.counter.codes import BUY
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.dates import trade_date
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.identity import Origin
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.times import date_text, day_text, time_text
from anyvenue.venues.ctp.counter.validation import check_investor, find_instrument

__all__ = ["COMB_ACTION", "EXEC_ORDER", "FOR_QUOTE", "AccountCommands"]

EXEC_ORDER, COMB_ACTION, FOR_QUOTE = "ExecOrder", "CombAction", "ForQuote"
_EXECUTE, _ABANDON = "1", "2"
_NOT_DONE, _CANCELED, _DONE = "n", "c", "0"
_ACCEPTED = "3"
_TAKEN = "b"  # of actions and for-quotes
_COMBINE, _SPLIT = "0", "1"


class AccountCommands:
    """Gives commands about an account to the broker and tells what became of them."""

    def __init__(
        self,
        context: Context,
        execute: Callable[[AccountCommand], None] | None,
        ask_quotes: Callable[[Instrument], None],
    ) -> None:
        """Give them to `execute`, None where the broker takes none; `ask_quotes` tells who listens for it."""
        self.context = context
        self._execute = execute
        self._ask_quotes = ask_quotes
        self._refusal: CommandRefused | None = None
        self._number = 0

    def hear(self, book: AccountBook, event: CommandRefused | OptionExercised) -> None:
        """Take the broker's answer."""
        if isinstance(event, CommandRefused):
            self._refusal = event
            return
        for row in book.records(EXEC_ORDER):
            same = row["InstrumentID"] == event.instrument.rpartition(".")[0]
            if same and row["ExecResult"] == _NOT_DONE and event.side is Side.BUY:
                self._tell(book, "OnRtnExecOrder", EXEC_ORDER, {**row, "ExecResult": _DONE})

    # ---- exercise

    def exercise(self, book: AccountBook, member: Member, origin: Origin, fields: Fields) -> None:
        """Exercise or give up options at the end of the day; raise Refused."""
        check_investor(self.context, member, fields)
        instrument = find_instrument(self.context, fields)
        volume = _volume(fields)
        if instrument.kind is not InstrumentKind.OPTION:
            raise Refused("EXECORDER_NOTOPTIONS")
        action = str(fields.get("ActionType", _EXECUTE))
        if action not in (_EXECUTE, _ABANDON):
            raise Refused("BAD_EXECUTE_TYPE")
        ref = str(fields.get("ExecOrderRef", ""))
        if ref.strip() and self._by_ref(book, origin, ref) is not None:
            raise Refused("DUPLICATE_EXECORDER_REF")
        total = self._wanted(book, instrument, action) + volume
        self._exercise(book, instrument, total, action)
        row = self._row(book, origin, instrument, fields) | {
            "ExecOrderRef": ref,
            "ActionType": action,
            "ExecOrderLocalID": f"{self._number:>12}",
            "ExecOrderSysID": f"{self._number:>12}",
            "BrokerExecOrderSeq": self._number,
            "OrderSubmitStatus": _ACCEPTED,
            "ExecResult": _NOT_DONE,
        }
        self._tell(book, "OnRtnExecOrder", EXEC_ORDER, row)

    def take_back_exercise(
        self, book: AccountBook, member: Member, origin: Origin, fields: Fields
    ) -> None:
        """Take an exercise back; raise Refused."""
        check_investor(self.context, member, fields)
        row = self._find_exercise(book, origin, fields)
        if row is None:
            raise Refused("EXECORDER_NOT_FOUND")
        if row["ExecResult"] != _NOT_DONE:
            raise Refused("DUPLICATE_EXECORDER_ACTION_REF")
        instrument = find_instrument(self.context, row)
        action = str(row["ActionType"])
        total = self._wanted(book, instrument, action) - int(row["Volume"])
        self._exercise(book, instrument, total, action)
        at = time_text(self.context.now())
        changed: Row = {
            **row,
            "ExecResult": _CANCELED,
            "CancelTime": at,
            "ActiveUserID": origin.user_id,
        }
        self._tell(book, "OnRtnExecOrder", EXEC_ORDER, changed)

    def _find_exercise(self, book: AccountBook, origin: Origin, fields: Fields) -> Row | None:
        number = str(fields.get("ExecOrderSysID", "")).strip()
        for row in book.records(EXEC_ORDER):
            if number and str(row["ExecOrderSysID"]).strip() == number:
                return dict(row)
        front, session = fields.get("FrontID", 0), fields.get("SessionID", 0)
        if front or session:
            origin = Origin(origin.account, origin.user_id, int(front), int(session))
        return self._by_ref(book, origin, str(fields.get("ExecOrderRef", "")))

    def _by_ref(self, book: AccountBook, origin: Origin, ref: str) -> Row | None:
        wanted = (origin.front_id, origin.session_id, ref.strip())
        for row in book.records(EXEC_ORDER):
            if (row["FrontID"], row["SessionID"], str(row["ExecOrderRef"]).strip()) == wanted:
                return dict(row)
        return None

    def _wanted(self, book: AccountBook, instrument: Instrument, action: str) -> int:
        return sum(
            int(row["Volume"])
            for row in book.records(EXEC_ORDER)
            if row["InstrumentID"] == instrument.symbol
            and row["ActionType"] == action
            and row["ExecResult"] == _NOT_DONE
        )

    def _exercise(self, book: AccountBook, instrument: Instrument, total: int, action: str) -> None:
        now, abandon = self.context.now(), action == _ABANDON
        command = ExerciseOption(book.account, instrument.id, Decimal(total), now, abandon)
        self._give(
            command,
            "OPTIONS_NOT_SUPPORT_ABANDON" if abandon else "OPTIONS_NOT_SUPPORT_EXEC",
            "OVER_EXECUTE_POSITION",
        )

    # ---- combined positions

    def combine(self, book: AccountBook, member: Member, origin: Origin, fields: Fields) -> None:
        """Combine held legs, or split them again; raise Refused."""
        check_investor(self.context, member, fields)
        instrument = find_instrument(self.context, fields)
        volume, direction = _volume(fields), fields.get("CombDirection", _COMBINE)
        if instrument.kind is not InstrumentKind.SPREAD:
            raise Refused("INSTRUMENTMAP_NOT_FOUND")
        if direction not in (_COMBINE, _SPLIT):
            raise Refused("BAD_FIELD")
        side = Side.BUY if fields.get("Direction", BUY) == BUY else Side.SELL
        signed = Decimal(volume if direction == _COMBINE else -volume)
        command = CombinePositions(book.account, instrument.id, signed, self.context.now(), side)
        self._give(command, "EXCHANGE_UNSUPPORTED_ARBITRAGE", "OVER_CLOSE_POSITION")
        row = self._row(book, origin, instrument, fields) | {
            "CombActionRef": str(fields.get("CombActionRef", "")),
            "CombDirection": str(direction),
            "Direction": str(fields.get("Direction", BUY)),
            "ActionLocalID": f"{self._number:>12}",
            "ComTradeID": f"{self._number:>12}",
            "ActionStatus": _TAKEN,
        }
        self._tell(book, "OnRtnCombAction", COMB_ACTION, row)

    # ---- quotes wanted

    def for_quote(self, book: AccountBook, member: Member, origin: Origin, fields: Fields) -> Row:
        """Tell quoters that a quote is wanted; return the answer; raise Refused."""
        check_investor(self.context, member, fields)
        instrument = find_instrument(self.context, fields)
        if instrument.kind is not InstrumentKind.OPTION:
            raise Refused("INSTR_NOTSUPPORT_FORQUOTE")
        row = self._row(book, origin, instrument, fields) | {
            "ForQuoteRef": str(fields.get("ForQuoteRef", "")),
            "ForQuoteLocalID": f"{self._number:>12}",
            "ForQuoteStatus": _TAKEN,
        }
        book.keep(FOR_QUOTE, str(self._number), row)
        self._ask_quotes(instrument)
        return dict(fields)

    # ---- inside

    def _give(self, command: AccountCommand, otherwise: str, too_many: str) -> None:
        """Give a command; raise Refused with `too_many` where the position is short, else `otherwise`."""
        if self._execute is None:
            raise Refused("UNSUPPORTED_FUNCTION")
        self._refusal = None
        try:
            self._execute(command)
        except AnyvenueError as error:
            raise Refused(too_many if "position" in error.code else otherwise) from None
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise Refused(too_many if "position" in refusal.code else otherwise)

    def _row(
        self, book: AccountBook, origin: Origin, instrument: Instrument, fields: Fields
    ) -> Row:
        now, exchange, profile = (
            self.context.now(),
            exchange_id(instrument.exchange),
            self.context.profile,
        )
        member = self.context.members.find(book.account)
        # Numbers go on from what the day's file brought back.
        self._number = 1 + max(
            self._number, *(book.count(each) for each in (EXEC_ORDER, COMB_ACTION, FOR_QUOTE))
        )
        given: Row = {name: value for name, value in fields.items() if value}
        return given | {
            "BrokerID": profile.broker_id,
            "InvestorID": book.account,
            "UserID": origin.user_id,
            "InstrumentID": instrument.symbol,
            "ExchangeInstID": instrument.symbol,
            "ExchangeID": exchange,
            "ParticipantID": profile.participant_id,
            "ClientID": member.trading_code(exchange) if member else "",
            "TraderID": f"{profile.participant_id}{exchange}"[:20],
            "TradingDay": day_text(self.context.trading_day),
            "SettlementID": 1,
            "SequenceNo": self._number,
            "FrontID": origin.front_id,
            "SessionID": origin.session_id,
            "InsertDate": trade_date(self.context, instrument, now),
            "InsertTime": time_text(now),
            "ActionDate": date_text(now),
        }

    def _tell(self, book: AccountBook, callback: str, struct: str, row: Row) -> None:
        number = row["BrokerExecOrderSeq"] if struct == EXEC_ORDER else row["SequenceNo"]
        book.keep(struct, str(number), row)
        book.tell(callback, row)


def _volume(fields: Fields) -> int:
    volume = fields.get("Volume", 0)
    if type(volume) is not int or volume <= 0:
        raise Refused("BAD_FIELD")
    return volume
