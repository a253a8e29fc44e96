"""Who logs in."""

import msgspec

__all__ = ["Login"]


class Login(msgspec.Struct, frozen=True):
    """What a counter wants to know: `app_id` and `auth_code` only where programs authenticate themselves.

    `investor_id` is the account where it is not the user's own name.
    """

    broker_id: str
    user_id: str
    password: str = ""
    app_id: str = ""
    auth_code: str = ""
    investor_id: str = ""

    def __repr__(self) -> str:
        return f"Login({self.broker_id!r}, {self.user_id!r})"

    @property
    def investor(self) -> str:
        """InvestorID."""
        return self.investor_id or self.user_id
