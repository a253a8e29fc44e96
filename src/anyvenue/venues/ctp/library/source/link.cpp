#include "link.h"

#include <cstdlib>
#include <exception>
#ifndef _WIN32
#include <cxxabi.h>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
#endif

namespace anyvenue {

namespace {

constexpr int kReadSliceMs = 500;
constexpr int kGreetingMs = 10000;
constexpr int kReleaseMs = 2000;
constexpr size_t kMostPending = 16u << 20;
constexpr size_t kNamesRoom = 32u << 10;

enum Reason { kGoOn = 0, kRead = 0x1001, kWrite = 0x1002, kSilent = 0x2001, kBadPacket = 0x2003, kTurnedAway = -1 };

std::atomic<int> generation{0};
std::atomic<bool> leaving{false};

// Runs in a forked child: threads and connections stay with the parent.
void Forked() { ++generation; }

// Runs when the process ends: nothing is called back any more.
void Leaving() { leaving = true; }

#ifndef _WIN32
using IsFinalizing = int (*)();
IsFinalizing is_finalizing = nullptr;
std::terminate_handler terminate_before = nullptr;
thread_local bool within_callback = false;

// Python ends threads that ask for its lock once it has begun to finish, and the unwinding that this starts may meet
// a destructor of the program's wrapper, which means terminate: the process would die of a thread that is not needed
// any more. It waits here for the end instead.
void Terminate() {
    if (within_callback && (leaving || (is_finalizing != nullptr && is_finalizing() != 0))) {
        for (;;) pause();
    }
    if (terminate_before != nullptr) terminate_before();
    std::abort();
}

void SetUpEnd() {
    for (const char *name : {"Py_IsFinalizing", "_Py_IsFinalizing"}) {
        if (is_finalizing == nullptr) is_finalizing = reinterpret_cast<IsFinalizing>(dlsym(RTLD_DEFAULT, name));
    }
    if (is_finalizing != nullptr) terminate_before = std::set_terminate(Terminate);
}
#endif

bool Ending() {
#ifndef _WIN32
    if (is_finalizing != nullptr && is_finalizing() != 0) return true;
#endif
    return leaving;
}

void SetUpOnce() {
    static std::once_flag once;
    std::call_once(once, [] {
        net::StartUp();
#ifndef _WIN32
        pthread_atfork(nullptr, nullptr, Forked);
        SetUpEnd();
#endif
        std::atexit(Leaving);
    });
}

int Setting(const char *name, int otherwise) {
    const char *text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : std::atoi(text);
}

std::string Text(const char *raw) { return raw == nullptr ? std::string() : std::string(raw); }

}  // namespace

Link::Link(const Table &table, Deliver deliver, const char *flow)
    : table_(table), deliver_(deliver), flow_(Text(flow)), generation_(generation) {
    pace_override_ = Setting("ANYVENUE_CTP_PACE", -1);
    reconnect_ms_ = Setting("ANYVENUE_CTP_RECONNECT_MS", 1000);
}

std::shared_ptr<Link> NewLink(const Table &table, Deliver deliver, const char *flow) {
    SetUpOnce();
    static std::mutex *mutex = new std::mutex;
    static auto *links = new std::vector<std::shared_ptr<Link>>;
    auto link = std::make_shared<Link>(table, deliver, flow);
    std::lock_guard<std::mutex> hold(*mutex);
    links->push_back(link);
    return link;
}

bool Link::Foreign() const { return generation_ != generation; }

// ---- before and after the connection

void Link::RegisterFront(const char *address) {
    if (Foreign() || address == nullptr || *address == '\0') return;
    std::string host, port;
    if (!net::SplitAddress(address, &host, &port)) {
        Say(std::string("the front ") + address + " is passed over: only tcp://host:port is spoken here");
        return;
    }
    std::lock_guard<std::mutex> hold(state_mutex_);
    fronts_.push_back(address);
}

void Link::RegisterSpi(void *spi) {
    if (Foreign()) return;
    std::lock_guard<std::mutex> hold(state_mutex_);
    spi_ = spi;
}

void Link::SubscribeTopic(int topic, int resume) {
    if (Foreign() || topic < 0 || topic >= kTopics || resume < kRestart || resume > kNoStream) return;
    std::lock_guard<std::mutex> hold(state_mutex_);
    if (started_) return;
    flows_[topic].Open(flow_, topic == kPrivateTopic ? "Private.con" : "Public.con", resume);
}

void Link::Init() {
    if (Foreign()) return;
    std::lock_guard<std::mutex> hold(state_mutex_);
    if (started_ || released_) return;
    started_ = true;
    auto self = shared_from_this();
    try {
        std::thread([self] { self->Run(); }).detach();
        std::thread([self] { self->Keep(); }).detach();
    } catch (const std::exception &error) {
        Say(std::string("no thread could be started: ") + error.what());
    }
}

int Link::Join() {
    if (Foreign()) return 0;
    std::unique_lock<std::mutex> hold(state_mutex_);
    state_changed_.wait(hold, [this] { return released_; });
    return 0;
}

void Link::Release() {
    if (Foreign()) {
        // The parent goes on with this connection: it is closed here, not ended.
        if (socket_ != net::kNone) net::Close(socket_);
        socket_ = net::kNone;
        connected_ = false;
        return;
    }
    std::unique_lock<std::mutex> hold(state_mutex_);
    released_ = true;
    stop_ = true;
    state_changed_.notify_all();
    {
        std::lock_guard<std::mutex> quiet(send_mutex_);
        connected_ = false;
        if (socket_ != net::kNone) net::Shut(socket_);
        send_changed_.notify_all();
    }
    // A callback that waits for its caller would otherwise wait for ever.
    if (calling_ && caller_ != std::this_thread::get_id()) {
        state_changed_.wait_for(hold, std::chrono::milliseconds(kReleaseMs), [this] { return !calling_; });
    }
    spi_ = nullptr;
    // Otherwise the thread of the connection does it when it ends.
    if (!started_) {
        for (Flow &flow : flows_) flow.Shut();
    }
}

const char *Link::TradingDay() { return days_[day_at_]; }

std::string Link::Front() {
    if (Foreign()) return std::string();
    std::lock_guard<std::mutex> hold(state_mutex_);
    return front_;
}

// ---- what the program sends

int Link::Request(int index, const void *data, int request_id) {
    if (Foreign() || !connected_) return -1;
    const Method &method = table_.requests[index];
    if (std::strncmp(method.name, "ReqQry", 6) == 0) {
        const int code = pace_.Ask(request_id, std::chrono::steady_clock::now());
        if (code != 0) return code;
    }
    Head head{};
    head.kind = kRequest;
    head.flags = data != nullptr ? kData : 0;
    head.index = static_cast<int16_t>(index);
    head.number = request_id;
    const std::string made = MakeFrame(head, data, data != nullptr ? method.size : 0);
    return Send(made.data(), made.size(), false) ? 0 : -1;
}

int Link::Names(int index, char *const *names, int count, char letter) {
    if (Foreign() || !connected_) return -1;
    if (names == nullptr) count = 0;
    Head head{};
    head.kind = kNames;
    head.flags = static_cast<uint8_t>(letter);
    head.index = static_cast<int16_t>(index);
    std::string body;
    for (int at = 0; at < count; ++at) {
        if (names[at] == nullptr) continue;
        body.append(names[at], strnlen(names[at], 128)).push_back('\0');
        ++head.number;
        if (body.size() >= kNamesRoom || head.number == 4096) {
            const std::string made = MakeFrame(head, body.data(), body.size());
            if (!Send(made.data(), made.size(), false)) return -1;
            body.clear();
            head.number = 0;
        }
    }
    if (body.empty() && count > 0) return 0;
    const std::string made = MakeFrame(head, body.data(), body.size());
    return Send(made.data(), made.size(), false) ? 0 : -1;
}

bool Link::Send(const char *data, size_t size, bool forced) {
    std::lock_guard<std::mutex> hold(send_mutex_);
    if (socket_ == net::kNone || (!connected_ && !forced)) return false;
    if (pending_.size() + size > kMostPending) return false;
    sent_ = true;
    if (!pending_.empty()) {
        pending_.append(data, size);
        return true;
    }
    const int done = net::SendNow(socket_, data, size);
    if (done < 0 && !net::WouldBlock()) {
        write_failed_ = true;
        net::Shut(socket_);
        return false;
    }
    const size_t gone = done < 0 ? 0 : static_cast<size_t>(done);
    if (gone < size) {
        pending_.assign(data + gone, size - gone);
        send_changed_.notify_all();
    }
    return true;
}

void Link::FlushLocked() {
    while (!pending_.empty() && socket_ != net::kNone) {
        const int done = net::SendNow(socket_, pending_.data(), pending_.size());
        if (done < 0) {
            if (!net::WouldBlock()) {
                write_failed_ = true;
                net::Shut(socket_);
                pending_.clear();
            }
            return;
        }
        pending_.erase(0, static_cast<size_t>(done));
    }
}

// The second thread: heartbeats, and what did not fit into the connection at once. Callbacks may block meanwhile.
void Link::Keep() {
    std::unique_lock<std::mutex> hold(send_mutex_);
    auto beat = std::chrono::steady_clock::now();
    while (!stop_ && !leaving) {
        const auto every = std::chrono::milliseconds(heartbeat_ms_ / 3 + 1);
        send_changed_.wait_for(hold, pending_.empty() ? every : std::chrono::milliseconds(2));
        FlushLocked();
        const auto now = std::chrono::steady_clock::now();
        if (now - beat < every) continue;
        beat = now;
        if (connected_ && !sent_ && pending_.empty()) {
            Head head{};
            head.kind = kHeartbeat;
            head.size = sizeof(head);
            pending_.assign(reinterpret_cast<const char *>(&head), sizeof(head));
            FlushLocked();
        }
        sent_ = false;
    }
}

// ---- the thread of the connection and of all callbacks

void Link::Run() {
    size_t next = 0;
    while (!stop_ && !leaving) {
        std::vector<std::string> fronts;
        {
            std::lock_guard<std::mutex> hold(state_mutex_);
            fronts = fronts_;
        }
        bool met = false;
        for (size_t tried = 0; tried < fronts.size() && !met && !stop_; ++tried) {
            met = Meet(fronts[next++ % fronts.size()]);
        }
        // After a conversation the same front is tried first.
        if (met) --next;
        Wait(reconnect_ms_);
    }
    for (Flow &flow : flows_) flow.Shut();
}

void Link::Wait(int ms) {
    std::unique_lock<std::mutex> hold(state_mutex_);
    state_changed_.wait_for(hold, std::chrono::milliseconds(ms), [this] { return stop_.load(); });
}

// Connect and talk until the connection ends; false when there was nobody.
bool Link::Meet(const std::string &address) {
    net::Socket s = net::Dial(address, stop_, 5000);
    if (s == net::kNone) return false;
    net::ReadTimeout(s, kReadSliceMs);
    {
        std::lock_guard<std::mutex> hold(state_mutex_);
        front_ = address;
    }
    {
        std::lock_guard<std::mutex> hold(send_mutex_);
        socket_ = s;
        write_failed_ = false;
        pending_.clear();
    }
    const int reason = Greet() ? Converse(s) : kTurnedAway;
    const bool was_connected = connected_.exchange(false);
    Drop();
    if (was_connected) {
        Call(table_.on_disconnected, nullptr, nullptr, reason, false);
        if (query_front_) Call(table_.on_query_disconnected, nullptr, nullptr, reason, false);
    }
    return reason != kTurnedAway;
}

void Link::Drop() {
    std::lock_guard<std::mutex> hold(send_mutex_);
    if (socket_ != net::kNone) net::Close(socket_);
    socket_ = net::kNone;
    pending_.clear();
    connected_ = false;
}

bool Link::Greet() {
    HelloBody hello{};
    std::memcpy(hello.magic, "anyv-ctp", 8);
    hello.protocol = kProtocol;
    hello.side = static_cast<uint8_t>(table_.side);
    hello.fingerprint = table_.fingerprint;
    std::snprintf(hello.dialect, sizeof(hello.dialect), "%s", table_.dialect);
    std::snprintf(hello.version, sizeof(hello.version), "%s", table_.version);
    std::string body(sizeof(hello), '\0');
    for (int topic = 0; topic < kTopics; ++topic) {
        const Flow &flow = flows_[topic];
        if (!flow.wanted) continue;
        ++hello.wishes;
        const bool resumed = flow.resume == kResume;
        Wish wish{static_cast<uint8_t>(topic), static_cast<uint8_t>(flow.resume), 0,
                  resumed ? flow.count : 0, resumed ? flow.day : 0};
        body.append(reinterpret_cast<const char *>(&wish), sizeof(wish));
    }
    std::memcpy(&body[0], &hello, sizeof(hello));
    Head head{};
    head.kind = kHello;
    const std::string made = MakeFrame(head, body.data(), body.size());
    return Send(made.data(), made.size(), true);
}

// Read frames and deliver them until the connection ends; return why.
int Link::Converse(net::Socket s) {
    // Structs are used where they arrive: the buffer is aligned and every frame begins at a multiple of eight.
    constexpr size_t kRoom = 4 * kLongestFrame;
    std::unique_ptr<uint64_t[]> room(new uint64_t[kRoom / 8]);
    char *const buffer = reinterpret_cast<char *>(room.get());
    size_t filled = 0;
    auto heard = std::chrono::steady_clock::now();
    while (!stop_ && !leaving) {
        const int found = static_cast<int>(recv(s, buffer + filled, static_cast<int>(kRoom - filled), 0));
        const auto now = std::chrono::steady_clock::now();
        if (found == 0) return connected_ ? (write_failed_ ? kWrite : kRead) : kTurnedAway;
        if (found < 0) {
            if (!net::TimedOut()) return connected_ ? (write_failed_ ? kWrite : kRead) : kTurnedAway;
            const auto patience = std::chrono::milliseconds(connected_ ? 3 * static_cast<int>(heartbeat_ms_) : kGreetingMs);
            if (now - heard > patience) return connected_ ? kSilent : kTurnedAway;
            continue;
        }
        heard = now;
        filled += static_cast<size_t>(found);
        size_t at = 0;
        while (filled - at >= sizeof(Head)) {
            Head head;
            std::memcpy(&head, buffer + at, sizeof(head));
            if (head.size < sizeof(Head) || head.size > kLongestFrame || head.size % 8 != 0) return kBadPacket;
            if (filled - at < head.size) break;
            const int end = Take(head, buffer + at + sizeof(Head));
            if (end != kGoOn) return end;
            at += head.size;
        }
        filled -= at;
        if (at != 0 && filled != 0) std::memmove(buffer, buffer + at, filled);
    }
    return kRead;
}

int Link::Take(const Head &head, char *body) {
    const size_t size = head.size - sizeof(Head);
    switch (head.kind) {
        case kAnswer: {
            if (!connected_ || head.index < 0 || head.index >= table_.callback_count) return kBadPacket;
            const size_t data = head.flags & kData ? table_.callbacks[head.index].size : 0;
            const size_t info = head.flags & kError ? table_.info_size : 0;
            if (size < Padded(data) + info) return kBadPacket;
            Answer(head, body);
            break;
        }
        case kWelcome: {
            WelcomeBody welcome;
            if (connected_ || size < sizeof(welcome)) return kBadPacket;
            std::memcpy(&welcome, body, sizeof(welcome));
            Welcome(welcome);
            break;
        }
        case kRefused:
            Say("the front turned this library away: " + std::string(body, strnlen(body, size)));
            return kTurnedAway;
        case kBye:
            return head.number == 0 ? kRead : head.number;
        default:
            break;
    }
    return stop_ ? kRead : kGoOn;
}

void Link::Welcome(const WelcomeBody &body) {
    day_ = body.day;
    if (pace_override_ >= 0) {
        pace_.Set(static_cast<unsigned>(pace_override_), pace_override_ == 0 ? 0 : body.queries_in_flight);
    } else {
        pace_.Set(body.queries_per_second, body.queries_in_flight);
    }
    {
        std::lock_guard<std::mutex> hold(send_mutex_);
        heartbeat_ms_ = body.heartbeat_ms < 30 ? 30 : body.heartbeat_ms;
        connected_ = !stop_;
        send_changed_.notify_all();
    }
    Call(table_.on_connected, nullptr, nullptr, 0, false);
    if (query_front_) Call(table_.on_query_connected, nullptr, nullptr, 0, false);
}

void Link::Answer(const Head &head, char *body) {
    const Method &callback = table_.callbacks[head.index];
    char *data = head.flags & kData ? body : nullptr;
    char *info = head.flags & kError ? body + (data != nullptr ? Padded(callback.size) : 0) : nullptr;
    const bool last = (head.flags & kLast) != 0;
    if (last) {
        if (std::strncmp(callback.name, "OnRspQry", 8) == 0) {
            pace_.Answered(head.number, true);
        } else if (head.index == table_.on_error) {
            pace_.Answered(head.number, false);
        }
    }
    if (head.index == table_.on_login) {
        int32_t code = 0;
        if (info != nullptr) std::memcpy(&code, info, sizeof(code));
        if (code == 0) SetDay(head.day);
    } else if (day_at_ != 0 && head.day != day_) {
        SetDay(head.day);
    }
    Call(head.index, data, info, head.number, last, &head);
    // One front of ours is both: what lets a user trade lets them ask.
    if (query_front_ && head.index == table_.on_login) {
        Call(table_.on_query_login, data, info, head.number, last);
    }
}

void Link::Count(const Head &head) {
    if (head.flags & (kPrivate | kPublic)) {
        flows_[head.flags & kPrivate ? kPrivateTopic : kPublicTopic].Received(head.day, head.count);
    }
}

void Link::SetDay(uint32_t day) {
    if (day == 0) day = day_;
    day_ = day;
    // Who has a pointer to an older day may still read it.
    const int next = day_at_ % 3 + 1;
    std::snprintf(days_[next], sizeof(days_[next]), "%08u", day % 100000000u);
    day_at_ = next;
}

bool Link::Call(int index, void *data, void *info, int number, bool last, const Head *told) {
    void *spi;
    {
        std::unique_lock<std::mutex> hold(state_mutex_);
        // What a program that has left was not told is told to the next one.
        if (released_ || Ending()) return false;
        if (index < 0 || spi_ == nullptr) {
            hold.unlock();
            if (told != nullptr) Count(*told);
            return false;
        }
        spi = spi_;
        calling_ = true;
        caller_ = std::this_thread::get_id();
    }
    struct Done {
        Link *link;
        ~Done() {
#ifndef _WIN32
            within_callback = false;
#endif
            std::lock_guard<std::mutex> hold(link->state_mutex_);
            link->calling_ = false;
            link->state_changed_.notify_all();
        }
    } done{this};
#ifndef _WIN32
    within_callback = true;
#endif
    try {
        deliver_(spi, index, data, info, number, last);
#if defined(__GLIBCXX__) && !defined(_WIN32)
    } catch (const abi::__forced_unwind &) {
        // The thread is being ended, as Python does with threads that outlive it.
        throw;
#endif
    } catch (const std::exception &error) {
        Say(std::string(table_.callbacks[index].name) + " of the program failed: " + error.what());
    } catch (...) {
        Say(std::string(table_.callbacks[index].name) + " of the program failed");
    }
    // Counted only now, a program that dies in its callback is told again; and before a release goes on.
    if (told != nullptr) Count(*told);
    return true;
}

void Link::Say(const std::string &text) {
    // Once each: reconnecting repeats itself every second.
    std::lock_guard<std::mutex> hold(said_mutex_);
    if (text == said_ || Setting("ANYVENUE_CTP_QUIET", 0) != 0) return;
    said_ = text;
    std::fprintf(stderr, "anyvenue: %s\n", text.c_str());
}

}  // namespace anyvenue
