// Trade over the JSON service in JavaScript: log in, subscribe, buy one lot, see the fill.
//
//     node client.mjs ws://127.0.0.1:8080/ alice secret rb2701
//
// It needs nothing but WebSocket: Node 22, a browser, or Node 20 with --experimental-websocket.

const given = process.argv.slice(2);
const [address, user, password, code] =
  given.length === 4 ? given : ["ws://127.0.0.1:8080/", "alice", "secret", "rb2701"];

const socket = new WebSocket(address);
const waiting = [];
let number = 0;

const send = (message) => socket.send(JSON.stringify(message));

/** Send a request and return its RequestID. */
function request(name, field, body = {}) {
  number += 1;
  send({ MsgType: name, [field]: body, RequestID: number });
  return number;
}

/** Return the first message that is wanted; an error ends the program. */
function until(wanted) {
  return new Promise((done) => waiting.push({ wanted, done }));
}

socket.onmessage = (event) => {
  const message = JSON.parse(event.data);
  if (message.MsgType === "Ping") {
    send({ MsgType: "Pong", Timestamp: message.Timestamp });
    return;
  }
  const error = message.RspInfo;
  if (error && error.ErrorID) fail(`${message.MsgType}: ${error.ErrorMsg} (${error.ErrorID})`);
  const at = waiting.findIndex((each) => each.wanted(message));
  if (at >= 0) waiting.splice(at, 1)[0].done(message);
};
socket.onerror = () => fail(`no connection to ${address}`);
setTimeout(() => fail("no answer within 20 s"), 20000).unref();

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

await new Promise((done) => (socket.onopen = done));

request("ReqUserLogin", "ReqUserLogin", { UserID: user, Password: password });
const login = await until((each) => each.RspUserLogin);
console.log("logged in, trading day", login.RspUserLogin.TradingDay);

send({ MsgType: "SubscribeMarketData", InstrumentID: [code] });
const { DepthMarketData: quote } = await until((each) => each.MsgType === "RtnDepthMarketData");
console.log("quote", quote.BidPrice1, quote.AskPrice1);

let asked = request("ReqQryInstrument", "QryInstrument", { InstrumentID: code });
const { Instrument: instrument } = await until((each) => each.RequestID === asked);

request("ReqOrderInsert", "InputOrder", {
  InstrumentID: code,
  ExchangeID: instrument.ExchangeID,
  Direction: "0", // buy
  CombOffsetFlag: "0", // open
  CombHedgeFlag: "1", // speculation
  OrderPriceType: "2", // limit
  LimitPrice: quote.AskPrice1 + 10 * instrument.PriceTick,
  VolumeTotalOriginal: 1,
  TimeCondition: "3", // for the day
  VolumeCondition: "1", // any volume
  MinVolume: 1,
  ContingentCondition: "1", // immediately
  ForceCloseReason: "0",
});
const { Trade: trade } = await until((each) => each.MsgType === "RtnTrade");
console.log("traded", trade.Volume, "at", trade.Price);

asked = request("ReqQryTradingAccount", "QryTradingAccount");
const { TradingAccount: account } = await until((each) => each.RequestID === asked);
console.log("available", account.Available);

request("ReqUserLogout", "UserLogout", { UserID: user });
await until((each) => each.MsgType === "RspUserLogout");
console.log("done");
socket.close();
