"""What lots are held on besides their prices comes from the venue, too: leverage, margin mode, covers, combinations."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from option_sessions import OptionRoom

from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import Inconsistent
from anyvenue.model.events import MarginTermsChanged, TermsAligned
from anyvenue.model.ids import InstrumentId
from anyvenue.model.positions import PositionTerms
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.reconcile import Correction, reconcile
from builders import ALICE
from leveraged_sessions import LeveragedRoom
from sessions import random_actions

D = Decimal
LEVERAGED = AccountSettings(leverage=D(20), margin_mode=MarginMode.ISOLATED)
NOW = 2_000_000_000_000_000_000


def snapshot_of(venue: AccountState) -> Snapshot:
    """Return what a venue says of an account without orders."""
    balances = tuple(venue.figures(each, NOW) for each in venue.currencies())
    return Snapshot(
        account=ALICE,
        ts_as_of=NOW,
        trading_day=max(each.trading_day for each in balances),
        positions=tuple(venue.positions()),
        balances=balances,
        terms=tuple(venue.terms()),
    )


def taught(venue: AccountState) -> tuple[AccountState, Correction]:
    """Return empty books after a comparison with a venue's, and what it came to."""
    books = AccountState(ALICE, venue._lookup, venue.mark, venue.rates, venue.settings)
    snapshot = snapshot_of(venue)
    correction = reconcile(books, snapshot, NOW)
    for event in correction.events:
        books.apply_account(event)  # type: ignore[arg-type]
    assert reconcile(books, snapshot, NOW).events == ()
    return books, correction


def locked(state: AccountState) -> dict[str, Decimal]:
    """Return what is frozen of each instrument where no order works."""
    return {
        name: holding.long.frozen
        for name, holding in state._holdings.items()
        if holding.long.frozen
    }


@pytest.mark.parametrize("seed", range(4))
def test_leverage_mode_and_isolated_money_are_the_venues(seed: int) -> None:
    room = LeveragedRoom(LEVERAGED)
    room.play(random_actions(seed, 80))
    venue = room.close().venue
    books, _ = taught(venue)
    chosen = [
        each
        for each in venue.terms()
        if each != PositionTerms(ALICE, each.instrument, isolated=D(0))
    ]
    assert chosen == [each for each in books.terms() if each in chosen]
    for currency in venue.currencies():
        assert books.available(currency) == venue.available(currency)


@pytest.mark.parametrize("seed", range(4))
def test_covered_lots_lock_their_units_here_as_there(seed: int) -> None:
    room = OptionRoom()
    room.play(random_actions(seed, 120))
    venue = room.close().venue
    books, _ = taught(venue)
    assert locked(books) == locked(venue)
    for currency in venue.currencies():
        assert books.margin(currency) == venue.margin(currency)


def perpetual(room: LeveragedRoom) -> InstrumentId:
    """Return an instrument of a room."""
    return InstrumentId(room.instruments[0].id)


def test_a_change_of_leverage_that_nobody_told_is_noted() -> None:
    room = LeveragedRoom(LEVERAGED)
    name = perpetual(room)
    room.venue.apply_account(MarginTermsChanged(ALICE, name, 1, 1, D(7), MarginMode.CROSS))
    books, correction = taught(room.venue)
    (event,) = [each for each in correction.events if isinstance(each, TermsAligned)]
    assert (event.terms.leverage, event.terms.mode) == (7, MarginMode.CROSS)
    (note,) = [each for each in correction.notes if each.code == "reconcile.terms"]
    assert "leverage 7" in note.text
    assert books.terms()[0].leverage == 7


def test_what_the_venue_does_not_tell_stays() -> None:
    room = LeveragedRoom(LEVERAGED)
    name = perpetual(room)
    room.venue.apply_account(MarginTermsChanged(ALICE, name, 1, 1, D(7), MarginMode.CROSS))
    books, _ = taught(room.venue)
    silent = replace(snapshot_of(room.venue), terms=(PositionTerms(ALICE, name),))
    assert reconcile(books, silent, NOW).events == ()


@pytest.mark.parametrize(
    "terms",
    [{"leverage": D(0)}, {"covered": D(-1)}, {"isolated": D("NaN")}, {"leverage": D("NaN")}],
)
def test_terms_that_cannot_be_true_are_not_believed(terms: dict[str, Any]) -> None:
    room = LeveragedRoom(LEVERAGED)
    broken = PositionTerms(ALICE, perpetual(room), **terms)
    with pytest.raises(Inconsistent, match=r"terms\[0\]"):
        reconcile(room.node, replace(snapshot_of(room.venue), terms=(broken,)), NOW)
