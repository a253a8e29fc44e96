// Trade over the JSON service in Java: log in, subscribe, buy one lot, see the fill.
//
//     java Client.java ws://127.0.0.1:8080/ alice secret rb2701
//
// It needs Java 17 and nothing else; a real program would take a JSON library in the place of the Json class below.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

public class Client implements WebSocket.Listener {
    private final BlockingQueue<Map<String, Object>> heard = new LinkedBlockingQueue<>();
    private final StringBuilder parts = new StringBuilder();
    private WebSocket socket;
    private int number = 0;

    public static void main(String[] given) throws Exception {
        String[] usual = {"ws://127.0.0.1:8080/", "alice", "secret", "rb2701"};
        String[] used = given.length == 4 ? given : usual;
        try {
            new Client().trade(used[0], used[1], used[2], used[3]);
        } catch (IllegalStateException error) {
            System.err.println(error.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    void trade(String address, String user, String password, String code) throws Exception {
        socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create(address), this).get();

        request("ReqUserLogin", "ReqUserLogin", Map.of("UserID", user, "Password", password));
        Map<String, Object> login = body(until(each -> each.containsKey("RspUserLogin")), "RspUserLogin");
        System.out.println("logged in, trading day " + login.get("TradingDay"));

        send(Map.of("MsgType", "SubscribeMarketData", "InstrumentID", List.of(code)));
        Map<String, Object> quote = body(until(named("RtnDepthMarketData")), "DepthMarketData");
        System.out.println("quote " + quote.get("BidPrice1") + " " + quote.get("AskPrice1"));

        int asked = request("ReqQryInstrument", "QryInstrument", Map.of("InstrumentID", code));
        Map<String, Object> instrument = body(until(answers(asked)), "Instrument");

        Map<String, Object> order = new LinkedHashMap<>();
        order.put("InstrumentID", code);
        order.put("ExchangeID", instrument.get("ExchangeID"));
        order.put("Direction", "0"); // buy
        order.put("CombOffsetFlag", "0"); // open
        order.put("CombHedgeFlag", "1"); // speculation
        order.put("OrderPriceType", "2"); // limit
        order.put("LimitPrice", (double) quote.get("AskPrice1") + 10 * (double) instrument.get("PriceTick"));
        order.put("VolumeTotalOriginal", 1);
        order.put("TimeCondition", "3"); // for the day
        order.put("VolumeCondition", "1"); // any volume
        order.put("MinVolume", 1);
        order.put("ContingentCondition", "1"); // immediately
        order.put("ForceCloseReason", "0");
        request("ReqOrderInsert", "InputOrder", order);
        Map<String, Object> trade = body(until(named("RtnTrade")), "Trade");
        System.out.println("traded " + ((Double) trade.get("Volume")).intValue() + " at " + trade.get("Price"));

        int query = request("ReqQryTradingAccount", "QryTradingAccount", Map.of());
        Map<String, Object> account = body(until(answers(query)), "TradingAccount");
        System.out.printf("available %.2f%n", account.get("Available"));

        request("ReqUserLogout", "UserLogout", Map.of("UserID", user));
        until(named("RspUserLogout"));
        System.out.println("done");
    }

    /** Sends a request and returns its RequestID. */
    int request(String name, String field, Map<String, Object> body) {
        number += 1;
        send(Map.of("MsgType", name, field, body, "RequestID", number));
        return number;
    }

    void send(Map<String, Object> message) {
        socket.sendText(Json.write(message), true).join();
    }

    /** Returns the first message that is wanted; heartbeats are answered, errors thrown. */
    Map<String, Object> until(Predicate<Map<String, Object>> wanted) throws InterruptedException {
        while (true) {
            Map<String, Object> message = heard.poll(20, TimeUnit.SECONDS);
            if (message == null) {
                throw new IllegalStateException("no answer within 20 s");
            }
            if ("Ping".equals(message.get("MsgType"))) {
                send(Map.of("MsgType", "Pong", "Timestamp", message.get("Timestamp")));
                continue;
            }
            if (message.get("RspInfo") instanceof Map<?, ?> info && (double) info.get("ErrorID") != 0) {
                throw new IllegalStateException(message.get("MsgType") + ": " + info.get("ErrorMsg"));
            }
            if (wanted.test(message)) {
                return message;
            }
        }
    }

    static Predicate<Map<String, Object>> named(String name) {
        return message -> name.equals(message.get("MsgType"));
    }

    static Predicate<Map<String, Object>> answers(int number) {
        return message -> Double.valueOf(number).equals(message.get("RequestID"));
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> body(Map<String, Object> message, String field) {
        return (Map<String, Object>) message.get(field);
    }

    @Override
    @SuppressWarnings("unchecked")
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        parts.append(part);
        if (last) {
            heard.add((Map<String, Object>) new Json(parts.toString()).value());
            parts.setLength(0);
        }
        from.request(1);
        return null;
    }

    /** JSON as maps, lists, strings, doubles, booleans and null. */
    static final class Json {
        private final String text;
        private int at = 0;

        Json(String text) {
            this.text = text;
        }

        Object value() {
            skip();
            switch (text.charAt(at)) {
                case '{':
                    return object();
                case '[':
                    return array();
                case '"':
                    return string();
                default:
                    return word();
            }
        }

        private Map<String, Object> object() {
            Map<String, Object> found = new LinkedHashMap<>();
            for (at += 1, skip(); text.charAt(at) != '}'; skip()) {
                String key = string();
                skip();
                at += 1; // the colon
                found.put(key, value());
                comma();
            }
            at += 1;
            return found;
        }

        private List<Object> array() {
            List<Object> found = new ArrayList<>();
            for (at += 1, skip(); text.charAt(at) != ']'; skip()) {
                found.add(value());
                comma();
            }
            at += 1;
            return found;
        }

        private String string() {
            StringBuilder found = new StringBuilder();
            for (at += 1; text.charAt(at) != '"'; at += 1) {
                char one = text.charAt(at);
                if (one != '\\') {
                    found.append(one);
                    continue;
                }
                at += 1;
                int plain = "nrtbf".indexOf(text.charAt(at));
                if (text.charAt(at) == 'u') {
                    found.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    found.append(plain < 0 ? text.charAt(at) : "\n\r\t\b\f".charAt(plain));
                }
            }
            at += 1;
            return found.toString();
        }

        private Object word() {
            int begin = at;
            while (at < text.length() && ",]} \n\t\r".indexOf(text.charAt(at)) < 0) {
                at += 1;
            }
            String word = text.substring(begin, at);
            switch (word) {
                case "true":
                    return true;
                case "false":
                    return false;
                case "null":
                    return null;
                default:
                    return Double.valueOf(word);
            }
        }

        private void comma() {
            skip();
            if (text.charAt(at) == ',') {
                at += 1;
            }
        }

        private void skip() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at += 1;
            }
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> map) {
                List<String> parts = new ArrayList<>();
                map.forEach((key, each) -> parts.add(write(key) + ":" + write(each)));
                return "{" + String.join(",", parts) + "}";
            }
            if (value instanceof List<?> list) {
                return "[" + String.join(",", list.stream().map(Json::write).toList()) + "]";
            }
            if (value instanceof String string) {
                return '"' + string.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            }
            if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) {
                return String.valueOf(number.longValue());
            }
            return String.valueOf(value);
        }
    }
}
