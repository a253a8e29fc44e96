"""Two orders at once with asyncio: they are sent together and awaited together.

    python examples/asyncio_two_orders.py

What to see: a buy of rebar and a sale of an index future, both filled; then an order far from the market that is
taken back and ends as `cancelled`; then one at a price between two ticks, which is refused at the call with both
neighbours. The market runs sixty times as fast as the wall clock (`speed=60`).
"""

import asyncio

import anyvenue as av


async def main() -> None:
    """Send, await and cancel orders on the running event loop."""
    async with av.connect_async("sim", speed=60) as venue:
        rebar, index = await asyncio.gather(venue.buy("rb2701", 1), venue.sell("IF2609", 1))
        await asyncio.gather(rebar.wait(timeout=10), index.wait(timeout=10))
        for order in (rebar, index):
            print(f"{order.instrument}: {order.state} at {order.average_price}")

        quote = await venue.quote("rb2701")
        patient = await venue.buy("rb2701", 1, price=quote.bid - 200)
        patient.cancel()
        await patient.wait(timeout=10)
        print(f"{patient.instrument}: {patient.state}, {patient.filled} filled")

        try:
            await venue.buy("rb2701", 1, price=3500.5)
        except av.errors.OffTick as error:
            print(f"refused: use {error.below} or {error.above}")


if __name__ == "__main__":
    asyncio.run(main())
