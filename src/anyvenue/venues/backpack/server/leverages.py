"""One leverage for all perpetuals of an account: chosen for all of them, or for none."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal

from anyvenue.model.commands import AccountCommand, SetLeverage
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CommandRefused
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.refusals import NO_ANSWER, Refused
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member

__all__ = ["Leverages"]


class Leverages:
    """Chooses them one after another: the exchange behind knows leverages of single instruments only."""

    def __init__(self, house: House) -> None:
        """Choose at `house`."""
        self._house = house
        self._changing: dict[str, asyncio.Lock] = {}

    async def choose(self, member: Member, limit: Decimal) -> None:
        """Choose `limit`, or the most that a perpetual has; raise Refused, and all are as they were."""
        execute = self._house.execute
        if execute is None:
            raise Refused("NOT_IMPLEMENTED", "The leverage of this exchange cannot be chosen")
        async with self._changing.setdefault(member.account, asyncio.Lock()):
            await self._choose(member, limit, execute)

    async def _choose(
        self, member: Member, limit: Decimal, execute: Callable[[AccountCommand], None]
    ) -> None:
        async def give(board: Board, leverage: Decimal) -> Refused | None:
            command = SetLeverage(member.account, board.id, leverage, self._house.times.wall())
            try:
                answer = await member.answers.ask(execute, command, self._house.terms.answer_s)
            except AnyvenueError as error:
                return Refused("PRECONDITION_FAILED", error.text)
            if isinstance(answer, CommandRefused):
                return Refused("PRECONDITION_FAILED", answer.reason)
            return None if answer is not None else NO_ANSWER

        before, given = self._leverages(member), list[Board]()
        for board, leverage in before.items():
            wanted = min(limit, _most(board))
            if wanted == leverage:
                continue
            given.append(board)
            refused = await give(board, wanted)
            if refused is not None:
                # The last is among them: where nobody answered it may be done yet, and this one comes after it.
                for each in reversed(given):
                    await give(each, before[each])
                raise self._as_before(member, before, refused)

    def _as_before(
        self, member: Member, before: Mapping[Board, Decimal], refused: Refused
    ) -> Refused:
        """Return the refusal, which names what could not be set back."""
        now = self._leverages(member)
        left = ", ".join(each.symbol for each in before if now[each] != before[each])
        if not left:
            return refused
        text = f"{refused.text}; the leverage of {left} could not be set back"
        return Refused(refused.code, text, refused.status)

    def _leverages(self, member: Member) -> dict[Board, Decimal]:
        """Return what the perpetuals have; what nobody has chosen is the account's."""
        default = Decimal(self._house.terms.leverage)
        chosen = {
            each.instrument: each.leverage for each in self._house.broker.terms(member.account)
        }
        return {
            each: chosen.get(each.id) or min(default, _most(each))
            for each in self._house.holdings.perpetuals
        }


def _most(board: Board) -> Decimal:
    """Return the largest leverage of a perpetual."""
    tiers, schedule = board.instrument.tiers, board.instrument.margin
    if tiers:
        return max(each.max_leverage for each in tiers)
    rate = schedule.long_by_money if schedule is not None else Decimal(0)
    return 1 / rate if rate else Decimal(1)
