package main

// As much of WebSocket (RFC 6455) as a client needs, so that the example has no dependency. A real program would take
// github.com/gorilla/websocket or github.com/coder/websocket.

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	text   = 0x1
	closed = 0x8
	ping   = 0x9
	pong   = 0xA
)

type webSocket struct {
	wire   net.Conn
	reader *bufio.Reader
}

func dial(address string) (*webSocket, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	var wire net.Conn
	if at.Scheme == "wss" {
		wire, err = tls.Dial("tcp", at.Host, nil)
	} else {
		wire, err = net.Dial("tcp", at.Host)
	}
	if err != nil {
		return nil, err
	}
	wire.SetDeadline(time.Now().Add(20 * time.Second))
	key := make([]byte, 16)
	rand.Read(key)
	fmt.Fprintf(wire, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		at.RequestURI(), at.Host, base64.StdEncoding.EncodeToString(key))
	reader := bufio.NewReader(wire)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("%s: %s", address, answer.Status)
	}
	return &webSocket{wire, reader}, nil
}

func (s *webSocket) writeJSON(message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return s.write(text, data)
}

func (s *webSocket) write(kind byte, data []byte) error {
	head := []byte{0x80 | kind}
	switch {
	case len(data) < 126:
		head = append(head, 0x80|byte(len(data)))
	case len(data) < 1<<16:
		head = append(head, 0x80|126)
		head = binary.BigEndian.AppendUint16(head, uint16(len(data)))
	default:
		head = append(head, 0x80|127)
		head = binary.BigEndian.AppendUint64(head, uint64(len(data)))
	}
	mask := make([]byte, 4)
	rand.Read(mask)
	masked := make([]byte, len(data))
	for i, each := range data {
		masked[i] = each ^ mask[i%4]
	}
	_, err := s.wire.Write(append(append(head, mask...), masked...))
	return err
}

func (s *webSocket) readJSON(message any) error {
	var whole []byte
	for {
		last, kind, data, err := s.frame()
		switch {
		case err != nil:
			return err
		case kind == closed:
			return io.EOF
		case kind == ping:
			if err := s.write(pong, data); err != nil {
				return err
			}
		case kind != pong:
			whole = append(whole, data...)
			if last {
				return json.Unmarshal(whole, message)
			}
		}
	}
}

func (s *webSocket) frame() (last bool, kind byte, data []byte, err error) {
	head := make([]byte, 2)
	if _, err = io.ReadFull(s.reader, head); err != nil {
		return
	}
	size := uint64(head[1] & 0x7F)
	if more := map[uint64]int{126: 2, 127: 8}[size]; more > 0 {
		wide := make([]byte, 8)
		if _, err = io.ReadFull(s.reader, wide[8-more:]); err != nil {
			return
		}
		size = binary.BigEndian.Uint64(wide)
	}
	data = make([]byte, size)
	_, err = io.ReadFull(s.reader, data)
	return head[0]&0x80 != 0, head[0] & 0x0F, data, err
}
