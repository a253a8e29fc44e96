// What CTP's client library does beside its API: one connection, one thread of callbacks, for one API object.
#ifndef ANYVENUE_LINK_H
#define ANYVENUE_LINK_H

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "flow.h"
#include "frames.h"
#include "net.h"
#include "pace.h"

namespace anyvenue {

// A virtual method as the description has it. `size` is its struct's, 0 for none.
struct Method {
    const char *name;
    const char *structure;
    uint32_t size;
};

// What one generated library is; made by the generator.
struct Table {
    const char *dialect;
    const char *version;
    int side;
    uint32_t fingerprint;
    const Method *requests;
    int request_count;
    const Method *callbacks;
    int callback_count;
    uint32_t info_size;
    // Places in the vtable of callbacks; -1 where the API has none.
    int on_connected;
    int on_disconnected;
    int on_login;
    int on_error;
    int on_query_connected;
    int on_query_disconnected;
    int on_query_login;
};

// Calls method `index` of an SPI; `number` is the request id, or the reason of a disconnection.
using Deliver = void (*)(void *spi, int index, void *data, void *info, int number, bool last);

enum Topic { kPrivateTopic = 0, kPublicTopic = 1, kTopics = 2 };

class Link : public std::enable_shared_from_this<Link> {
  public:
    Link(const Table &table, Deliver deliver, const char *flow);
    Link(const Link &) = delete;
    Link &operator=(const Link &) = delete;

    void RegisterFront(const char *address);
    void RegisterQueryFront() { query_front_ = true; }
    void RegisterSpi(void *spi);
    void SubscribeTopic(int topic, int resume);
    void Init();
    int Join();
    void Release();
    int Request(int index, const void *data, int request_id);
    int Names(int index, char *const *names, int count, char letter);
    // 0 when connected, else -1: for what is told to the library alone.
    int Noted() const { return connected_ ? 0 : -1; }
    const char *TradingDay();
    std::string Front();
    int QueriesPerSecond() const { return static_cast<int>(pace_.per_second()); }

  private:
    const Table &table_;
    const Deliver deliver_;
    const std::string flow_;
    const int generation_;
    int pace_override_ = -1;
    int reconnect_ms_ = 1000;

    std::mutex state_mutex_;
    std::condition_variable state_changed_;
    std::vector<std::string> fronts_;
    std::string front_;
    void *spi_ = nullptr;
    bool started_ = false;
    bool released_ = false;
    bool calling_ = false;
    std::thread::id caller_;
    std::atomic<bool> stop_{false};
    bool query_front_ = false;
    Flow flows_[kTopics];
    char days_[4][9] = {"19800100", "", "", ""};
    std::atomic<int> day_at_{0};
    uint32_t day_ = 0;

    std::mutex send_mutex_;
    std::condition_variable send_changed_;
    net::Socket socket_ = net::kNone;
    std::atomic<bool> connected_{false};
    std::atomic<bool> write_failed_{false};
    std::string pending_;
    bool sent_ = false;
    std::atomic<uint32_t> heartbeat_ms_{10000};
    Pace pace_;
    std::mutex said_mutex_;
    std::string said_;

    bool Foreign() const;
    void Run();
    void Keep();
    bool Meet(const std::string &address);
    int Converse(net::Socket s);
    bool Greet();
    int Take(const Head &head, char *body);
    void Answer(const Head &head, char *body);
    bool Call(int index, void *data, void *info, int number, bool last, const Head *told = nullptr);
    void Count(const Head &head);
    void Welcome(const WelcomeBody &body);
    void SetDay(uint32_t day);
    bool Send(const char *data, size_t size, bool forced);
    void FlushLocked();
    void Drop();
    void Wait(int ms);
    void Say(const std::string &text);
};

// Every link that was made lives as long as the process: calls after Release stay harmless.
std::shared_ptr<Link> NewLink(const Table &table, Deliver deliver, const char *flow);

}  // namespace anyvenue

#endif
