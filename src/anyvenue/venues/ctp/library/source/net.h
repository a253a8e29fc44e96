// As much of sockets as a client needs, on POSIX and on Windows.
#ifndef ANYVENUE_NET_H
#define ANYVENUE_NET_H

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <direct.h>
#else
#include <cerrno>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include <atomic>
#include <string>

namespace anyvenue {
namespace net {

#ifdef _WIN32
using Socket = SOCKET;
constexpr Socket kNone = INVALID_SOCKET;
inline void Close(Socket s) { closesocket(s); }
inline void Shut(Socket s) { shutdown(s, SD_BOTH); }
inline bool WouldBlock() { return WSAGetLastError() == WSAEWOULDBLOCK; }
inline bool TimedOut() { return WSAGetLastError() == WSAETIMEDOUT; }
inline bool Begun() { return WSAGetLastError() == WSAEWOULDBLOCK; }
inline void Blocking(Socket s, bool blocking) {
    u_long mode = blocking ? 0 : 1;
    ioctlsocket(s, FIONBIO, &mode);
}
inline int Poll(pollfd *one, int ms) { return WSAPoll(one, 1, ms); }
inline int SendNow(Socket s, const char *data, size_t size) { return send(s, data, static_cast<int>(size), 0); }
inline void ReadTimeout(Socket s, int ms) {
    DWORD value = static_cast<DWORD>(ms);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, reinterpret_cast<const char *>(&value), sizeof(value));
}
inline void StartUp() {
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
}
inline void MakeFolder(const std::string &path) { _mkdir(path.c_str()); }
#else
using Socket = int;
constexpr Socket kNone = -1;
inline void Close(Socket s) { close(s); }
inline void Shut(Socket s) { shutdown(s, SHUT_RDWR); }
inline bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }
inline bool TimedOut() { return WouldBlock() || errno == EINTR; }
inline bool Begun() { return errno == EINPROGRESS; }
inline void Blocking(Socket s, bool blocking) {
    int flags = fcntl(s, F_GETFL, 0);
    fcntl(s, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}
inline int Poll(pollfd *one, int ms) { return poll(one, 1, ms); }
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
inline int SendNow(Socket s, const char *data, size_t size) {
    return static_cast<int>(send(s, data, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}
inline void ReadTimeout(Socket s, int ms) {
    timeval value{ms / 1000, (ms % 1000) * 1000};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof(value));
}
inline void StartUp() {}
inline void MakeFolder(const std::string &path) { mkdir(path.c_str(), 0777); }
#endif

// Split "tcp://host:port"; false for another scheme or no port.
inline bool SplitAddress(const std::string &address, std::string *host, std::string *port) {
    size_t at = address.find("://");
    std::string rest = at == std::string::npos ? address : address.substr(at + 3);
    if (at != std::string::npos && address.compare(0, 3, "tcp") != 0) return false;
    rest = rest.substr(0, rest.find('/'));
    size_t colon = rest.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == rest.size()) return false;
    *host = rest.substr(0, colon);
    *port = rest.substr(colon + 1);
    if ((*host)[0] == '[' && host->back() == ']') *host = host->substr(1, host->size() - 2);
    return true;
}

inline Socket Reach(const addrinfo *found, const std::atomic<bool> &stop, int patience_ms) {
#ifdef SOCK_CLOEXEC
    Socket s = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
#else
    Socket s = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
#endif
    if (s == kNone) return kNone;
    Blocking(s, false);
    bool open = connect(s, found->ai_addr, static_cast<int>(found->ai_addrlen)) == 0;
    if (!open && Begun()) {
        for (int waited = 0; waited < patience_ms && !stop; waited += 100) {
            pollfd one{s, POLLOUT, 0};
            if (Poll(&one, 100) <= 0) continue;
            int error = 0;
            socklen_t size = sizeof(error);
            getsockopt(s, SOL_SOCKET, SO_ERROR, reinterpret_cast<char *>(&error), &size);
            open = error == 0;
            break;
        }
    }
    if (!open || stop) {
        Close(s);
        return kNone;
    }
    Blocking(s, true);
    int on = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char *>(&on), sizeof(on));
    return s;
}

// Connect; kNone when nobody answers or `stop` is set.
inline Socket Dial(const std::string &address, const std::atomic<bool> &stop, int patience_ms) {
    std::string host, port;
    if (!SplitAddress(address, &host, &port)) return kNone;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return kNone;
    Socket s = kNone;
    for (addrinfo *each = found; each != nullptr && s == kNone && !stop; each = each->ai_next) {
        s = Reach(each, stop, patience_ms);
    }
    freeaddrinfo(found);
    return s;
}

}  // namespace net
}  // namespace anyvenue

#endif
