"""Coming in: authentication, login with a change of password where it is wanted, confirmation of the settlement."""

import msgspec

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.errors import Error, login_error
from anyvenue.venues.ctp.driver.link import Answered, Link, Row
from anyvenue.venues.ctp.driver.times import day_of
from anyvenue.venues.ctp.login_trouble import MUST_CHANGE, login_trouble

__all__ = ["LoggedIn", "confirm_settlement", "log_in", "log_in_md"]

_NO_PASSWORD_CHANGE = "the counter wants another password"


class LoggedIn(msgspec.Struct, frozen=True):
    """What a login told: the open day and the numbers that the session's orders are signed with."""

    trading_day: int
    front_id: int
    session_id: int
    system: str = ""


async def log_in(link: Link, config: CtpConfig) -> LoggedIn:
    """Authenticate and log in; raise AuthError, VenueRefused or ConnectivityError.

    The private stream comes right behind the login's answer: it is held back until `Link.go_on`.
    """
    if config.app_id and link.has("ReqAuthenticate"):
        await _step(link, "ReqAuthenticate", _authentication(config), config)
    answer = await _try(link, config, config.password)
    if answer.error and config.new_password:
        number = answer.error[0]
        if login_trouble(number) in MUST_CHANGE:
            link.go_on()
            await _step(link, "ReqUserPasswordUpdate", _change(config), config)
        # Else it was changed on an earlier day, and the configuration still names both.
        if login_trouble(number) in MUST_CHANGE or number == _WRONG_PASSWORD:
            link.go_on()
            answer = await _try(link, config, config.new_password)
    row = _checked("ReqUserLogin", answer)
    return LoggedIn(
        day_of(row.get("TradingDay", "")) or day_of(link.session.trading_day()),
        int(row.get("FrontID", 0)),
        int(row.get("SessionID", 0)),
        str(row.get("SystemName", "")),
    )


async def log_in_md(link: Link, config: CtpConfig) -> None:
    """Log in to a quote front; raise VenueRefused or ConnectivityError."""
    fields = {"BrokerID": config.broker, "UserID": config.user, "Password": config.password}
    _checked("ReqUserLogin", await link.ask("ReqUserLogin", fields, config.timeout_s))


async def confirm_settlement(link: Link, config: CtpConfig) -> None:
    """Confirm the day's statement, without which no order is taken; confirming it again does nothing."""
    if link.has("ReqSettlementInfoConfirm"):
        fields = {"BrokerID": config.broker, "InvestorID": config.user}
        await _step(link, "ReqSettlementInfoConfirm", fields, config)


_WRONG_PASSWORD = 3


async def _try(link: Link, config: CtpConfig, password: str) -> Answered:
    return await link.ask("ReqUserLogin", _login(config, password), config.timeout_s, hold=True)


async def _step(link: Link, name: str, fields: dict[str, str], config: CtpConfig) -> Row:
    return _checked(name, await link.ask(name, fields, config.timeout_s))


def _checked(name: str, answer: Answered) -> Row:
    error: Error | None = answer.error
    if error is not None:
        raise login_error(name.removeprefix("Req"), error)
    return answer.rows[-1] if answer.rows else {}


def _authentication(config: CtpConfig) -> dict[str, str]:
    return {
        "BrokerID": config.broker,
        "UserID": config.user,
        "UserProductInfo": config.product_info,
        "AppID": config.app_id,
        "AuthCode": config.auth_code,
    }


def _login(config: CtpConfig, password: str) -> dict[str, str]:
    return {
        "BrokerID": config.broker,
        "UserID": config.user,
        "Password": password,
        "UserProductInfo": config.product_info,
        # TORA's; CTP's own struct has no such fields.
        "LogInAccountType": _LOGIN_TYPES[config.login_by],
        "TerminalInfo": config.terminal_info,
    }


_LOGIN_TYPES = {"user": "0", "account": "1"}


def _change(config: CtpConfig) -> dict[str, str]:
    if config.new_password == config.password:
        raise VenueRefused(
            f"{_NO_PASSWORD_CHANGE}, and new_password is the present one", venue_code="password"
        )
    return {
        "BrokerID": config.broker,
        "UserID": config.user,
        "OldPassword": config.password,
        "NewPassword": config.new_password,
    }
