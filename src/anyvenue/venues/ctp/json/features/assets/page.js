"use strict";

const WORDS = {
  en: {
    login: "Log in", address: "Address", user: "User", password: "Password", token: "Token (if one is asked for)",
    leave: "Log out", language: "中文", quotes: "Quotes", codes: "Instruments, such as rb2701", subscribe: "Subscribe",
    orders: "Orders", positions: "Positions", trades: "Trades", order: "Order", instrument: "Instrument", price: "Price",
    volume: "Lots", offset: "Offset", open: "open", close: "close", close_today: "close today", buy: "Buy", sell: "Sell",
    ask: "Ask before sending", money: "Account", messages: "Messages", send: "Send", back: "Back", cancel: "Cancel",
    last: "Last", bid: "Bid", asked: "Ask", turned: "Volume", time: "Time", side: "Side", filled: "Filled",
    status: "State", today: "Today", profit: "Profit", margin: "Margin", balance: "Balance", available: "Available",
    frozen: "Frozen", fees: "Fees", long: "Long", short: "Short", none: "Nothing yet", off: "Not connected",
    connecting: "Connecting …", on: "{user} · day {day}", lost: "The connection was lost", refused: "Refused",
    sent: "Sent", sure: "{what}: {volume} × {code} at {price}?", did: "{side}, {offset}", bad_number: "Price and lots must be numbers above 0",
  },
  zh: {
    login: "登录", address: "地址", user: "用户", password: "密码", token: "令牌（如有要求）",
    leave: "退出", language: "English", quotes: "行情", codes: "合约，如 rb2701", subscribe: "订阅",
    orders: "报单", positions: "持仓", trades: "成交", order: "下单", instrument: "合约", price: "价格",
    volume: "手数", offset: "开平", open: "开仓", close: "平仓", close_today: "平今", buy: "买入", sell: "卖出",
    ask: "发送前确认", money: "资金", messages: "消息", send: "发送", back: "返回", cancel: "撤单",
    last: "最新价", bid: "买价", asked: "卖价", turned: "成交量", time: "时间", side: "方向", filled: "已成交",
    status: "状态", today: "今仓", profit: "持仓盈亏", margin: "保证金", balance: "权益", available: "可用",
    frozen: "冻结", fees: "手续费", long: "多", short: "空", none: "暂无", off: "未连接",
    connecting: "正在连接 …", on: "{user} · 交易日 {day}", lost: "连接已断开", refused: "被拒绝",
    sent: "已发送", sure: "{what}：{code} {volume} 手，价格 {price}？", did: "{side}{offset}", bad_number: "价格和手数必须是大于 0 的数",
  },
};
const STATES = {
  en: { 0: "Filled", 1: "Part filled", 3: "Working", 5: "Cancelled", a: "Sent", b: "Not touched", c: "Touched" },
  zh: { 0: "全部成交", 1: "部分成交", 3: "未成交", 5: "已撤单", a: "已发送", b: "未触发", c: "已触发" },
};
const WORKING = "13ab";
// Columns that a phone has no room for.
const WIDE = ["turned", "today"];

const byId = (id) => document.getElementById(id);
const kept = { quotes: new Map(), orders: new Map(), trades: new Map(), positions: [], money: null };
let language = (localStorage.getItem("language") || navigator.language || "en").startsWith("zh") ? "zh" : "en";
let socket = null;
let session = null;
let number = 0;
let refreshing = 0;
let state = ["off", "", {}];

const word = (key, values = {}) =>
  WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
const figure = (value, digits = 2) =>
  Number(value).toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const plain = (value) => (value ? String(Number(Number(value).toFixed(6))) : "-");

function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function ask(name, field, body = {}) {
  number += 1;
  send({ MsgType: name, [field]: body, RequestID: number });
}

// ---- what comes

const HEARD = {
  Ping: (message) => send({ MsgType: "Pong", Timestamp: message.Timestamp }),
  RspUserLogin: onLogin,
  RspAuthenticate: (message) => note(message),
  RtnDepthMarketData: (message) => onQuote(message.DepthMarketData),
  RspSubMarketData: onSubscribed,
  RtnOrder: (message) => { onOrder(message.Order); refreshSoon(); },
  RtnTrade: (message) => { onTrade(message.Trade); refreshSoon(); },
  RspQryOrder: (message) => message.Order && onOrder(message.Order),
  RspQryTrade: (message) => message.Trade && onTrade(message.Trade),
  RspQryInvestorPosition: onPosition,
  RspQryTradingAccount: (message) => { kept.money = message.TradingAccount || kept.money; drawMoney(); },
  RspOrderInsert: (message) => note(message),
  ErrRtnOrderInsert: (message) => note(message),
  RspOrderAction: (message) => note(message),
  ErrRtnOrderAction: (message) => note(message),
  RspError: (message) => note(message),
  OnFrontDisconnected: (message) => note(message),
};

