"""Who comes in: authentication, login, and passwords."""

from collections.abc import Callable
from datetime import date

from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.secrets_kept import is_strong, keep, matches
from anyvenue.venues.ctp.counter.times import date_text, day_text, time_text

__all__ = ["LoginDesk"]

_TIMES = ("SHFETime", "DCETime", "CZCETime", "FFEXTime", "INETime", "GFEXTime")
_NS = 1_000_000_000
_VERSION = "anyvenue"


class LoginDesk:
    """Checks who logs in. Wrong passwords are counted by user and by address."""

    def __init__(self, context: Context, open_account: Callable[[AccountId], bool]) -> None:
        """Let `open_account` make the broker's account of a member; it tells whether there is one now."""
        self.context = context
        self._open_account = open_account
        self._failures: dict[str, tuple[int, int]] = {}

    # ---- authentication

    def authenticate(self, fields: Fields) -> Row:
        """Return the answer to an authentication; raise Refused."""
        profile = self.context.profile
        self._check_broker(fields)
        app, code = fields.get("AppID", ""), fields.get("AuthCode", "")
        known = {each.app_id: each.auth_code for each in profile.apps}
        if known and known.get(str(app)) != code:
            raise Refused("AUTH_FAILED")
        names = ("BrokerID", "UserID", "UserProductInfo", "AppID")
        return {**{name: fields.get(name, "") for name in names}, "AppType": "1"}

    # ---- login

    def admit(self, fields: Fields, address: str, authenticated: bool, sessions: int) -> Member:
        """Return the member that may come in; raise Refused. `sessions` counts those of the account."""
        profile = self.context.profile
        self._check_broker(fields)
        if profile.authentication and not authenticated:
            raise Refused("NOT_AUTHENT")
        member = self._known(fields, address)
        self._check_password_state(member, str(fields.get("Password", "")))
        if sessions >= profile.sessions_per_account:
            raise Refused("SINGLEUSERSESSION_EXCEED_LIMIT")
        return member

    def answer(self, member: Member, fields: Fields, session_id: int) -> Row:
        """Return ``RspUserLogin``."""
        profile, now = self.context.profile, self.context.now()
        at = time_text(now)
        return {
            "TradingDay": day_text(self.context.trading_day),
            "LoginTime": at,
            "BrokerID": fields.get("BrokerID", "") or profile.broker_id,
            "UserID": fields.get("UserID", "") or member.account,
            "SystemName": profile.system_name,
            "FrontID": profile.front_id,
            "SessionID": session_id,
            "MaxOrderRef": "1",
            "SysVersion": _VERSION,
            **dict.fromkeys(_TIMES, at),
        }

    def _check_broker(self, fields: Fields) -> None:
        expected = self.context.profile.broker_id
        if expected and fields.get("BrokerID", "") not in ("", expected):
            raise Refused("INVALID_LOGIN")

    def _known(self, fields: Fields, address: str) -> Member:
        """Return the member of a user id and password; raise Refused."""
        now, host = self.context.now(), address.rpartition(":")[0]
        user, password = str(fields.get("UserID", "")), str(fields.get("Password", ""))
        self._check_address(host, now)
        member = self.context.members.find(user)
        if member is None:
            member = self._newcomer(user, password)
        if member is None:
            self._failed_from(host, now)
            raise Refused("INVALID_LOGIN")
        if member.forbidden_until > now:
            raise Refused("LOGIN_FORBIDDEN")
        if member.secret and not matches(password, member.secret):
            self._failed(member, host, now)
            raise Refused("INVALID_LOGIN")
        if member.failures:
            member.failures = 0
            self.context.members.save()
        if not self._open_account(member.account):
            raise Refused("INVALID_LOGIN")
        return member

    def _newcomer(self, user: str, password: str) -> Member | None:
        if not (self.context.profile.auto_accounts and user and password):
            return None
        today = int(date_text(self.context.now()))
        rules = self.context.profile.passwords
        member = Member(
            account=AccountId(user),
            name=user,
            must_change=rules.change_at_first_login,
            secret_day=today,
        )
        return self.context.members.add(member, password)

    def _check_password_state(self, member: Member, password: str) -> None:
        rules = self.context.profile.passwords
        if not member.secret:
            return
        if member.must_change:
            raise Refused("FIRST_LOGIN")
        if rules.check_strength and not is_strong(password, rules):
            raise Refused("WEAK_PASSWORD")
        age = _days_between(member.secret_day, self.context.now()) if member.secret_day else 0
        if rules.days_valid and age >= rules.days_valid:
            raise Refused("PWD_OUT_OF_DATE")

    def _check_address(self, host: str, now: int) -> None:
        count, until = self._failures.get(host, (0, 0))
        if count >= self.context.profile.passwords.address_tries and until > now:
            raise Refused("IP_FORBIDDEN")

    def _failed(self, member: Member, host: str, now: int) -> None:
        rules = self.context.profile.passwords
        member.failures += 1
        if member.failures >= rules.tries:
            member.forbidden_until = now + rules.forbidden_s * _NS
            member.failures = 0
        self.context.members.save()
        self._failed_from(host, now)

    def _failed_from(self, host: str, now: int) -> None:
        count, until = self._failures.get(host, (0, 0))
        rules = self.context.profile.passwords
        count = count + 1 if until > now else 1
        self._failures[host] = (count, now + rules.forbidden_s * _NS)

    # ---- passwords

    def change_password(self, fields: Fields, address: str) -> Row:
        """Change a user's password, before the login too; return the answer; raise Refused."""
        user = str(fields.get("UserID", ""))
        member = self.context.members.find(user)
        old, new = str(fields.get("OldPassword", "")), str(fields.get("NewPassword", ""))
        self._check_address(address.rpartition(":")[0], self.context.now())
        if member is None:
            raise Refused("USER_NOT_FOUND")
        if member.secret and not matches(old, member.secret):
            self._failed(member, address.rpartition(":")[0], self.context.now())
            raise Refused("OLD_PASSWORD_MISMATCH")
        self._check_new(old, new)
        member.secret, member.must_change = keep(new), False
        member.secret_day = int(date_text(self.context.now()))
        self.context.members.save()
        return {"BrokerID": fields.get("BrokerID", ""), "UserID": user}

    def change_fund_password(self, member: Member, fields: Fields) -> Row:
        """Change the password of the money; return the answer; raise Refused."""
        old, new = str(fields.get("OldPassword", "")), str(fields.get("NewPassword", ""))
        if fields.get("AccountID", member.account) not in ("", member.account):
            raise Refused("CHANGE_OTHER_PASSWORD")
        if member.fund_secret and not matches(old, member.fund_secret):
            raise Refused("OLD_PASSWORD_MISMATCH")
        if not new:
            raise Refused("WEAK_PASSWORD")
        member.fund_secret = keep(new)
        self.context.members.save()
        return {
            "BrokerID": fields.get("BrokerID", ""),
            "AccountID": member.account,
            "CurrencyID": fields.get("CurrencyID", "") or self.context.profile.currency,
        }

    def _check_new(self, old: str, new: str) -> None:
        rules = self.context.profile.passwords
        if new == old:
            raise Refused("PWD_MUST_DIFF")
        if not new or (rules.check_strength and not is_strong(new, rules)):
            raise Refused("WEAK_PASSWORD")


def _days_between(day: int, now: int) -> int:
    return _number(int(date_text(now))) - _number(day)


def _number(day: int) -> int:
    return date(day // 10_000, day // 100 % 100, day % 100).toordinal()
