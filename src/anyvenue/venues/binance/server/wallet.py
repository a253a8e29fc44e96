"""What clients ask of the wallet before they trade: the currencies, and whether the system is up."""

from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.serving.numbers import Row

__all__ = ["Wallet"]


class Wallet:
    """The few wallet requests that are answered; no money comes or goes by them."""

    def __init__(self, houses: dict[Market, House]) -> None:
        """Answer for both markets."""
        self._houses = houses

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        signed = Security.SIGNED
        return {
            ("GET", "v1/system/status"): Endpoint(self.status),
            ("GET", "v1/capital/config/getall"): Endpoint(self.currencies, signed, 10),
            ("GET", "v1/account/apiRestrictions"): Endpoint(self.permissions, signed),
            ("GET", "v1/asset/tradeFee"): Endpoint(self.fees, signed),
            ("GET", "v1/margin/allPairs"): Endpoint(self.nothing),
            ("GET", "v1/margin/isolated/allPairs"): Endpoint(self.nothing),
        }

    def status(self, _asked: Asked) -> Row:
        """Return that all is well."""
        return {"status": 0, "msg": "normal"}

    def nothing(self, _asked: Asked) -> list[Row]:
        """Return that there is none: nothing is lent here."""
        return []

    def permissions(self, asked: Asked) -> Row:
        """Return what the key may do: never withdraw."""
        trades = asked.key is not None and not asked.key.read_only
        return {
            "ipRestrict": False,
            "createTime": 0,
            "enableReading": True,
            "enableWithdrawals": False,
            "enableInternalTransfer": False,
            "enableMargin": False,
            "enableFutures": trades,
            "permitsUniversalTransfer": False,
            "enableVanillaOptions": False,
            "enableSpotAndMarginTrading": trades,
        }

    def currencies(self, _asked: Asked) -> list[Row]:
        """Return the currencies; none can be paid in or out by a network."""
        names: dict[str, None] = {}
        for house in self._houses.values():
            for board in house.boards.values():
                names.update(dict.fromkeys((board.instrument.base, board.instrument.currency)))
        return [_currency(each) for each in sorted(names)]

    def fees(self, asked: Asked) -> list[Row]:
        """Return what trades of spot cost."""
        house = self._houses[Market.SPOT]
        rows: list[Row] = []
        for board in house.asked_boards(asked):
            fees = house.broker.rates(asked.member.account, board.id).fees
            if fees is not None:
                maker = fees.maker or fees.open
                rows.append(
                    {
                        "symbol": board.symbol,
                        "makerCommission": maker.by_money,
                        "takerCommission": fees.open.by_money,
                    }
                )
        return rows


def _currency(name: str) -> Row:
    return {
        "coin": name,
        "name": name,
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "trading": True,
        "isLegalMoney": False,
        "free": "0",
        "locked": "0",
        "freeze": "0",
        "withdrawing": "0",
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "networkList": [],
    }
