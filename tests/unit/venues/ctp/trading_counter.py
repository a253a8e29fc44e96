"""A counter over a simulated exchange for tests: doors that write down what they are told, and a market to move."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from anyvenue.engine.prompt_broker import PromptBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import FileStore
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic
from anyvenue.venues.ctp.counter.session import CounterSession
from anyvenue.venues.ctp.description import describe
from ctp_desk import CATALOG, MORNING, SECOND, opened, show_depth
from ctp_desk import ORDER as PLAIN_ORDER

__all__ = [
    "CATALOG",
    "DEMO",
    "MORNING",
    "NAMES",
    "ORDER",
    "SECOND",
    "Client",
    "Desk",
    "Notebook",
    "check_packs",
    "trace",
]

NAMES = ("rb2701.SHFE", "m2701.DCE", "IF2609.CFFEX", "SR701.CZCE", "510050.SSE")
DEMO = Profile(
    name="demo", broker_id="9999", settlement_confirmation=False, queries_per_second=0, front_id=7
)


SHOWN = (
    "OrderRef",
    "OrderSysID",
    "OrderSubmitStatus",
    "OrderStatus",
    "VolumeTraded",
    "VolumeTotal",
    "TradeID",
    "Direction",
    "OffsetFlag",
    "Price",
    "Volume",
    "StatusMsg",
)


def check_packs(answer: Answer) -> None:
    """Check that an answer is a callback of an API, with fields that its struct has, of their types."""
    for described in (describe(), describe("opt"), describe("ctp", "6.3.15")):
        found = described.callbacks.get(answer.callback) or described.md_callbacks.get(
            answer.callback
        )
        if found is None:
            continue
        if answer.fields is not None:
            layout = described.layout(found.params[0].struct)
            layout.pack(answer.fields)
            unknown = answer.fields.keys() - layout.by_name.keys()
            assert not unknown or answer.callback in describe("opt").callbacks, unknown
        return
    raise AssertionError(f"no API has {answer.callback}")


class Notebook:
    """A door that writes down what it is told."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.cut_for: Reason | None = None

    def answer(self, answer: Answer) -> None:
        check_packs(answer)
        self.answers.append(answer)

    def cut(self, reason: Reason) -> None:
        self.cut_for = reason

    def take(self) -> list[Answer]:
        """Return what was written since the last time."""
        taken, self.answers = self.answers, []
        return taken

    def called(self, name: str) -> list[Answer]:
        """Return the calls of one callback."""
        return [each for each in self.answers if each.callback == name]


class Client:
    """A logged-in client: its session, its door, and the usual requests."""

    def __init__(self, session: CounterSession, door: Notebook, account: str) -> None:
        self.session = session
        self.door = door
        self.account = account
        self.requests = 0

    def ask(self, request: str, **fields: Any) -> list[Answer]:
        """Make a request and return everything that was told since the last one."""
        self.requests += 1
        given = {"BrokerID": "9999", "InvestorID": self.account, **fields}
        assert self.session.request(request, given, self.requests) == 0
        return self.door.take()

    def insert(self, **fields: Any) -> list[Answer]:
        """Insert an order to buy a lot of rb2701 at 3500, but for what `fields` say."""
        return self.ask("ReqOrderInsert", **{**ORDER, "UserID": self.account, **fields})

    def cancel(self, **fields: Any) -> list[Answer]:
        """Take an order back."""
        return self.ask("ReqOrderAction", **{"ActionFlag": "0", "InstrumentID": "rb2701", **fields})


ORDER: Mapping[str, Any] = {
    **PLAIN_ORDER,
    "OrderRef": "",
    "StopPrice": 0.0,
    "IsAutoSuspend": 0,
    "UserForceClose": 0,
}


class Desk:
    """A broker with a market, a counter over it, and clients."""

    def __init__(
        self,
        profile: Profile = DEMO,
        files: FileStore | None = None,
        broker: PromptBroker | None = None,
        names: tuple[str, ...] = NAMES,
        hours: str = "real",
        matching: str = "touch",
        at_once: bool = False,
    ) -> None:
        options = VenueOptions(
            hours=hours, when_closed="reject", matching=matching, match_on_arrival=at_once
        )
        self.instruments = [CATALOG.get(name) for name in names]
        self.broker = broker or opened(self.instruments, options)
        self.files = files
        self.counter = Counter(
            self.broker,
            profile,
            now=lambda: self.broker.now,
            files=files,
            admin=self.broker,
            execute=self.broker.command,
            sessions_of=hours_of(options, CATALOG),
        )

    def silence(self) -> None:
        """Kill the counter."""
        self.broker._listeners.clear()
        self.broker._market.clear()

    def restart(self) -> "Desk":
        """Return the counter that comes after this one was killed; the exchange goes on."""
        self.silence()
        return Desk(self.counter.context.profile, self.files, self.broker)

    def instrument(self, code: str) -> Instrument:
        """Return an instrument by InstrumentID."""
        return next(each for each in self.instruments if each.symbol == code)

    def depth(self, bid: float, ask: float, size: float = 10.0, **more: Any) -> None:
        """Move the market of rb2701, or of ``code``."""
        instrument = self.instrument(more.pop("code", "rb2701"))
        show_depth(self.broker, instrument, bid, ask, size, **more)

    def client(
        self,
        account: str = "alice",
        resume: Resume | None = Resume.RESTART,
        after: int = 0,
        day: int = 0,
        deposit: int = 1_000_000,
    ) -> Client:
        """Return a client that has logged in."""
        if self.counter.context.members.find(account) is None:
            self.counter.enrol(account, "", deposits={"CNY": Decimal(deposit)})
        door = Notebook()
        session = self.counter.trader(door, "127.0.0.1:5000")
        if resume is not None:
            session.subscribe(Topic.PRIVATE, resume, after, day)
        client = Client(session, door, account)
        assert session.request("ReqUserLogin", {"BrokerID": "9999", "UserID": account}, 1) == 0
        return client


def trace(answers: list[Answer]) -> list[str]:
    """Return a line for each answer: callback, number, and what matters of its fields."""
    return [_line(each) for each in answers]


def _line(answer: Answer) -> str:
    fields = answer.fields or {}
    shown = [
        f"{name}={str(fields[name]).strip()}"
        for name in SHOWN
        if fields.get(name) not in (None, "")
    ]
    where = f"{answer.topic.value} {answer.number}" if answer.number else answer.topic.value
    error = [f"error={answer.error[0]}"] if answer.error and answer.error[0] else []
    return " ".join([answer.callback, f"[{where}]", *shown, *error])
