"""The words of the reference page in both languages."""

__all__ = ["NOTES", "WORDS"]

_EN = {
    "title": "The JSON protocol, message by message",
    "generated": (
        "This page is generated from the packaged description of CTP by `python scripts/webctp_reference.py`. "
        "The same as data: [AsyncAPI](../assets/webctp/asyncapi.json) and "
        "[JSON Schemas](../assets/webctp/schemas.json), also served by the service at `/asyncapi.json` and `/schema`."
    ),
    "introduction": """\
A message is one text frame of JSON. `MsgType` names it. A request is
`{{"MsgType": name, "<field>": {{...}}, "RequestID": n}}`; the struct may come under any of the names that are given.
An answer is called as CTP's callback without `On` and has `RspInfo` (null, or `ErrorID` and `ErrorMsg`), `RequestID`
where it is not 0, `IsLast` where it is true, and the struct. Prices that CTP marks as absent are 0 in quotes; nothing
is ever NaN. What is here is CTP {version}.""",
    "errors": "Errors of the service",
    "requests": "Requests and their answers",
    "pushes": "What comes by itself",
    "extras": "Heartbeat, cached queries, strategies",
    "extras_text": "These are no CTP. The names of heartbeat and strategy messages are homalos-webctp's.",
    "structs": "Structs",
    "structs_text": "The fields as answers have them; a request may leave out every field, which is then empty or 0.",
    "codes": "Codes",
    "codes_text": "The values of fields with codes, by CTP's names.",
    "ctp_errors": "CTP's errors",
    "stop": ".",
    "on_md": "On `/md/` it has {fields}, too.",
    "path": "Path",
    "field": "Field",
    "list": "An array of instruments",
    "filled": "Filled from the login where empty",
    "answer": "Answer",
    "or": " or ",
    "struct": "Struct",
    "code": "Code",
    "name": "Name",
    "type": "Type",
    "c_type": "CTP's type",
    "values": "Values",
    "value": "Value",
    "number": "number",
    "whole": "whole number",
    "text": "text, {room} bytes",
    "message": "Message",
    "when": "When",
    "error_rows": """
-400|参数有误|not JSON, no `MsgType`, a field of the wrong type or too long; `Detail` says which
-401|未登录|a request before the login
-403|没有交易权限|a strategy message that changes something, with a token that only reads
-404|Not implemented|a `MsgType` that is not known, or a strategy that is not registered
-500|内部错误|a strategy that is registered already, or a service that runs none
-1|CTP:请求失败|the counter cannot be reached
-2|CTP:未处理请求超过许可数|too many requests are unanswered
-3|CTP:每秒发送请求数超过许可数|too many requests a second
""",
}
_ZH = {
    "title": "JSON 协议：逐条消息",
    "generated": (
        "本页由 `python scripts/webctp_reference.py` 根据随包附带的 CTP 描述生成。同样内容的数据形式："
        "[AsyncAPI](../assets/webctp/asyncapi.json) 与 [JSON Schema](../assets/webctp/schemas.json)，"
        "服务本身也在 `/asyncapi.json` 和 `/schema` 提供。"
    ),
    "introduction": """\
每条消息是一个 JSON 文本帧，`MsgType` 是消息名。请求的形式是
`{{"MsgType": 名称, "<字段>": {{...}}, "RequestID": n}}`；结构体可以放在所列的任何一个键名之下。
应答的名称是去掉 `On` 的 CTP 回调名，带有 `RspInfo`（null，或 `ErrorID` 和 `ErrorMsg`）、不为 0 时的 `RequestID`、
为真时的 `IsLast`，以及结构体。CTP 标为无效的价格在行情中为 0；任何字段都不会是 NaN。本页对应 CTP {version}。""",
    "errors": "服务自身的错误",
    "requests": "请求与应答",
    "pushes": "主动推送",
    "extras": "心跳、缓存查询、策略",
    "extras_text": "这些消息不属于 CTP。心跳与策略消息沿用 homalos-webctp 的名称。",
    "structs": "结构体",
    "structs_text": "字段按应答中的样子列出；请求可以省略任何字段，省略的字段为空或 0。",
    "codes": "代码",
    "codes_text": "带代码的字段的取值，名称为 CTP 的名称。",
    "ctp_errors": "CTP 的错误",
    "stop": "。",
    "on_md": "在 `/md/` 上还有 {fields}。",
    "path": "路径",
    "field": "字段",
    "list": "合约数组",
    "filled": "为空时按登录信息填写",
    "answer": "应答",
    "or": " 或 ",
    "struct": "结构体",
    "code": "代码",
    "name": "名称",
    "type": "类型",
    "c_type": "CTP 类型",
    "values": "取值",
    "value": "值",
    "number": "数值",
    "whole": "整数",
    "text": "文本，{room} 字节",
    "message": "信息",
    "when": "何时出现",
    "error_rows": """
-400|参数有误|不是 JSON、没有 `MsgType`、字段类型不对或过长；`Detail` 说明是哪一处
-401|未登录|登录之前的请求
-403|没有交易权限|用只读令牌发送会改变状态的策略消息
-404|Not implemented|未知的 `MsgType`，或未注册的策略
-500|内部错误|策略已经注册，或本服务不运行策略
-1|CTP:请求失败|无法到达柜台
-2|CTP:未处理请求超过许可数|未应答的请求过多
-3|CTP:每秒发送请求数超过许可数|每秒请求过多
""",
}
WORDS: dict[str, dict[str, str]] = {"en": _EN, "zh": _ZH}
"""The page's words by language."""

NOTES: dict[str, tuple[str, str]] = {
    "ReqUserLogin": (
        "The service authenticates, logs in and confirms the settlement by itself; RequestID may be left out.",
        "服务会自动完成认证、登录和结算单确认；RequestID 可以省略。",
    ),
    "ReqOrderInsert": (
        "Answered when it is refused alone; what becomes of a taken order comes as `RtnOrder` and `RtnTrade`. An "
        "OrderRef that is left out is generated.",
        "只有被拒绝时才有应答；被接受的报单通过 `RtnOrder` 和 `RtnTrade` 推送。OrderRef 为空时自动生成。",
    ),
    "ReqOrderAction": (
        "Answered when it is refused alone. The order is named by ExchangeID and OrderSysID, or by FrontID, SessionID "
        "and OrderRef.",
        "只有被拒绝时才有应答。报单用 ExchangeID 和 OrderSysID 指定，或用 FrontID、SessionID 和 OrderRef 指定。",
    ),
}
"""What is to be known of some requests, in English and Chinese."""
