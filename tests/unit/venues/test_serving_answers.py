"""Commands about an account that wait for their answers, several at the same time."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import NotSent
from anyvenue.model.events import CommandRefused, MarginTermsChanged
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.venues.serving.answers import Answer, Answers

ALICE = AccountId("alice")
BTC, ETH = InstrumentId("BTC-USDT-PERP.BINANCE"), InstrumentId("ETH-USDT-PERP.BINANCE")
LONG_S = 30.0


def leverage(number: int, instrument: InstrumentId = BTC) -> SetLeverage:
    return SetLeverage(ALICE, instrument, Decimal(number), 0)


def chosen(number: int, instrument: InstrumentId = BTC) -> MarginTermsChanged:
    return MarginTermsChanged(ALICE, instrument, 0, 0, leverage=Decimal(number))


def refused(reason: str, instrument: InstrumentId = BTC) -> CommandRefused:
    return CommandRefused(ALICE, instrument, 0, 0, reason)


def given(_command: AccountCommand) -> None:
    """Give a command to an exchange that answers later."""


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_each_command_is_told_its_own_answer_in_whatever_order_they_come() -> None:
    commands: list[AccountCommand] = [
        leverage(5),
        leverage(7, ETH),
        SetMarginMode(ALICE, BTC, MarginMode.ISOLATED, 0),
        MoveMargin(ALICE, BTC, Decimal("-3.001"), 0),
        leverage(9),
    ]
    told: list[Answer] = [
        chosen(5),
        chosen(7, ETH),
        MarginTermsChanged(ALICE, BTC, 0, 0, mode=MarginMode.ISOLATED),
        MarginTermsChanged(ALICE, BTC, 0, 0, moved=Decimal(-3)),
        chosen(9),
    ]

    async def story(order: list[int]) -> None:
        answers = Answers()
        asking = [asyncio.ensure_future(answers.ask(given, each, LONG_S)) for each in commands]
        await asyncio.sleep(0)
        for number in order:
            answers.hear(told[number])
        assert await asyncio.gather(*asking) == told

    for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        run(story(order))


def test_a_refusal_is_the_first_commands_about_its_instrument() -> None:
    async def story() -> None:
        answers = Answers()
        wanted = [leverage(5, ETH), leverage(200), leverage(6)]
        asking = [asyncio.ensure_future(answers.ask(given, each, LONG_S)) for each in wanted]
        await asyncio.sleep(0)
        for event in (refused("too high"), chosen(6), chosen(5, ETH)):
            answers.hear(event)
        found = await asyncio.gather(*asking)
        assert found == [chosen(5, ETH), refused("too high"), chosen(6)]

    run(story())


def test_an_answer_that_comes_too_late_is_not_the_next_commands() -> None:
    async def story() -> None:
        answers = Answers()
        assert await answers.ask(given, leverage(200), 0.0) is None
        second = asyncio.ensure_future(answers.ask(given, leverage(5), LONG_S))
        await asyncio.sleep(0)
        answers.hear(refused("too high"))
        answers.hear(chosen(5))
        assert await second == chosen(5)

    run(story())


def test_a_command_that_could_not_be_given_waits_for_nothing() -> None:
    def lost(_command: AccountCommand) -> None:
        raise NotSent("the link is down")

    async def story() -> None:
        answers = Answers()
        with pytest.raises(NotSent):
            await answers.ask(lost, leverage(5), LONG_S)
        second = asyncio.ensure_future(answers.ask(given, leverage(200), LONG_S))
        await asyncio.sleep(0)
        answers.hear(refused("too high"))
        assert await second == refused("too high")

    run(story())


def test_an_exchange_may_answer_while_it_is_being_asked() -> None:
    async def story() -> None:
        answers = Answers()
        found = await answers.ask(lambda _: answers.hear(chosen(5)), leverage(5), LONG_S)
        assert found == chosen(5)
        answers.hear(chosen(5))  # by another way: nobody waits for it

    run(story())
