"""Your first order: connect, look at a price, buy two lots of steel rebar, wait until they are yours.

    python examples/first_order.py

What to see: one line with the quote, the order's state (`filled`, within a second), the position it made, and what
it did to the account: two lots of ten tonnes tie up margin and cost a fee. The exchange runs inside this script and
its prices are made up, so nothing can go wrong that matters.
"""

import anyvenue as av


def main() -> None:
    """Buy two lots and print what became of them."""
    with av.connect("sim") as venue:
        quote = venue.quote("rb2701")
        print(f"{quote.instrument}: bid {quote.bid:g}, ask {quote.ask:g}")

        # Five above the ask: it fills at the ask, the limit only says how far we would follow.
        order = venue.buy("rb2701", 2, price=quote.ask + 5)
        order.wait(timeout=10)
        print(f"order: {order.state}, {order.filled} of {order.quantity} at {order.average_price}")

        position = venue.position("rb2701")
        print(f"position: {position.long} long, {position.short} short")

        account = venue.account("CNY")
        print(f"fees {account.fees}, margin {account.margin}, available {account.available}")


if __name__ == "__main__":
    main()
