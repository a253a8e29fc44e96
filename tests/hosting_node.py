"""A node with a strategy in a process, for a test that kills it: says both process ids, then waits to be killed."""

import asyncio
import sys

from msgspec.structs import replace

from hosted_strategies import QUICK, rigged
from live_nodes import until


async def main(does: int) -> None:
    """Run until killed; the strategy is in the middle of what `does` says."""
    async with rigged() as rig:
        # As patient as can be: it must not be the node that ends the child.
        host = rig.host("Does", replace(QUICK, silent_beats=40))
        await rig.node.start()
        await until(lambda: host.began)
        if does:
            rig.tick(does)
            await until(lambda: host.backlog)
        print(host.pid, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
