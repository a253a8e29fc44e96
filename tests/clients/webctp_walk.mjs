// Every request of the protocol, by a WebSocket client that knows nothing of this project: node webctp_walk.mjs URL
//
// It reads which messages there are from the service's own AsyncAPI document, sends the example of each request, and
// looks whether what comes back has the fields that are described. The result is one line of JSON.

const PATIENCE_MS = 60000;
const BY_HAND = ["ReqUserLogin", "ReqUserLogout", "ReqUserPasswordUpdate", "ReqTradingAccountPasswordUpdate"];

const address = process.argv[2];
const reply = await fetch(address.replace(/^ws/, "http") + "asyncapi.json");
const document = await reply.json();
const { messages, schemas } = document.components;
const result = { asked: 0, unanswered: [], wrong: [] };
let number = 100;

const ofReference = (each) => each.$ref.split("/").pop();

function requests(side) {
  const names = document.operations[`${side}_receive`].messages.map(ofReference);
  return names.filter((name) => !BY_HAND.includes(name) && name !== "Ping" && name !== "Pong");
}

function check(message) {
  const described = messages[message.MsgType];
  if (!described) {
    result.wrong.push(`${message.MsgType} is not described`);
    return;
  }
  const { required, properties } = described.payload;
  for (const key of required) if (!(key in message)) result.wrong.push(`${message.MsgType} has no ${key}`);
  for (const [key, value] of Object.entries(message)) {
    const form = properties[key];
    if (!form) result.wrong.push(`${message.MsgType} has ${key}`);
    else if (form.anyOf && value && Object.keys(value).length) {
      const wanted = form.anyOf.filter((each) => each.$ref).map((each) => schemas[ofReference(each)].required);
      const found = Object.keys(value).join();
      if (!wanted.some((each) => each.join() === found)) result.wrong.push(`${message.MsgType}.${key} has other fields`);
    }
  }
}

class Line {
  constructor(path) {
    this.heard = [];
    this.wake = () => {};
    this.socket = new WebSocket(address + path);
    this.socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      check(message);
      this.heard.push(message);
      this.wake();
    };
  }

  open() {
    return new Promise((done, failed) => {
      this.socket.onopen = done;
      this.socket.onerror = failed;
    });
  }

  async until(wanted) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      while (this.heard.length) if (wanted(this.heard.shift())) return true;
      const left = end - Date.now();
      if (left <= 0) return false;
      await new Promise((done) => {
        this.wake = done;
        setTimeout(done, left);
      });
    }
  }

  async ask(name, body) {
    result.asked += 1;
    number += 1;
    const own = number;
    this.socket.send(JSON.stringify({ ...body, MsgType: name, RequestID: own }));
    const stem = name.replace(/^Req/, "");
    const answered = await this.until((message) => {
      const told = message.MsgType;
      const isOwn = message.RequestID === own || told === `Rsp${stem}` || told === `Rsp${name}`;
      // A request that changes something is often answered by what it led to alone.
      const isEffect = told.replace(/^Err/, "").replace(/^Rtn/, "").slice(0, 4) === stem.slice(0, 4);
      return (isOwn || isEffect) && (!told.startsWith("Rsp") || message.IsLast || !("IsLast" in message));
    });
    if (!answered) result.unanswered.push(name);
  }

  async subscribe(name) {
    result.asked += 1;
    this.socket.send(JSON.stringify({ MsgType: name, InstrumentID: ["rb2701", "ag2612"] }));
    const answer = `Rsp${name.replace("Subscribe", "Sub")}`;
    if (!(await this.until((message) => message.MsgType === answer && message.IsLast))) result.unanswered.push(name);
  }
}

const td = new Line("td/");
await td.open();
await td.ask("ReqUserLogin", { ReqUserLogin: { UserID: "walker-js", Password: "secret" } });
for (const name of requests("td")) await td.ask(name, messages[name].examples[0].payload);
await td.ask("ReqUserPasswordUpdate", { UserPasswordUpdate: { OldPassword: "secret", NewPassword: "other" } });
await td.ask("ReqUserLogout", { UserLogout: {} });
td.socket.close();

const md = new Line("md/");
await md.open();
await md.ask("ReqUserLogin", { ReqUserLogin: { UserID: "", Password: "" } });
await md.subscribe("SubscribeMarketData");
await md.subscribe("SubscribeForQuoteRsp");
if (!(await md.until((message) => message.MsgType === "RtnDepthMarketData"))) result.unanswered.push("no quote");
await md.subscribe("UnSubscribeMarketData");
await md.subscribe("UnSubscribeForQuoteRsp");
md.socket.close();

console.log(JSON.stringify(result));
process.exit(0);
