"""Money instead of lots: buy for an amount, keep a position worth one, close what is left.

    python examples/orders_by_money.py

What to see: an order that costs no more than 5000 USDT, one that is too small and says what the minimum costs, a
position turned to 3000 short, and nothing held in the end. The exchange runs inside this script and its
prices are made up.
"""

import anyvenue as av


def main() -> None:
    """Trade one perpetual by money and print what became of it."""
    with av.connect("sim") as venue:
        unit = venue.find("okx:btc-usdt-swap")
        limit = unit.snap(venue.quote(unit.id).ask * 1.001, av.Side.BUY)
        bought = venue.buy(unit.id, price=limit, amount=5000).wait(timeout=10)
        cost = unit.worth(bought.filled, bought.average_price or 0)
        print(f"bought {bought.filled} contracts for {cost} USDT, at most 5000: {cost <= 5000}")

        try:
            venue.buy("600519", amount=1000)
        except av.OrderError as error:
            print("too small:", error)

        turned = venue.target(unit.id, amount=-3000)
        assert turned is not None
        turned.wait(timeout=10)
        print(f"short for 3000: {venue.position(unit.id).net < 0}")

        for order in venue.close_all():
            order.wait(timeout=10)
        print(f"positions left: {len(venue.positions())}")


if __name__ == "__main__":
    main()
