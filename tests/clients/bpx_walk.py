"""What a user of bpx-py does at Backpack, against an exchange at 127.0.0.1: a program for the environment that has it.

usage: bpx_walk.py PORT KEY SECRET. It prints one line of JSON for every step: its name and what it found.
"""

import json
import sys
from time import time

from bpx.account import Account
from bpx.base.base_account import BaseAccount
from bpx.base.base_public import BasePublic
from bpx.public import Public


def say(step: str, found: object) -> None:
    print(json.dumps({"step": step, "found": found}), flush=True)


def run(port: str, key: str, secret: str) -> None:
    BaseAccount.BPX_API_URL = BasePublic.BASE_URL = f"http://127.0.0.1:{port}/"
    public, account = Public(), Account(key, secret)
    say("markets", sorted(each["symbol"] for each in public.get_markets()))
    say("ping", [public.get_ping(), public.get_status()["status"]])
    say("ticker", public.get_ticker("SOL_USDC")["lastPrice"])
    say("depth", public.get_depth("SOL_USDC")["asks"][0])
    say("bars", len(public.get_klines("SOL_USDC", "1m", int(time()) - 600)) > 0)
    say("balances", account.get_balances()["USDC"]["available"])
    limit = {"symbol": "SOL_USDC", "side": "Bid", "order_type": "Limit", "price": "140"}
    order = account.execute_order(
        **limit, quantity="1", client_id=9, post_only=True, time_in_force="GTC"
    )
    say("placed", [order["status"], order["clientId"]])
    say("found", account.get_open_order("SOL_USDC", client_id=9)["id"] == order["id"])
    say("open", len(account.get_open_orders("SOL_USDC")))
    say("cancelled", account.cancel_order("SOL_USDC", order_id=order["id"])["status"])
    account.execute_order(**limit, quantity="1")
    say("cancelled all", [each["status"] for each in account.cancel_all_orders("SOL_USDC")])
    bought = account.execute_order("SOL_USDC", "Bid", "Market", quote_quantity="100")
    say("bought for money", [bought["status"], bought["executedQuantity"]])
    perpetual = account.execute_order("SOL_USDC_PERP", "Bid", "Market", quantity="0.5")
    say("bought", perpetual["status"])
    say("position", account.get_open_positions()[0]["netQuantity"])
    say("fills", len(account.get_fill_history()))
    say("history", sorted({each["status"] for each in account.get_order_history()}))
    account.update_account(leverage_limit="7")
    say("leverage", account.get_account()["leverageLimit"])
    say("equity", float(account.get_collateral()["netEquity"]) > 0)
    say("refused", account.cancel_order("SOL_USDC", order_id="123")["code"])


run(*sys.argv[1:])
