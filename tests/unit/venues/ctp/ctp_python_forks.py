"""A program that forks with a connection open: the child's Release must not end its parent's session."""

import os
import sys

from ctp_doors import served
from ctp_python import Trader

with served() as doors:
    trader = Trader().begin(doors.front)
    trader.login()
    child = os.fork()
    if child == 0:
        print(trader.ask("ReqQryOrder", "QryOrder"), flush=True)
        trader.api.Release()
        trader.api.Join()
        print("child", flush=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    print(trader.ask("ReqQryOrder", "QryOrder"))
    trader.heard.until("OnRspQryOrder")
    trader.api.Release()
print("parent")
sys.exit(0)