function hear(event) {
  const messages = JSON.parse(event.data);
  for (const message of Array.isArray(messages) ? messages : [messages]) {
    const handle = HEARD[message.MsgType];
    if (handle) handle(message);
    else if (message.RspInfo && message.RspInfo.ErrorID) note(message);
  }
}

function onLogin(message) {
  const told = message.RspUserLogin;
  if (!told || (message.RspInfo && message.RspInfo.ErrorID)) {
    note(message);
    const info = message.RspInfo || {};
    show("refused", "bad", {}, `: ${info.ErrorMsg || ""} (${info.ErrorID ?? ""})`);
    return;
  }
  if (told.UserID === "" || (session && session.SessionID === told.SessionID)) return;
  session = told;
  byId("login").hidden = true;
  byId("desk").hidden = byId("leave").hidden = false;
  show("on", "good", { user: told.UserID, day: told.TradingDay });
  ask("ReqQryOrder", "QryOrder");
  ask("ReqQryTrade", "QryTrade");
  refresh();
  const codes = [...kept.quotes.keys()];
  if (codes.length) send({ MsgType: "SubscribeMarketData", InstrumentID: codes });
}

function onSubscribed(message) {
  if (!message.RspInfo || !message.RspInfo.ErrorID) return;
  note(message);
  kept.quotes.delete(message.SpecificInstrument && message.SpecificInstrument.InstrumentID);
  drawQuotes();
}

function onQuote(quote) {
  const before = kept.quotes.get(quote.InstrumentID);
  kept.quotes.set(quote.InstrumentID, quote);
  if (byId("t-code").value === quote.InstrumentID && !byId("t-price").value) {
    byId("t-price").value = plain(quote.LastPrice);
  }
  if (!before || !before.InstrumentID) drawQuotes();
  else drawQuote(quote);
}

const orderKey = (order) => [order.FrontID, order.SessionID, String(order.OrderRef).trim()].join(".");

function onOrder(order) {
  kept.orders.set(orderKey(order), order);
  drawOrders();
}

function onTrade(trade) {
  kept.trades.set([trade.ExchangeID, trade.TradeID, trade.Direction].join("."), trade);
  drawTrades();
}

let arriving = [];
function onPosition(message) {
  if (message.InvestorPosition) arriving.push(message.InvestorPosition);
  if (!message.IsLast) return;
  kept.positions = arriving.filter((each) => each.Position || each.TodayPosition);
  arriving = [];
  drawPositions();
}

function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, 300);
}

function refresh() {
  ask("ReqQryInvestorPosition", "QryInvestorPosition");
  ask("ReqQryTradingAccount", "QryTradingAccount");
}

// ---- what is done

function connect(event) {
  event.preventDefault();
  const token = byId("token").value;
  let address;
  try {
    address = new URL(byId("address").value);
    if (token) address.searchParams.set("token", token);
    socket = new WebSocket(address);
  } catch (error) {
    show("refused", "bad", {}, `: ${error.message}`);
    return;
  }
  show("connecting", "");
  const own = socket;
  own.onopen = () => {
    const body = { UserID: byId("user").value, Password: byId("password").value };
    number += 1;
    send({ MsgType: "ReqUserLogin", ReqUserLogin: body, RequestID: number });
  };
  own.onmessage = hear;
  own.onclose = (closed) => {
    if (own !== socket) return;
    socket = session = null;
    show("lost", "bad", {}, closed.reason ? `: ${closed.reason}` : "");
    byId("login").hidden = false;
    byId("desk").hidden = byId("leave").hidden = true;
  };
}

function leave() {
  const own = socket;
  socket = session = null;
  if (own) own.close(1000);
  kept.orders.clear();
  kept.trades.clear();
  kept.positions = [];
  kept.money = null;
  byId("login").hidden = false;
  byId("desk").hidden = byId("leave").hidden = true;
  show("off", "");
  draw();
}

