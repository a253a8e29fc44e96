"""A CTP program that ends without a goodbye while quotes come. Arguments: quote front, flow folder, instrument."""

import sys
import threading

from openctp_ctp import mdapi

FRONT, FLOW, INSTRUMENT = sys.argv[1:4]


class Spi(mdapi.CThostFtdcMdSpi):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.enough = threading.Event()

    def OnFrontConnected(self):  # noqa: N802
        api.ReqUserLogin(mdapi.CThostFtdcReqUserLoginField(), 1)

    def OnRspUserLogin(self, login, info, number, last):  # noqa: N802
        api.SubscribeMarketData([INSTRUMENT.encode()], 1)

    def OnRtnDepthMarketData(self, quote):  # noqa: N802
        self.count += 1
        if self.count == 300:
            self.enough.set()


api = mdapi.CThostFtdcMdApi.CreateFtdcMdApi(f"{FLOW}/leaver_")
spi = Spi()
api.RegisterSpi(spi)
api.RegisterFront(FRONT)
api.Init()
assert spi.enough.wait(60)
print("leaves", flush=True)
