"""A real CTP client that does what it is told, run by its own interpreter: it knows nothing of this project.

Arguments: package, trader front, flow folder. It reads lines of JSON, [request, struct, fields, number], makes the
request, and prints every callback as a line, [callback, fields, error, number, is last], of a request's return code
that is not 0 ["refused", code]. An empty line ends it.
"""

import importlib
import json
import sys
import threading

PACKAGE, TD, FLOW = sys.argv[1:4]
PREFIX = "sopt" if PACKAGE.endswith("ctpopt") else ""
tdapi = importlib.import_module(f"{PACKAGE}.{PREFIX}thosttraderapi")
LOCK = threading.Lock()


def plain(value):
    """A struct is gone when the callback has returned: copy it."""
    if not hasattr(value, "thisown"):
        return value
    names = [n for n in dir(value) if not n.startswith("_") and n not in ("this", "thisown")]
    found = {n: getattr(value, n) for n in names}
    return {n: list(v) if isinstance(v, bytes) else v for n, v in found.items()}


def say(*values):
    with LOCK:
        print(json.dumps(values), flush=True)


def hears(name):
    def heard(self, *values):
        fields = plain(values[0]) if values else None
        error = plain(values[1]) if len(values) > 1 else None
        say(name, fields, error and error["ErrorID"], *(values[2:4] or (0, True)))

    return heard


body = {n: hears(n) for n in dir(tdapi.CThostFtdcTraderSpi) if n.startswith("On")}
Spi = type("Spi", (tdapi.CThostFtdcTraderSpi,), body)
api, spi = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi(FLOW), Spi()
api.RegisterSpi(spi)
api.SubscribePrivateTopic(tdapi.THOST_TERT_RESTART)
api.SubscribePublicTopic(tdapi.THOST_TERT_RESTART)
api.RegisterFront(TD)
api.Init()
for line in sys.stdin:
    if not line.strip():
        break
    request, struct, fields, number = json.loads(line)
    made = getattr(tdapi, f"CThostFtdc{struct}Field")()
    for key, value in fields.items():
        assert hasattr(made, key), (struct, key)
        setattr(made, key, value)
    code = getattr(api, request)(made, number)
    if code:
        say("refused", code, None, number, True)
api.Release()