function watch(event) {
  event.preventDefault();
  const codes = byId("code").value.split(/[\s,，;]+/).filter(Boolean);
  if (!codes.length) return;
  for (const code of codes) if (!kept.quotes.has(code)) kept.quotes.set(code, {});
  send({ MsgType: "SubscribeMarketData", InstrumentID: codes });
  byId("code").value = "";
  choose(codes[0]);
  drawQuotes();
}

function choose(code) {
  const quote = kept.quotes.get(code) || {};
  byId("t-code").value = code;
  byId("t-price").value = quote.LastPrice ? plain(quote.LastPrice) : "";
  drawQuotes();
}

function order(event) {
  event.preventDefault();
  const code = byId("t-code").value.trim();
  const price = Number(byId("t-price").value);
  const volume = Number(byId("t-volume").value);
  const direction = event.submitter.value;
  const offset = byId("t-offset").value;
  if (!(price > 0) || !(volume > 0) || !Number.isInteger(volume)) {
    line(word("bad_number"), true);
    return;
  }
  const go = () => insert(code, direction, offset, price, volume);
  if (!byId("t-ask").checked) {
    go();
    return;
  }
  const [what] = did(direction, offset);
  byId("sure-text").textContent = word("sure", { what, code, price, volume });
  const dialog = byId("sure");
  dialog.onclose = () => dialog.returnValue === "yes" && go();
  dialog.returnValue = "";
  dialog.showModal();
}

function insert(code, direction, offset, price, volume) {
  const quote = kept.quotes.get(code) || {};
  ask("ReqOrderInsert", "InputOrder", {
    InstrumentID: code,
    ExchangeID: quote.ExchangeID || "",
    Direction: direction,
    CombOffsetFlag: offset,
    CombHedgeFlag: "1",
    OrderPriceType: "2",
    LimitPrice: price,
    VolumeTotalOriginal: volume,
    TimeCondition: "3",
    VolumeCondition: "1",
    MinVolume: 1,
    ContingentCondition: "1",
    ForceCloseReason: "0",
  });
  line(`${word("sent")}: ${did(direction, offset)[0]} ${volume} × ${code} @ ${price}`);
}

function cancel(order) {
  ask("ReqOrderAction", "InputOrderAction", {
    InstrumentID: order.InstrumentID,
    ExchangeID: order.ExchangeID,
    OrderSysID: order.OrderSysID,
    FrontID: order.FrontID,
    SessionID: order.SessionID,
    OrderRef: order.OrderRef,
    ActionFlag: "0",
  });
}

// ---- what is shown

function show(key, kind, values = {}, more = "") {
  state = [key, kind, values, more];
  byId("state").textContent = word(key, values) + more;
  byId("state").className = kind;
}

function note(message) {
  const info = message.RspInfo || {};
  const said = info.ErrorMsg || message.Detail || "";
  if (info.ErrorID) line(`${message.MsgType}: ${said} (${info.ErrorID})`, true);
}

function line(text, bad = false) {
  const item = document.createElement("li");
  item.textContent = `${new Date().toLocaleTimeString(language)}  ${text}`;
  if (bad) item.className = "bad";
  byId("log").prepend(item);
  while (byId("log").childElementCount > 100) byId("log").lastChild.remove();
}

function cell(row, text, kind = "") {
  const made = row.insertCell();
  made.textContent = text;
  made.className = kind;
  return made;
}

function table(id, heads, rows, fill) {
  const head = byId(id).tHead;
  head.replaceChildren();
  const top = head.insertRow();
  for (const key of heads) {
    const made = document.createElement("th");
    made.textContent = key ? word(key) : "";
    if (WIDE.includes(key)) made.className = "wide";
    top.append(made);
  }
  const body = byId(id).tBodies[0];
  body.replaceChildren();
  for (const each of rows) fill(body.insertRow(), each);
  if (!rows.length) {
    const made = cell(body.insertRow(), word("none"), "empty words");
    made.colSpan = heads.length;
  }
}

const OFFSETS = { 0: "open", 3: "close_today" };
function did(direction, offset) {
  const [side, kind] = direction === "0" ? ["buy", "rise"] : ["sell", "fall"];
  return [word("did", { side: word(side), offset: word(OFFSETS[offset[0]] || "close") }), kind];
}

