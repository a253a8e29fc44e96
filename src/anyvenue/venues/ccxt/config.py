"""What the driver must be told of an account at an exchange of ccxt."""

from functools import cache
from typing import Annotated, Literal, cast

import msgspec

from anyvenue.venues.settings import VenueConfig, about
from anyvenue.venues.transport.settings import BackoffSeconds, ProxyUrl, TimeoutSeconds

__all__ = ["CREDENTIALS", "CcxtConfig", "config_of"]

_GATEWAY = (
    "own address of everything, as http://127.0.0.1:8080/{host}: {host} is the exchange's own"
)
_GATEWAY_ZH = (
    "自定义地址（替换交易所的全部地址），如 http://127.0.0.1:8080/{host}；{host} 为原主机名"
)
_SYMBOLS_ZH = "除当前委托与持仓外，还要查询成交的品种，逗号分隔，如 BTC/USDT,ETH/USDT"
_MARKET_ZH = "账户的哪一部分：spot 现货，contracts 合约，all 全部；usual 按 ccxt 对该交易所的默认"

CREDENTIALS = {
    "apiKey": "api_key",
    "secret": "secret",
    "password": "password",
    "uid": "uid",
    "walletAddress": "wallet_address",
    "privateKey": "private_key",
    "token": "token",
}
"""ccxt's names of credentials, and the keys of ours."""


class CcxtConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account; which of the credentials are needed depends on the exchange."""

    exchange: Annotated[
        str,
        about("name of the exchange in ccxt, as bitfinex", "交易所在 ccxt 中的名称，如 bitfinex"),
    ]
    api_key: Annotated[str, about("API key", "API Key（公钥）", secret=True)] = ""
    secret: Annotated[str, about("secret of the key", "API 密钥（Secret）", secret=True)] = ""
    password: Annotated[
        str, about("passphrase of the key, where it has one", "API 口令（若有）", secret=True)
    ] = ""
    uid: Annotated[
        str,
        about(
            "user id, where the exchange asks for it",
            "用户 ID（若需要）",
            secret=True,
            advanced=True,
        ),
    ] = ""
    wallet_address: Annotated[
        str,
        about(
            "wallet, at exchanges on a chain", "钱包地址（链上交易所）", secret=True, advanced=True
        ),
    ] = ""
    private_key: Annotated[
        str, about("private key of the wallet", "钱包私钥", secret=True, advanced=True)
    ] = ""
    token: Annotated[str, about("token", "令牌", secret=True, advanced=True)] = ""
    market: Annotated[
        Literal["usual", "spot", "contracts", "all"],
        about(
            "part of the account: spot, contracts or all; usual is what ccxt takes for the exchange",
            _MARKET_ZH,
        ),
    ] = "usual"
    environment: Annotated[
        Literal["live", "sandbox", "demo"],
        about("live, sandbox (testnet) or demo", "live 为实盘；sandbox 为测试网；demo 为模拟交易"),
    ] = "live"
    symbols: Annotated[
        str,
        about(
            "symbols whose trades are asked for besides those of orders and positions, with commas",
            _SYMBOLS_ZH,
            advanced=True,
        ),
    ] = ""
    gateway: Annotated[str, about(_GATEWAY, _GATEWAY_ZH, advanced=True)] = ""
    proxy: ProxyUrl = ""
    poll_s: Annotated[
        float,
        about(
            "seconds between questions where the exchange does not push",
            "交易所不推送时的轮询间隔秒数",
            advanced=True,
            gt=0,
        ),
    ] = 2.0
    settle_s: Annotated[
        float,
        about(
            "seconds after which an order that the exchange does not know has never arrived",
            "超过该秒数交易所仍查无此单，才视为未送达",
            advanced=True,
            gt=0,
        ),
    ] = 30.0
    timeout_s: TimeoutSeconds = 10.0
    backoff_s: BackoffSeconds = 0.25
    rate_limit: Annotated[
        bool, about("keep to ccxt's limits of requests", "遵守 ccxt 的请求频率限制", advanced=True)
    ] = True
    more: Annotated[
        str,
        about(
            'more settings of ccxt as JSON, as {"options": {"defaultType": "swap"}}',
            "ccxt 的其他设置（JSON）",
            advanced=True,
        ),
    ] = "{}"

    @property
    def credentials(self) -> dict[str, str]:
        """What was given, by ccxt's names."""
        given = {theirs: getattr(self, ours) for theirs, ours in CREDENTIALS.items()}
        return {theirs: value for theirs, value in given.items() if value}

    @property
    def more_symbols(self) -> list[str]:
        """The symbols of `symbols`."""
        return [each.strip() for each in self.symbols.split(",") if each.strip()]


@cache
def config_of(exchange: str) -> type[CcxtConfig]:
    """Return the configuration of one exchange: the same, with its name in it."""
    word = about("name of the exchange in ccxt", "交易所在 ccxt 中的名称", advanced=True)
    made = msgspec.defstruct(
        f"CcxtConfig_{exchange}",
        [("exchange", Annotated[Literal[exchange], word], exchange)],
        bases=(CcxtConfig,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        module=__name__,
    )
    return cast(type[CcxtConfig], made)
