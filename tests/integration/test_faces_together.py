"""A CTP face and a JSON face of one node: both see all orders of the account, each under its own names."""

import asyncio
from pathlib import Path

import aiohttp
from test_ctp_over_node import ALICE, COIN_ORDER, run, started, venue

from anyvenue.app.faces.config import WebctpFaceConfig
from anyvenue.app.faces.webctp import WebctpFace
from anyvenue.app.secrets import Secret
from anyvenue.engine.live.broker import NodeBroker
from webctp_rig import Socket, order


def test_a_json_client_trades_through_the_node_beside_a_ctp_program(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue() as exchange:
            node = await started(exchange.port, tmp_path / "node")
            terms = WebctpFaceConfig(accounts=["alice"], password=Secret(env="X"), port=0)
            face = WebctpFace(node, terms, "pw", "a-token", tmp_path / "node")
            ctp = NodeBroker(node, "ctp")
            await face.open()
            url = f"{face.places['td']}?token=a-token"
            async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
                client = Socket(socket)
                await client.send(
                    "ReqUserLogin", 1, ReqUserLogin={"UserID": "alice", "Password": "pw"}
                )
                await client.until("RspUserLogin")
                await client.send(
                    "ReqSettlementInfoConfirm", 2, SettlementInfoConfirm={"InvestorID": "alice"}
                )
                await client.until("RspSettlementInfoConfirm")
                wish = order(OrderRef="1", VolumeTotalOriginal=20, **COIN_ORDER)
                await client.send("ReqOrderInsert", 3, InputOrder=wish)
                async with asyncio.timeout(60):
                    while [each.state.value for each in ctp.orders(ALICE)] != ["open"]:
                        await asyncio.sleep(0)
                (found,) = ctp.orders(ALICE)
                assert (found.client_ref, found.request.strategy) == ("", "face:webctp")
            await face.close()
            await face.close()
            ctp.close()
            await node.stop()
            assert (tmp_path / "node" / "webctp-audit.jsonl").read_text(encoding="utf-8")

    run(main())
