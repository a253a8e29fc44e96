// Trade over the JSON service in Go: log in, subscribe, buy one lot, see the fill.
//
//	go run . ws://127.0.0.1:8080/ alice secret rb2701
package main

import (
	"fmt"
	"log"
	"os"
)

type object = map[string]any

type client struct {
	socket *webSocket
	number int
}

// request sends a request and returns its RequestID.
func (c *client) request(name, field string, body object) int {
	c.number++
	c.send(object{"MsgType": name, field: body, "RequestID": c.number})
	return c.number
}

func (c *client) send(message object) {
	if err := c.socket.writeJSON(message); err != nil {
		log.Fatal(err)
	}
}

// until returns the first message that is wanted; an error ends the program.
func (c *client) until(wanted func(object) bool) object {
	for {
		message := object{}
		if err := c.socket.readJSON(&message); err != nil {
			log.Fatal(err)
		}
		if message["MsgType"] == "Ping" {
			c.send(object{"MsgType": "Pong", "Timestamp": message["Timestamp"]})
			continue
		}
		if info, ok := message["RspInfo"].(object); ok && info["ErrorID"] != 0.0 {
			log.Fatalf("%v: %v (%v)", message["MsgType"], info["ErrorMsg"], info["ErrorID"])
		}
		if wanted(message) {
			return message
		}
	}
}

func named(name string) func(object) bool {
	return func(message object) bool { return message["MsgType"] == name }
}

func answers(number int) func(object) bool {
	return func(message object) bool { return message["RequestID"] == float64(number) }
}

func main() {
	given := []string{"ws://127.0.0.1:8080/", "alice", "secret", "rb2701"}
	if len(os.Args) == 5 {
		given = os.Args[1:]
	}
	address, user, password, code := given[0], given[1], given[2], given[3]
	socket, err := dial(address)
	if err != nil {
		log.Fatal(err)
	}
	defer socket.wire.Close()
	c := &client{socket: socket}

	c.request("ReqUserLogin", "ReqUserLogin", object{"UserID": user, "Password": password})
	login := c.until(named("RspUserLogin"))["RspUserLogin"].(object)
	fmt.Println("logged in, trading day", login["TradingDay"])

	c.send(object{"MsgType": "SubscribeMarketData", "InstrumentID": []string{code}})
	quote := c.until(named("RtnDepthMarketData"))["DepthMarketData"].(object)
	fmt.Println("quote", quote["BidPrice1"], quote["AskPrice1"])

	number := c.request("ReqQryInstrument", "QryInstrument", object{"InstrumentID": code})
	instrument := c.until(answers(number))["Instrument"].(object)

	c.request("ReqOrderInsert", "InputOrder", object{
		"InstrumentID":        code,
		"ExchangeID":          instrument["ExchangeID"],
		"Direction":           "0", // buy
		"CombOffsetFlag":      "0", // open
		"CombHedgeFlag":       "1", // speculation
		"OrderPriceType":      "2", // limit
		"LimitPrice":          quote["AskPrice1"].(float64) + 10*instrument["PriceTick"].(float64),
		"VolumeTotalOriginal": 1,
		"TimeCondition":       "3", // for the day
		"VolumeCondition":     "1", // any volume
		"MinVolume":           1,
		"ContingentCondition": "1", // immediately
		"ForceCloseReason":    "0",
	})
	trade := c.until(named("RtnTrade"))["Trade"].(object)
	fmt.Println("traded", trade["Volume"], "at", trade["Price"])

	number = c.request("ReqQryTradingAccount", "QryTradingAccount", object{})
	account := c.until(answers(number))["TradingAccount"].(object)
	fmt.Printf("available %.2f\n", account["Available"])

	c.request("ReqUserLogout", "UserLogout", object{"UserID": user})
	c.until(named("RspUserLogout"))
	fmt.Println("done")
}
