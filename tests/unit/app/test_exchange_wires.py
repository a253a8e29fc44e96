"""Venues' own wires on a served exchange: what the options say, and the keys that are kept."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.app.exchange_wires import WIRES, WireChoice, open_wires
from anyvenue.app.messages import translate
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.venues.backpack.signing import public_of
from served import SteppedClock, hosted

LISTED = (InstrumentId("BTC-USDT.BINANCE"), InstrumentId("BTC-USDT-PERP.BINANCE"))


def test_a_wire_is_named_with_or_without_its_port() -> None:
    assert WireChoice.of("").wires == {}
    assert WireChoice.of("binance").wires == {"binance": WIRES["binance"]}
    assert WireChoice.of(" binance:0 ").wires == {"binance": 0}
    assert "BTC-USDT-PERP.BINANCE" in WireChoice.of("binance").instruments()


@pytest.mark.parametrize("text", ["kraken", "binance:port", "binance=1"])
def test_an_unknown_wire_is_an_error_that_names_the_known_ones(text: str) -> None:
    with pytest.raises(ConfigError, match="binance") as raised:
        WireChoice.of(text)
    assert raised.value.code == "config.wire"


def test_users_without_a_wire_are_an_error() -> None:
    with pytest.raises(ConfigError, match="--wire"):
        WireChoice.of("", ["bot"])


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    async def run() -> None:
        exchange = hosted(clock=SteppedClock(), listed=LISTED)
        choice = WireChoice.of("binance:0", ["bot", "own:k:s"], {"USDT": Decimal(5)}, tmp_path)
        [wire] = open_wires(exchange, choice)
        assert exchange.accounts() == ["bot", "own"]
        assert [each.account for each in wire.keys] == ["bot", "own"]
        assert (wire.keys[1].api_key, wire.keys[1].secret) == ("k", "s")
        [again] = open_wires(exchange, WireChoice.of("binance:0", folder=tmp_path))
        assert again.keys == wire.keys
        [kept] = tmp_path.iterdir()
        assert kept.stat().st_mode & 0o077 == 0
        await again.start("127.0.0.1", None)
        assert again.url.startswith("http://127.0.0.1:")
        await again.close()
        exchange.close()

    asyncio.run(run())


def test_half_a_key_is_an_error() -> None:
    async def run() -> None:
        exchange = hosted(clock=SteppedClock(), listed=LISTED)
        with pytest.raises(ConfigError, match="NAME:KEY:SECRET"):
            open_wires(exchange, WireChoice.of("binance", ["bot:only-a-key"]))
        exchange.close()

    asyncio.run(run())


def test_a_wire_of_backpack_makes_pairs_of_keys_and_pays_users_in_its_own_currency() -> None:
    async def run() -> None:
        listed = (InstrumentId("SOL-USDC.BACKPACK"), InstrumentId("SOL-USDC-PERP.BACKPACK"))
        exchange = hosted(clock=SteppedClock(), listed=listed)
        [wire] = open_wires(exchange, WireChoice.of("backpack:0"))
        [key] = wire.keys
        assert public_of(key.secret) == key.api_key
        [money] = exchange.account(AccountId(key.account))
        assert (money.currency, money.balance) == ("USDC", 100_000)
        stranger = f"bot:{key.api_key}:{'A' * 43}="
        with pytest.raises(ConfigError, match="public key of that seed"):
            open_wires(exchange, WireChoice.of("backpack:0", [stranger]))
        exchange.close()

    asyncio.run(run())


def refused(wires: str, *users: str) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        WireChoice.of(wires, users)
    return raised.value


def test_a_key_that_does_not_fit_every_wire_is_an_error_before_anything_is_opened() -> None:
    error = refused("binance,okx", "bot:k:s")
    assert (error.code, error.fields["wire"]) == ("config.wire_key", "okx")
    assert "--user binance=bot:..." in error.text
    error = refused("binance,okx", "bot:k:s:p")
    assert (error.code, error.fields["wire"]) == ("config.wire_key", "binance")
    assert "--user okx=bot:..." in error.text
    error = refused("okx,backpack", "bot:k:s:p")
    assert (error.code, error.fields["wire"]) == ("config.wire_key", "backpack")
    assert translate(error, "zh").startswith(
        "--user bot 的密钥不是 backpack 的密钥（应为 NAME:PUBLIC:SEED）"
    )


def test_of_one_wire_the_error_is_about_the_key_itself() -> None:
    assert refused("binance", "bot:k:s:p").code == "config.wire_user"
    assert refused("okx", "bot:k:s").code == "config.wire_passphrase"
    assert refused("binance,okx", "okx=bot:k:s").code == "config.wire_passphrase"
    assert refused("backpack", "bot:k:s").code == "config.crypto_key"


def test_a_key_for_a_wire_that_is_not_spoken_is_an_error_that_names_those_that_are() -> None:
    error = refused("binance,okx", "backpack=bot:k:s")
    assert (error.code, error.fields["known"]) == ("config.wire_user_wire", "binance, okx")


def test_a_user_may_have_a_key_of_his_own_for_each_wire() -> None:
    async def run() -> None:
        listed = (InstrumentId("BTC-USDT.BINANCE"), InstrumentId("BTC-USDT.OKX"))
        exchange = hosted(clock=SteppedClock(), listed=listed)
        users = ["both", "okx=both:k:s:p", "binance=one:K:S"]
        binance, okx = open_wires(exchange, WireChoice.of("binance:0,okx:0", users))
        assert [each.account for each in binance.keys] == ["both", "one"]
        assert (binance.keys[1].api_key, binance.keys[1].secret) == ("K", "S")
        assert [each.account for each in okx.keys] == ["both", "one"]
        assert (okx.keys[0].secret, okx.keys[0].passphrase) == ("s", "p")
        assert okx.keys[1].passphrase  # who has said nothing of a wire gets a key of it
        exchange.close()

    asyncio.run(run())


def test_keys_of_okx_have_a_passphrase() -> None:
    async def run() -> None:
        exchange = hosted(clock=SteppedClock(), listed=(InstrumentId("BTC-USDT.OKX"),))
        [wire] = open_wires(exchange, WireChoice.of("okx:0", ["bot", "own:k:s:p"]))
        made, own = wire.keys
        assert made.passphrase
        assert (own.api_key, own.secret, own.passphrase) == ("k", "s", "p")
        with pytest.raises(ConfigError, match="PASSPHRASE"):
            open_wires(exchange, WireChoice.of("okx:0", ["bot:k:s"]))
        exchange.close()

    asyncio.run(run())
