"""How a counter deals with its clients: names, authentication, limits. One is SimNow's."""

from decimal import Decimal

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["PROFILES", "AppCode", "PasswordRules", "Profile", "profile_of"]


class AppCode(msgspec.Struct, frozen=True):
    """A client program that may log in: AppID and AuthCode."""

    app_id: str
    auth_code: str


class PasswordRules(msgspec.Struct, frozen=True, kw_only=True):
    """What passwords must be. `shortest` and `classes` (of lower, upper, digit, other) make one strong.

    `change_at_first_login` answers the first login with 140; `days_valid` 0 lets a password live for ever (141).
    `tries` wrong ones in a row forbid the user to log in (75), `address_tries` the address (143), both until
    `forbidden_s` have passed.
    """

    change_at_first_login: bool = False
    check_strength: bool = False
    shortest: int = 6
    classes: int = 2
    days_valid: int = 0
    tries: int = 5
    address_tries: int = 20
    forbidden_s: int = 600


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one counter.

    `broker_id` empty takes any. With `apps` empty any program passes an authentication; `authentication` says
    whether there must be one. `currency` is that of a futures account: its settlement ends the day. `auto_accounts`
    opens an account for a user id that is not known, with `opening_deposit` and the password of that login.
    `deposits_a_day` and `largest_deposit` limit bank transfers inward. `settlement_confirmation` wants the
    statement confirmed before the day's first order (42). `requests_per_second` counts trading requests of a
    session, more wait; `queries_per_second` 0 does not pace queries. `conditional_orders` and `parked_orders` are
    how many an account may have waiting, `broker_conditional_orders` how many all may have; 0 of those means that
    the counter has none (54). `linked_exchanges` are the exchanges that orders go to, empty for all (21).
    `position_limit` is the most lots of one side of a contract (106), `information_limit` the most orders and
    cancels of an account in a day (158), 0 for none. `quotes_per_second` 0 passes every quote. `night_dates`
    ``exchange`` writes a night's dates as each exchange does, ``shfe`` all as Shanghai does. `api` says whose
    product classes are told: ``ctp``, or ``opt`` for the API of options on shares.
    """

    name: str = "anyvenue"
    broker_id: str = ""
    system_name: str = "anyvenue"
    front_id: int = 1
    participant_id: str = "0001"
    authentication: bool = False
    apps: tuple[AppCode, ...] = ()
    passwords: PasswordRules = PasswordRules()
    currency: str = "CNY"
    auto_accounts: bool = False
    opening_deposit: Decimal = Decimal(0)
    deposits_a_day: int = 0
    largest_deposit: Decimal = Decimal(0)
    settlement_confirmation: bool = True
    sessions_per_account: int = 6
    requests_per_second: int = 0
    queries_per_second: int = 1
    conditional_orders: int = 100
    broker_conditional_orders: int = 10_000
    parked_orders: int = 100
    linked_exchanges: tuple[str, ...] = ()
    position_limit: int = 0
    information_limit: int = 0
    exchange_id_required: bool = False
    quotes_per_second: int = 0
    night_dates: str = "exchange"
    api: str = "ctp"

    def __post_init__(self) -> None:
        if self.night_dates not in ("exchange", "shfe"):
            raise ConfigError(
                f"night_dates was {self.night_dates!r}; expected exchange or shfe",
                key="night_dates",
                value=self.night_dates,
            )


_SIMNOW_APP = AppCode("simnow_client_test", "0" * 16)

PROFILES: dict[str, Profile] = {
    "anyvenue": Profile(),
    "simnow": Profile(
        name="simnow",
        broker_id="9999",
        system_name="TradingHosting",
        participant_id="0001",
        apps=(_SIMNOW_APP,),
        auto_accounts=True,
        opening_deposit=Decimal(20_000_000),
        deposits_a_day=3,
        largest_deposit=Decimal(20_000_000),
        requests_per_second=0,
        quotes_per_second=2,
        night_dates="shfe",
    ),
}
"""The profiles that come with the package, by name."""


def profile_of(name: str) -> Profile:
    """Return a profile by name; raise ConfigError for an unknown one."""
    try:
        return PROFILES[name]
    except KeyError:
        raise ConfigError(
            f"there is no CTP profile {name!r}; there are {', '.join(PROFILES)}",
            key="profile",
            value=name,
        ) from None
