"""Every query of every described API is answered, in fields that the newest of them has."""

import pytest
from counter_rig import BUY, SELL, NoRecords, Rig

from anyvenue.model.enums import Offset
from anyvenue.venues.ctp.counter.queries import QUERIES
from anyvenue.venues.ctp.counter.queries.nothing import NOTHING
from anyvenue.venues.ctp.description import describe, described_versions

VERSIONS = [(name, version) for name in ("ctp", "opt") for version in described_versions(name)]
# Answered by the requests of the counter's trading side, though their names begin alike.
NOT_QUERIES = {
    "ReqQueryBankAccountMoneyByFuture",
    "ReqQueryCFMMCTradingAccountToken",
    "ReqQuoteAction",
    "ReqQuoteInsert",
}
# What these are asked for says what they are about.
ASKED = {
    "ReqQryInstrumentMarginRate": {"InstrumentID": "rb2701"},
    "ReqQryInstrumentCommissionRate": {"InstrumentID": "rb2701"},
    "ReqQryInstrumentOrderCommRate": {"InstrumentID": "rb2701"},
    "ReqQryExchangeMarginRate": {"InstrumentID": "rb2701"},
    "ReqQryOptionInstrTradeCost": {"InstrumentID": "m2701-C-3000"},
    "ReqQryOptionInstrCommRate": {"InstrumentID": "m2701-C-3000"},
    "ReqQryETFOptionInstrCommRate": {"InstrumentID": "m2701-C-3000"},
    "ReqQryMaxOrderVolume": {"InstrumentID": "rb2701", "Direction": "0", "OffsetFlag": "0"},
    "ReqQueryMaxOrderVolume": {"InstrumentID": "rb2701", "Direction": "1", "OffsetFlag": "3"},
}
# Answered with nothing here: these need a settled day, or what only the trading side makes.
EMPTY = {
    "ReqQryCombAction",
    "ReqQryExecOrder",
    "ReqQryForQuote",
    "ReqQryOptionSelfClose",
    "ReqQryParkedOrder",
    "ReqQryParkedOrderAction",
    "ReqQryQuote",
    "ReqQrySettlementInfoConfirm",
    "ReqQryTransferSerial",
}


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Return an investor with something of everything."""
    made = Rig("rb2701.SHFE", "m2701.DCE", "m2703.DCE", "m2701-C-3000.DCE", "SP m2701&m2703.DCE")
    made.trade("rb2701", BUY, 3, 3500)
    made.sleep()
    made.trade("rb2701", SELL, 1, 3510, Offset.CLOSE_OLD)
    made.quote("m2701", 3000)
    made.trade("m2701-C-3000", SELL, 1, 60)
    made.trade("m2703", SELL, 1, 2950)
    made.trade("m2701", BUY, 1, 3000)
    made.order("rb2701", BUY, 1, 3400)
    made.book = NoRecords([{"InstrumentID": "rb2701"}], [{"InstrumentID": "rb2701"}])
    return made


@pytest.mark.parametrize(("dialect", "version"), VERSIONS)
def test_every_query_of_an_api_is_answered(dialect: str, version: str) -> None:
    requests = describe(dialect, version).requests
    queries = {name for name in requests if name.startswith(("ReqQry", "ReqQue"))} - NOT_QUERIES
    assert queries - QUERIES.keys() == set()


def test_no_answer_belongs_to_a_query_that_no_api_has() -> None:
    known = {name for each in VERSIONS for name in describe(*each).requests}
    assert QUERIES.keys() - known == set()


def fields_of(request: str) -> set[str]:
    """Return the fields of the answer's struct, of all versions together."""
    versions = [describe(*each) for each in VERSIONS]
    callback = f"OnRsp{request[3:]}"
    struct = next(
        each.callbacks[callback].struct for each in versions if callback in each.callbacks
    )
    return {name for each in versions for name, _ in each.structs.get(struct, ())}


@pytest.mark.parametrize("request_name", sorted(QUERIES))
def test_the_fields_of_an_answer_exist(rig: Rig, request_name: str) -> None:
    known = fields_of(request_name)
    for row in QUERIES[request_name](rig.context, rig.investor, ASKED.get(request_name, {})):
        assert row.keys() - known == set()


def test_a_row_fits_the_struct_of_its_answer(rig: Rig) -> None:
    described = describe()
    for name, query in QUERIES.items():
        callback = described.callbacks.get(f"OnRsp{name[3:]}")
        if callback is None:
            continue
        layout = described.layout(callback.struct)
        for row in query(rig.context, rig.investor, ASKED.get(name, {})):
            assert len(layout.pack(row)) == layout.size


def test_queries_that_are_answered_with_rows_have_some_here(rig: Rig) -> None:
    silent = {
        name
        for name, query in QUERIES.items()
        if not query(rig.context, rig.investor, ASKED.get(name, {}))
    }
    assert silent - NOTHING.keys() - EMPTY == {"ReqQryInvestorPositionCombineDetail"}
