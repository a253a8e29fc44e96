"""Accounts by name: `[accounts.NAME]` with its venue and that venue's own keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from anyvenue.app.keyrings import Keyring, system_keyring
from anyvenue.app.masking import masked
from anyvenue.app.secrets import Secret
from anyvenue.model.errors import AccountError, ConfigError
from anyvenue.venues.registry import find_venue
from anyvenue.venues.settings import VenueConfig

__all__ = ["AccountConfig", "Value", "find_account"]

Value = str | int | float | bool | Secret


class AccountConfig(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a venue; `settings` are the venue's own keys, checked by its type, secrets by their place."""

    name: str
    venue: str
    settings: Mapping[str, Value] = {}

    @property
    def table(self) -> dict[str, Value]:
        """The account as it stands in the file, secrets by their place."""
        return {"venue": self.venue, **self.settings}

    @property
    def secrets(self) -> Iterator[Secret]:
        """Give the secrets of the account, by their place."""
        return (each for each in self.settings.values() if isinstance(each, Secret))

    def reveal(
        self,
        environ: Mapping[str, str],
        keyring: Callable[[], Keyring] = system_keyring,
    ) -> VenueConfig:
        """Return the venue's configuration with the secrets in it, for its driver; raise ConfigError."""
        kind = find_venue(self.venue).config
        forms = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        values = {
            key: self._plain(key, value, forms[key], environ, keyring)
            for key, value in self.settings.items()
        }
        try:
            return msgspec.convert(values, kind)
        except msgspec.ValidationError as error:
            raise self._wrong(masked(str(error).replace("`", ""))) from None

    def _plain(
        self,
        key: str,
        value: Value,
        form: object,
        environ: Mapping[str, str],
        keyring: Callable[[], Keyring],
    ) -> object:
        if not isinstance(value, Secret):
            return value
        text = value.reveal(environ, keyring)
        try:
            return msgspec.convert(text, form, strict=False)
        except msgspec.ValidationError:
            # The library's text would repeat the value.
            raise self._wrong(f"the value of {key} in {value.place} has the wrong form") from None

    def _wrong(self, what: str) -> ConfigError:
        return ConfigError(
            f"account {self.name} at {self.venue}: {what}",
            code="config.account",
            account=self.name,
            venue=self.venue,
            detail=what,
        )


def find_account(
    accounts: Sequence[AccountConfig], wanted: str | int, venue: str | None, path: Path | None
) -> AccountConfig:
    """Return the account of this name, or at this place in the file (from 0), among those of `venue` if it is given.

    Raises AccountError that names what there is: there is never a default account.
    """
    there = [each for each in accounts if venue in (None, each.venue)]
    for each in accounts:
        if each.name == str(wanted):
            if each in there:
                return each
            raise _elsewhere(each, str(venue))
    if str(wanted).isdecimal() and there:
        if int(wanted) < len(there):
            return there[int(wanted)]
        raise _out_of_range(there, int(wanted), venue)
    raise _unknown(there, str(wanted), venue, path)


def _elsewhere(account: AccountConfig, venue: str) -> AccountError:
    return AccountError(
        f"account {account.name} is at the venue {account.venue}, not at {venue}",
        code="account.elsewhere",
        account=account.name,
        venue=account.venue,
        wanted=venue,
    )


def _out_of_range(there: Sequence[AccountConfig], place: int, venue: str | None) -> AccountError:
    names = [f"{number} {each.name}" for number, each in enumerate(there)]
    return AccountError(
        f"there is no account number {place}{f' at {venue}' if venue else ''}; there are: {', '.join(names)}",
        code="account.out_of_range",
        place=place,
        venue=venue,
        known=names,
    )


def _unknown(
    there: Sequence[AccountConfig], wanted: str, venue: str | None, path: Path | None
) -> AccountError:
    names = [each.name for each in there]
    at = f" at {venue}" if venue else ""
    if not names:
        advice = f"{path or 'the configuration'} has none{at}; make one with: anyvenue init"
    elif near := get_close_matches(wanted, names, 1):
        advice = f"did you mean {near[0]}? There are: {', '.join(names)}"
    else:
        advice = f"there are: {', '.join(names)}"
    return AccountError(
        f"there is no account {wanted!r}{at}: {advice}",
        code="account.unknown" if names else "account.none",
        account=wanted,
        venue=venue,
        known=names,
        file=str(path or "anyvenue.toml"),
    )
