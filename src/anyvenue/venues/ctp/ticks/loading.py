"""What is asked of the counter after a login: contracts, money, lots, and what it takes for each contract in use."""

from collections.abc import Callable, Iterable

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import Description, Value
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.contracts import Commission, Contract, MarginRates, contract_of
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.numbers import exact, text_of
from anyvenue.venues.ctp.ticks.queries import Queries

__all__ = ["Contracts", "Loading", "check_api"]

_NEEDED = (
    *("Instrument", "InstrumentMarginRate", "InstrumentCommissionRate", "OptionInstrCommRate"),
    *("InvestorPosition", "InvestorPositionDetail", "TradingAccount", "DepthMarketData"),
)
Row = dict[str, Value]


def check_api(description: Description) -> None:
    """Raise ConfigError for an API that does not speak CTP's own words."""
    missing = [name for name in _NEEDED if name not in description.structs]
    if missing:
        raise ConfigError(
            f"tick strategies cannot run on {description.dialect} {description.version}: it has no {missing[0]}; "
            "they run on CTP, openctp TTS, ETF options and MINI",
            code="config.ctp_ticks_api",
            dialect=description.dialect,
        )


class Contracts:
    """The contracts that the counter listed, read when they are asked for: there are thousands."""

    def __init__(self, description: Description) -> None:
        """Begin with none."""
        self._layout = description.layout("Instrument")
        self._field = self._layout.by_name["InstrumentID"]
        self._raw: dict[str, bytes] = {}
        self._known: dict[str, Contract] = {}

    def __len__(self) -> int:
        return len(self._raw)

    def take(self, rows: Iterable[bytes]) -> None:
        """Take the structs of an instrument query."""
        start, end = self._field.offset, self._field.offset + self._field.size
        for raw in rows:
            code = raw[start:end].partition(b"\0")[0].decode("ascii", "replace")
            self._raw[code] = raw

    def get(self, code: str) -> Contract | None:
        """Return a contract, None for one that is not listed."""
        found = self._known.get(code)
        if found is None and code in self._raw:
            found = self._known[code] = contract_of(self._layout.unpack(self._raw[code]))
        return found

    def forget_costs(self) -> None:
        """Have what selling options costs asked again: it is quoted for a day."""
        for each in self._known.values():
            each.fixed = None


class Loading:
    """Brings books up to date after a login, and asks for rates that turn out to be missing later."""

    def __init__(
        self,
        queries: Queries,
        description: Description,
        login: Login,
        books: Books,
        contracts: Contracts,
        on_loaded: Callable[[], None],
    ) -> None:
        """Call `on_loaded` when everything that the books need has come."""
        self._queries = queries
        self._description = description
        self._books = books
        self._contracts = contracts
        self._on_loaded = on_loaded
        self._investor: Row = {"BrokerID": login.broker_id, "InvestorID": login.investor}
        self._asked: set[str] = set()
        self._loaded = self._asking_money = self._moved = False
        self._open = 0

    def begin(self, codes: Iterable[str]) -> None:
        """Load the account and the rates of these contracts; those of what is held and ordered come by themselves."""
        self._asked.clear()
        self._contracts.forget_costs()
        self._loaded = self._asking_money = self._moved = False
        self._open = 0
        wanted = list(codes)
        self._ask("ReqQryInstrument", {}, self._contracts.take)
        self.ask_account()
        self._ask(
            "ReqQryInvestorPositionDetail",
            self._investor,
            lambda rows: self._take_details(rows, wanted),
        )

    def ask_account(self) -> None:
        """Ask for the money anew: some was paid in or out, and streams that begin anew tell that again."""
        self._moved = self._asking_money
        if not self._asking_money:
            self._asking_money = True
            self._ask("ReqQryTradingAccount", self._investor, self._take_account)

    def ask_missing(self) -> None:
        """Ask for the rates of contracts that the books have met since."""
        if not self._loaded:
            return
        for code in list(self._books.unpriced):
            if code not in self._asked:
                self._ask_rates(code)

    def _ask(self, name: str, fields: Row, take: Callable[[list[bytes]], None]) -> None:
        self._open += 1

        def answered(rows: list[bytes]) -> None:
            take(rows)
            self._open -= 1
            if not self._open:
                self._finish()

        self._queries.ask(name, fields, answered)

    def _rows(self, struct: str, rows: list[bytes]) -> list[Row]:
        layout = self._description.layout(struct)
        return [layout.unpack(raw) for raw in rows]

    def _finish(self) -> None:
        self._books.rebuild()
        self.ask_missing()
        if self._open:
            return
        if self._books.frozen.sells_options:
            self._ask_frozen()
        else:
            self._on_loaded()

    def _ask_frozen(self) -> None:
        """Ask what is frozen for sold options: only the counter knows the underlying's price when they were sent."""

        def answered(rows: list[bytes]) -> None:
            self._books.frozen.adopt(self._rows("InvestorPosition", rows))
            self._on_loaded()

        self._queries.ask("ReqQryInvestorPosition", self._investor, answered)

    def _take_account(self, rows: list[bytes]) -> None:
        self._asking_money = False
        if self._moved:
            self.ask_account()
        found = self._rows("TradingAccount", rows)
        home = (row for row in found if text_of(row, "CurrencyID") in ("CNY", ""))
        row = next(home, found[0] if found else None)
        if row is not None:
            self._books.take_account(row)

    def _take_details(self, raw: list[bytes], codes: list[str]) -> None:
        rows, marks = self._rows("InvestorPositionDetail", raw), self._books.marks
        for row in rows:
            code = text_of(row, "InstrumentID")
            tick, price = marks.ticks.get(code), row.get("SettlementPrice")
            stale = tick is None or tick.TradingDay != self._books.trading_day
            if stale and isinstance(price, float):
                marks.use(code, price)  # the latest price of the day before is over
        for code in codes:
            if code not in self._asked:
                self._ask_rates(code)
        self._books.take_details(rows)
        self._loaded = True
        self.ask_missing()

    # ---- rates

    def _ask_rates(self, code: str) -> None:
        self._asked.add(code)
        contract = self._contracts.get(code)
        if contract is None:
            return
        fields: Row = {
            **self._investor,
            "InstrumentID": code,
            "ExchangeID": contract.exchange,
            "HedgeFlag": "1",
        }
        if contract.option:
            self._ask_option(contract, fields)
            return

        def margin(rows: list[bytes]) -> None:
            for row in self._rows("InstrumentMarginRate", rows)[:1]:
                contract.margin = MarginRates.from_row(row)

        def commission(rows: list[bytes]) -> None:
            for row in self._rows("InstrumentCommissionRate", rows)[:1]:
                contract.commission = Commission.from_row(row)

        self._ask("ReqQryInstrumentMarginRate", fields, margin)
        self._ask("ReqQryInstrumentCommissionRate", fields, commission)

    def _ask_option(self, contract: Contract, fields: Row) -> None:
        def commission(rows: list[bytes]) -> None:
            for row in self._rows("OptionInstrCommRate", rows)[:1]:
                contract.commission = Commission.from_row(row)

        def cost(rows: list[bytes]) -> None:
            for row in self._rows("OptionInstrTradeCost", rows)[:1]:
                contract.fixed = exact(row.get("FixedMargin"))
                contract.least = exact(row.get("MiniMargin"))

        self._ask("ReqQryOptionInstrCommRate", fields, commission)
        if self._books.rules.seller == "quoted":
            self._ask("ReqQryOptionInstrTradeCost", fields, cost)
        if contract.underlying not in self._asked and self._contracts.get(contract.underlying):
            self._ask_rates(contract.underlying)
