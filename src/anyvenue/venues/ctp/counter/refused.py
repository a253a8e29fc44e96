"""The requests this counter refuses, each with CTP's own error. All others are answered by what they ask for."""

__all__ = ["REFUSED"]

REFUSED: dict[str, str] = {
    # Logging in by other means than the password: the broker has not switched them on.
    "ReqUserAuthMethod": "UNSUPPORTED_FUNCTION",
    "ReqGenUserCaptcha": "UNSUPPORTED_FUNCTION",
    "ReqGenUserText": "UNSUPPORTED_FUNCTION",
    # Market makers' two-sided quotes need a right of their own.
    "ReqQuoteInsert": "INSTR_NOTSUPPORT_QUOTE",
    "ReqQuoteAction": "QUOTE_NOT_FOUND",
    # Closing out options against each other at expiry: the simulated settlement has no such step.
    "ReqOptionSelfCloseInsert": "UNSUPPORTED_FUNCTION",
    "ReqOptionSelfCloseAction": "OPTION_SELF_CLOSE_REC_NOT_FOUND",
    "ReqOffsetSetting": "UNSUPPORTED_FUNCTION",
    "ReqCancelOffsetSetting": "UNSUPPORTED_FUNCTION",
    # Services of other houses.
    "ReqQueryCFMMCTradingAccountToken": "CFMMC_NO_CONNECTION",
    # ETF options: locking of securities is done by covered orders here, and one account holds all money.
    "ReqLockInsert": "UNSUPPORTED_FUNCTION",
    "ReqExecCombineOrderInsert": "UNSUPPORTED_FUNCTION",
    "ReqExecCombineOrderAction": "EXECORDER_NOT_FOUND",
    "ReqInternalTransfer": "UNSUPPORTED_FUNCTION",
    "ReqReserveOpenAccountTpdByFuture": "NO_PRIVILEGE",
    "ReqSecuritiesDepositInterestByFuture": "NO_PRIVILEGE",
    "ReqDayEndFileReadyByFuture": "NO_PRIVILEGE",
}
"""Names of CTP's errors by request."""