function fillQuote(row, code, quote) {
  row.replaceChildren();
  const change = quote.PreSettlementPrice ? quote.LastPrice - quote.PreSettlementPrice : 0;
  const kind = change > 0 ? "rise" : change < 0 ? "fall" : "";
  cell(row, code);
  cell(row, plain(quote.LastPrice), kind);
  cell(row, quote.BidVolume1 ? `${plain(quote.BidPrice1)} × ${quote.BidVolume1}` : "-");
  cell(row, quote.AskVolume1 ? `${plain(quote.AskPrice1)} × ${quote.AskVolume1}` : "-");
  cell(row, quote.Volume ? figure(quote.Volume, 0) : "-", "wide");
  cell(row, quote.UpdateTime || "-");
}

function drawQuotes() {
  const heads = ["instrument", "last", "bid", "asked", "turned", "time"];
  table("quotes", heads, [...kept.quotes], (row, [code, quote]) => {
    row.dataset.code = code;
    if (code === byId("t-code").value) row.className = "chosen";
    row.onclick = () => choose(code);
    fillQuote(row, code, quote);
  });
}

function drawQuote(quote) {
  for (const row of byId("quotes").tBodies[0].rows) {
    if (row.dataset.code === quote.InstrumentID) fillQuote(row, quote.InstrumentID, quote);
  }
}

function drawOrders() {
  const heads = ["instrument", "side", "price", "filled", "status", ""];
  table("orders", heads, [...kept.orders.values()].reverse(), (row, each) => {
    cell(row, each.InstrumentID);
    cell(row, ...did(each.Direction, each.CombOffsetFlag));
    cell(row, plain(each.LimitPrice));
    cell(row, `${each.VolumeTraded} / ${each.VolumeTotalOriginal}`);
    cell(row, STATES[language][each.OrderStatus] || each.StatusMsg).title = each.StatusMsg || "";
    const last = cell(row, "");
    if (WORKING.includes(each.OrderStatus)) {
      const button = document.createElement("button");
      button.textContent = word("cancel");
      button.onclick = () => cancel(each);
      last.append(button);
    }
  });
}

function drawTrades() {
  const heads = ["instrument", "side", "price", "volume", "time"];
  table("trades", heads, [...kept.trades.values()].reverse(), (row, each) => {
    cell(row, each.InstrumentID);
    cell(row, ...did(each.Direction, each.OffsetFlag));
    cell(row, plain(each.Price));
    cell(row, String(each.Volume));
    cell(row, each.TradeTime);
  });
}

function drawPositions() {
  const heads = ["instrument", "side", "volume", "today", "profit", "margin"];
  table("positions", heads, kept.positions, (row, each) => {
    const long = each.PosiDirection === "2";
    cell(row, each.InstrumentID);
    cell(row, word(long ? "long" : "short"), long ? "rise" : "fall");
    cell(row, String(each.Position));
    cell(row, String(each.TodayPosition), "wide");
    cell(row, figure(each.PositionProfit), each.PositionProfit > 0 ? "rise" : each.PositionProfit < 0 ? "fall" : "");
    cell(row, figure(each.UseMargin));
  });
}

function drawMoney() {
  const shown = [
    ["balance", "Balance"], ["available", "Available"], ["margin", "CurrMargin"], ["frozen", "FrozenMargin"],
    ["profit", "PositionProfit"], ["fees", "Commission"],
  ];
  byId("money").replaceChildren(
    ...shown.map(([key, field]) => {
      const made = document.createElement("div");
      const value = document.createElement("b");
      made.textContent = word(key);
      value.textContent = kept.money ? figure(kept.money[field]) : "-";
      made.append(value);
      return made;
    }),
  );
}

function draw() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-text]")) {
    const target = each.tagName === "OPTION" || !each.children.length ? each : each.firstChild;
    target.textContent = word(each.dataset.text);
  }
  byId("code").placeholder = word("codes");
  byId("code").setAttribute("aria-label", word("codes"));
  byId("language").textContent = word("language");
  show(...state);
  drawQuotes();
  drawOrders();
  drawTrades();
  drawPositions();
  drawMoney();
}

byId("login-form").onsubmit = connect;
byId("watch").onsubmit = watch;
byId("ticket").onsubmit = order;
byId("leave").onclick = leave;
byId("language").onclick = () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  draw();
};
byId("address").value = location.protocol.startsWith("http")
  ? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`
  : "ws://127.0.0.1:8080/";
draw();
