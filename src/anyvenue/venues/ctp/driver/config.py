"""What the driver must be told of an account, and the fronts of well-known counters."""

from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from anyvenue.model.errors import ConfigError
from anyvenue.venues.settings import VenueConfig, about

__all__ = ["PRESETS", "CtpConfig", "Preset"]


class Preset(msgspec.Struct, frozen=True):
    """Where a well-known counter is, and what it wants to know of a program."""

    library: str
    broker: str
    trade_front: str
    market_front: str
    app_id: str = ""
    auth_code: str = ""


_SIMNOW_APP = ("simnow_client_test", "0" * 16)

PRESETS: dict[str, Preset] = {
    "simnow": Preset(
        "ctp",
        "9999",
        "tcp://182.254.243.31:30001",
        "tcp://182.254.243.31:30011",
        *_SIMNOW_APP,
    ),
    "simnow-7x24": Preset(
        "ctp",
        "9999",
        "tcp://182.254.243.31:40001",
        "tcp://182.254.243.31:40011",
        *_SIMNOW_APP,
    ),
    "tts": Preset(
        "tts",
        "9999",
        "tcp://trading.openctp.cn:30001",
        "tcp://trading.openctp.cn:30011",
    ),
}
"""By name. A setting of the account's own goes before the preset's."""

_PATH_ZH = "交易动态库：柜台名（ctp、tts、ctpopt、mini……）或文件路径，默认 ctp"
_MD_PATH_ZH = "行情动态库，默认与交易相同的柜台"
_PACE_ZH = "每秒查询次数，0 为不限"


class CtpConfig(VenueConfig, frozen=True, kw_only=True):
    """How a driver reaches its account.

    Fronts are ``tcp://HOST:PORT``, several with commas between them; an empty `market_front` means no quotes. `flow` is
    the folder of the library's own files, by default a temporary one. With `new_password` a password that must be
    changed at the login is changed to it.
    """

    user: Annotated[str, about("user id, which is the account's name", "投资者账号")]
    password: Annotated[str, about("password of the account", "密码", secret=True)] = ""
    preset: Annotated[
        Literal["", "simnow", "simnow-7x24", "tts"],
        about("a well-known counter, whose addresses are filled in", "预设柜台，自动填写地址"),
    ] = ""
    broker: Annotated[str, about("BrokerID", "经纪商代码（BrokerID）")] = ""
    trade_front: Annotated[str, about("trading front", "交易前置，如 tcp://主机:端口")] = ""
    market_front: Annotated[
        str, about("quote front; none without it", "行情前置，留空则没有行情")
    ] = ""
    app_id: Annotated[str, about("AppID of the program", "程序的 AppID")] = ""
    auth_code: Annotated[
        str, about("AuthCode of the program", "授权码（AuthCode）", secret=True)
    ] = ""
    library: Annotated[
        str, about("trading library: a counter's name, or a file's path", _PATH_ZH)
    ] = ""
    md_library: Annotated[
        str,
        about("quote library, by default of the same counter", _MD_PATH_ZH, advanced=True),
    ] = ""
    new_password: Annotated[
        str,
        about(
            "password to change to when the counter wants it changed at the login",
            "登录时须改密码的，改为此密码",
            secret=True,
            advanced=True,
        ),
    ] = ""
    product_info: Annotated[
        str, about("UserProductInfo", "产品信息（UserProductInfo）", advanced=True)
    ] = ""
    login_by: Annotated[
        Literal["user", "account"],
        about(
            "TORA: whether `user` is a user id or a funds account",
            "华鑫奇点：user 是用户代码（user）还是资金账号（account）",
            advanced=True,
        ),
    ] = "user"
    terminal_info: Annotated[
        str,
        about(
            "TORA: TerminalInfo, as the broker wants it written",
            "华鑫奇点：终端信息（TerminalInfo），格式由券商规定",
            advanced=True,
        ),
    ] = ""
    environment: Annotated[
        Literal["live", "test"],
        about(
            "live, or test for a broker's evaluation counter (CTP from 6.7.11)",
            "live 为生产；test 为评测柜台（CTP 6.7.11 起）",
            advanced=True,
        ),
    ] = "live"
    flow: Annotated[
        str,
        about(
            "folder of the library's files, by default a temporary one",
            "流文件目录，默认为临时目录",
            advanced=True,
        ),
    ] = ""
    queries_per_second: Annotated[
        float, about("queries a second, 0 for no limit", _PACE_ZH, advanced=True, ge=0)
    ] = 1.0
    timeout_s: Annotated[
        float, about("seconds to wait for an answer", "等待应答的秒数", advanced=True, gt=0)
    ] = 15.0

    def resolved(self) -> "CtpConfig":
        """Return the settings with the preset's in empty places; raise ConfigError without a front."""
        preset = PRESETS.get(self.preset)
        found = self
        if preset is not None:
            own = {name: getattr(self, name) for name in Preset.__struct_fields__}
            filled = {name: own[name] or getattr(preset, name) for name in own}
            if self.app_id:
                filled["auth_code"] = self.auth_code
            found = replace(self, **filled)
        if not found.trade_front:
            raise ConfigError(
                'a CTP account needs its trading front, as trade_front = "tcp://HOST:PORT", or a preset: '
                f"{', '.join(PRESETS)}",
                code="config.ctp_account_front",
                presets=tuple(PRESETS),
            )
        fronts = {
            name: _with_scheme(getattr(found, name)) for name in ("trade_front", "market_front")
        }
        return replace(found, library=found.library or "ctp", **fronts)


def _with_scheme(fronts: str) -> str:
    """Return fronts with ``tcp://`` where they have no scheme, as other programs' files write them."""
    each = [front.strip() for front in fronts.split(",") if front.strip()]
    return ",".join(front if "://" in front else f"tcp://{front}" for front in each)
