"""What the keys of other programs' account files mean: our key, and whether the value is a secret."""

from collections.abc import Mapping

import msgspec

from anyvenue.app.account_drafts import AccountDraft
from anyvenue.app.imports.fitting import fitted_secrets, fitted_settings

__all__ = ["draft_of"]

Found = str | int | float | bool

_SETTINGS = {
    # CTP and its kin
    "用户名": "user", "username": "user", "user": "user", "账号": "user", "account id": "user",
    "经纪商代码": "broker", "broker id": "broker", "broker": "broker",
    "交易服务器": "trade_front", "trading server": "trade_front", "td address": "trade_front",
    "行情服务器": "market_front", "market data server": "market_front", "md address": "market_front",
    "产品名称": "app_id", "app id": "app_id", "appid": "app_id", "产品标识": "app_id",
    "产品信息": "product_info", "product info": "product_info",
    "柜台环境": "environment", "环境": "environment", "environment": "environment",
    # stock and overseas counters
    "行情地址": "market_host", "行情端口": "market_port", "交易地址": "trade_host", "交易端口": "trade_port",
    "行情协议": "market_protocol", "日志级别": "log_level", "账号类型": "account_type", "地址类型": "address_type",
    "行情账号": "market_user", "交易账号": "trade_user", "子账号": "sub_account", "区域代码": "region",
    "td ord server": "order_server", "td rpt server": "report_server", "td qry server": "query_server",
    "md tcp server": "market_front", "md qry server": "market_query_server", "hdd serial": "disk_serial",
    "customize ip": "client_ip", "customize mac": "client_mac",
    # brokers
    "tws地址": "host", "tws host": "host", "地址": "host", "host": "host",
    "tws端口": "port", "tws port": "port", "端口": "port", "port": "port",
    "客户号": "client_id", "client id": "client_id",
    "交易账户": "account", "账户": "account", "account": "account",
    "tiger id": "tiger_id", "市场": "market", "market": "market",
    # coins
    "服务器": "server", "server": "server", "交易所": "exchange", "exchange": "exchange",
    "kline stream": "kline_stream", "spread trading": "spread_trading", "margin currency": "margin_currency",
    "margin": "margin", "leverage": "leverage",
    "代理地址": "proxy_host", "proxy host": "proxy_host", "代理端口": "proxy_port", "proxy port": "proxy_port",
    # vn.py's own RPC
    "主动请求地址": "request_address", "req address": "request_address",
    "推送订阅地址": "publish_address", "sub address": "publish_address",
}  # fmt: skip

_SECRETS = {
    "密码": "password", "password": "password",
    "授权编码": "auth_code", "授权码": "auth_code", "auth code": "auth_code",
    "行情授权码": "market_auth_code", "交易授权码": "trade_auth_code",
    "行情密码": "market_password", "交易密码": "trade_password", "动态密钥": "dynamic_key",
    "key": "api_key", "key id": "api_key", "api key": "api_key", "id": "api_key", "public key": "api_key",
    "ot key": "api_key",
    "secret": "api_secret", "secret key": "api_secret", "api secret": "api_secret", "ot secret": "api_secret",
    "passphrase": "passphrase", "private key": "private_key",
}  # fmt: skip

# How many connections a program opens is its own affair.
_NOT_NEEDED = frozenset({"会话数", "session", "session number"})

_WORDS: dict[str, Found] = {
    "实盘": "live", "real": "live", "测试": "test", "testnet": "test", "simulate": "simulated", "仿真": "simulated",
    "标准": "standard", "环球": "global", "demo": "demo", "paper": "paper", "true": True, "false": False,
}  # fmt: skip
_WORDED = frozenset({"environment", "server", "margin", "kline_stream", "spread_trading"})


class _Sorted(msgspec.Struct):
    settings: dict[str, Found]
    secrets: dict[str, str | None]
    left_out: list[str]


def draft_of(name: str, venue: str, origin: str, fields: Mapping[str, object]) -> AccountDraft:
    """Return the account that the fields describe.

    A key nobody knows may well hold a secret: it is named in `left_out`, and its value goes nowhere. Empty values, and
    ports that are 0, say nothing.
    """
    found = _Sorted({}, {}, [])
    for key, value in fields.items():
        _sort(key, value, found)
    return AccountDraft(
        name=name,
        venue=venue,
        settings=fitted_settings(venue, found.settings),
        secrets=fitted_secrets(venue, found.secrets),
        origin=origin,
        left_out=found.left_out,
    )


def _sort(key: str, value: object, found: _Sorted) -> None:
    plain = " ".join(key.replace("_", " ").split()).lower()
    if plain in _NOT_NEEDED or value in (None, "", 0, "0"):
        return
    if not isinstance(value, str | int | float):
        found.left_out.append(key)
    elif ours := _SECRETS.get(plain):
        found.secrets[ours] = str(value)
    elif ours := _SETTINGS.get(plain):
        found.settings[ours] = _value(ours, value)
    else:
        found.left_out.append(key)


def _value(key: str, value: Found) -> Found:
    if key in _WORDED and isinstance(value, str):
        return _WORDS.get(value.lower(), value)
    return value
