"""Money in two columns, the one place that rounds, and current prices."""

from decimal import Decimal

import pytest

from anyvenue.model.accounts import Posting
from anyvenue.model.enums import InstrumentStatus, PostingKind
from anyvenue.model.market import MarketEvent, Status
from anyvenue.oms.ledger import CLEARING, FEES, OUTSIDE, Ledger
from anyvenue.oms.marks import Marks, exact_price, mark_price
from anyvenue.oms.money import quantum, round_money
from builders import ALICE, DBL_MAX, bar, depth, index_future, perpetual, quote, rebar, trade

D = Decimal
NAN, INF = float("nan"), float("inf")


class TestLedger:
    def test_every_posting_has_two_ends_and_all_ends_sum_to_zero(self) -> None:
        seen: list[Posting] = []
        ledger = Ledger(ALICE, seen.append)
        ledger.post(PostingKind.DEPOSIT, "CNY", D(100), 1)
        ledger.post(PostingKind.FEE, "CNY", D("-2.5"), 2)
        ledger.post(PostingKind.CLOSE_PROFIT, "CNY", D(7), 3)
        ledger.post(PostingKind.DEPOSIT, "USDT", D(5), 4)
        assert [(each.source, each.target, each.amount) for each in seen] == [
            (OUTSIDE, "alice", 100),
            ("alice", FEES, D("2.5")),
            (CLEARING, "alice", 7),
            (OUTSIDE, "alice", 5),
        ]
        assert ledger.balance("CNY") == D("104.5")
        assert ledger.total("CNY") == ledger.total("USDT") == 0
        assert ledger.currencies() == ["CNY", "USDT"]

    def test_a_day_begins_with_the_balance_of_the_one_before(self) -> None:
        ledger = Ledger(ALICE)
        ledger.post(PostingKind.DEPOSIT, "CNY", D(100), 1)
        assert (ledger.pre_balance("CNY"), ledger.of_day("CNY", PostingKind.DEPOSIT)) == (0, 100)
        ledger.roll("CNY")
        assert (ledger.pre_balance("CNY"), ledger.of_day("CNY", PostingKind.DEPOSIT)) == (100, 0)

    def test_nothing_moved_is_not_posted(self) -> None:
        ledger = Ledger(ALICE)
        empty = ledger.digest()
        ledger.post(PostingKind.FEE, "CNY", D(0), 1)
        assert ledger.digest() == empty
        assert ledger.currencies() == []

    def test_the_digest_tells_the_order_of_postings(self) -> None:
        one, other = Ledger(ALICE), Ledger(ALICE)
        for ledger, amounts in ((one, (1, 2)), (other, (2, 1))):
            for amount in amounts:
                ledger.post(PostingKind.DEPOSIT, "CNY", D(amount), 1)
        assert one.digest() != other.digest()


class TestRounding:
    @pytest.mark.parametrize(
        ("amount", "currency", "rounded"),
        [
            ("1.00005", "CNY", "1.0000"),  # half to even
            ("1.00015", "CNY", "1.0002"),
            ("-1.00015", "CNY", "-1.0002"),
            ("1.000000015", "USDT", "1.00000002"),
            ("123456789012.34567", "CNY", "123456789012.3457"),
        ],
    )
    def test_it_is_half_even_to_the_quantum(self, amount: str, currency: str, rounded: str) -> None:
        assert round_money(D(amount), currency) == D(rounded)

    def test_statement_money_has_four_places_and_crypto_eight(self) -> None:
        assert [quantum(each) for each in ("CNY", "USD", "USDT", "BTC")] == [
            D("1e-4"), D("1e-4"), D("1e-8"), D("1e-8"),
        ]  # fmt: skip


class TestMarks:
    RB = rebar()

    def marked(self, *events: MarketEvent) -> Decimal | None:
        """Return the mark after events came one by one."""
        latest: dict[str, MarketEvent] = {}
        marks = Marks(latest, lambda name: self.RB)  # type: ignore[arg-type]
        mark = marks(self.RB.id)
        for event in events:
            latest[self.RB.id] = event
            mark = marks(self.RB.id)
        return mark

    def test_there_is_none_before_the_first_price(self) -> None:
        assert self.marked() is None

    def test_a_quote_is_half_way_a_depth_its_last_a_bar_its_close(self) -> None:
        level = {3500.0: 1.0}
        assert self.marked(quote(self.RB, 1, 3500, 3501)) == D("3500.5")
        assert self.marked(depth(self.RB, 1, level, {3502.0: 1.0}, last=3507.0)) == 3507
        assert self.marked(depth(self.RB, 1, level, {3502.0: 1.0})) == 3501
        assert self.marked(bar(self.RB, 1, (1, 4, 1, 3))) == 3
        assert self.marked(trade(self.RB, 1, 3499.0, 1.0)) == 3499

    @pytest.mark.parametrize("absent", [NAN, 0.0, -0.0, -1.0, DBL_MAX, INF, -INF])
    def test_an_absent_side_or_price_leaves_the_mark_before(self, absent: float) -> None:
        first = quote(self.RB, 1, 3500, 3501)
        for event in (
            quote(self.RB, 2, absent, 3600),
            quote(self.RB, 2, 3600, absent),
            depth(self.RB, 2, {absent: 1.0}, {3600.0: 1.0}, last=absent),
            bar(self.RB, 2, (1, 1, 1, absent)),
            trade(self.RB, 2, absent, 1.0),
            Status(self.RB.id, 2, 2, InstrumentStatus.BREAK),
        ):
            assert self.marked(first, event) == D("3500.5")

    def test_what_is_remembered_gives_way_to_the_market(self) -> None:
        latest: dict[str, MarketEvent] = {}
        marks = Marks(latest, lambda name: self.RB)  # type: ignore[arg-type]
        marks.remember(self.RB.id, D(3499))
        assert marks(self.RB.id) == 3499
        latest[self.RB.id] = quote(self.RB, 1, NAN, 3501)
        assert marks(self.RB.id) == 3499
        latest[self.RB.id] = quote(self.RB, 2, 3500, 3501)
        assert marks(self.RB.id) == D("3500.5")

    @pytest.mark.parametrize(
        ("price", "exact"),
        [(4000.2000000001, "4000.2"), (4000.1, "4000.1"), (4000.2999999, "4000.3"),
         (4000.17, "4000.17"), (4000, "4000"), (0.1 + 0.2, "0.3")],
    )  # fmt: skip
    def test_float_noise_around_half_a_step_is_taken_away(self, price: float, exact: str) -> None:
        assert exact_price(price, index_future()) == D(exact)

    def test_a_status_is_no_price(self) -> None:
        assert mark_price(Status(self.RB.id, 1, 1, InstrumentStatus.OPEN)) is None
        assert exact_price(67123.45, perpetual()) == D("67123.45")
