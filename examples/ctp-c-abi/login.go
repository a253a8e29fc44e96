// Log in at a counter and place an order from Go.
//
//	CGO_CFLAGS=-I$PWD/libs CGO_LDFLAGS="-L$PWD/libs -lthosttraderapi_se -Wl,-rpath,$PWD/libs" go run login.go tcp://127.0.0.1:41205
package main

/*
#include <anyvenue_ctp.h>
#include <stdlib.h>

void goHeard(void *user, char *callback, char *structure, void *data, int size, int errorID, char *errorText, int number, int isLast);

static anyvenue_ctp *create(const char *flow) {
    return anyvenue_ctp_trader_create(flow, (anyvenue_ctp_callback)goHeard, NULL);
}
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

var (
	api  *C.anyvenue_ctp
	done = make(chan bool, 1)
)

func request(name, structure string, fields ...string) {
	size := C.anyvenue_ctp_trader_size(C.CString(structure))
	data := C.calloc(1, C.size_t(size))
	defer C.free(data)
	for i := 0; i < len(fields); i += 2 {
		C.anyvenue_ctp_trader_put(C.CString(structure), data, C.CString(fields[i]), C.CString(fields[i+1]))
	}
	C.anyvenue_ctp_trader_request(api, C.CString(name), data, size, 1)
}

func field(structure *C.char, data unsafe.Pointer, name string) string {
	var text [256]C.char
	C.anyvenue_ctp_trader_get(structure, data, C.CString(name), &text[0], 256)
	return C.GoString(&text[0])
}

// goHeard is called on the library's thread; data is gone when it returns.
//
//export goHeard
func goHeard(user unsafe.Pointer, callback, structure *C.char, data unsafe.Pointer, size, errorID C.int, errorText *C.char, number, isLast C.int) {
	switch C.GoString(callback) {
	case "OnFrontConnected":
		request("ReqUserLogin", "ReqUserLogin", "BrokerID", "9999", "UserID", "alice", "Password", "secret")
	case "OnRspUserLogin":
		day := C.GoString(C.anyvenue_ctp_trader_trading_day(api))
		fmt.Printf("login of %s: error %d, trading day %s\n", field(structure, data, "UserID"), errorID, day)
		request("ReqOrderInsert", "InputOrder", "InstrumentID", "rb2610", "OrderRef", "1", "LimitPrice", "3500",
			"Direction", "0", "VolumeTotalOriginal", "2")
	case "OnRtnOrder":
		status := field(structure, data, "OrderStatus")
		fmt.Printf("order: status %s\n", status)
		if status != "a" {
			done <- true
		}
	}
}

func main() {
	api = C.create(C.CString("flow/go_"))
	C.anyvenue_ctp_trader_front(api, C.CString(os.Args[1]))
	C.anyvenue_ctp_trader_topic(api, C.CString("private"), 2)
	C.anyvenue_ctp_trader_init(api)
	<-done
	C.anyvenue_ctp_trader_release(api)
}
