// The flat C interface over a link; the generated source says which side it exports.
#ifndef ANYVENUE_C_INTERFACE_H
#define ANYVENUE_C_INTERFACE_H

#include <cstdio>
#include <cstdlib>

#include "anyvenue_ctp.h"
#include "link.h"

namespace anyvenue {

// A struct and its fields, a line each: name, letter of the C type, offset, length of a char[] or 0.
struct StructText {
    const char *name;
    int size;
    const char *fields;
};

struct FieldPlace {
    char letter = 0;
    int offset = 0;
    int length = 0;
};

class CInterface {
  public:
    CInterface(const Table &table, const StructText *structs, int count)
        : table_(table), structs_(structs), count_(count) {}

    const Table &table() const { return table_; }

    const StructText *Find(const char *name) const {
        for (int at = 0; name != nullptr && at < count_; ++at) {
            if (std::strcmp(structs_[at].name, name) == 0) return &structs_[at];
        }
        return nullptr;
    }

    int Method(const char *name) const {
        for (int at = 0; name != nullptr && at < table_.request_count; ++at) {
            if (std::strcmp(table_.requests[at].name, name) == 0) return at;
        }
        return -1;
    }

    bool Field(const char *structure, const char *field, FieldPlace *place) const {
        const StructText *found = Find(structure);
        if (found == nullptr || field == nullptr) return false;
        const size_t length = std::strlen(field);
        for (const char *line = found->fields; *line != '\0'; line = std::strchr(line, '\n') + 1) {
            if (std::strncmp(line, field, length) == 0 && line[length] == ' ') {
                return std::sscanf(line + length, " %c %d %d", &place->letter, &place->offset, &place->length) == 3;
            }
        }
        return false;
    }

    int Put(const char *structure, void *data, const char *field, const char *text) const {
        FieldPlace place;
        if (data == nullptr || text == nullptr || !Field(structure, field, &place)) return -1;
        char *at = static_cast<char *>(data) + place.offset;
        switch (place.letter) {
            case 'c':
                if (place.length == 0) {
                    *at = *text;
                } else {
                    std::memset(at, 0, static_cast<size_t>(place.length));
                    std::memcpy(at, text, strnlen(text, static_cast<size_t>(place.length) - 1));
                }
                break;
            case 'd': Write(at, std::strtod(text, nullptr)); break;
            case 'h': Write(at, static_cast<short>(std::strtol(text, nullptr, 10))); break;
            case 'I': Write(at, static_cast<unsigned>(std::strtoul(text, nullptr, 10))); break;
            case 'q': Write(at, std::strtoll(text, nullptr, 10)); break;
            default: Write(at, static_cast<int>(std::strtol(text, nullptr, 10))); break;
        }
        return 0;
    }

    int Get(const char *structure, const void *data, const char *field, char *text, int room) const {
        FieldPlace place;
        if (data == nullptr || text == nullptr || room < 1 || !Field(structure, field, &place)) return -1;
        const char *at = static_cast<const char *>(data) + place.offset;
        const size_t space = static_cast<size_t>(room);
        switch (place.letter) {
            case 'c': std::snprintf(text, space, "%.*s", place.length == 0 ? 1 : place.length, at); break;
            case 'd': std::snprintf(text, space, "%.15g", Read<double>(at)); break;
            case 'h': std::snprintf(text, space, "%d", Read<short>(at)); break;
            case 'I': std::snprintf(text, space, "%u", Read<unsigned>(at)); break;
            case 'q': std::snprintf(text, space, "%lld", Read<long long>(at)); break;
            default: std::snprintf(text, space, "%d", Read<int>(at)); break;
        }
        return 0;
    }

  private:
    const Table &table_;
    const StructText *structs_;
    int count_;

    template <typename T> static void Write(char *at, T value) { std::memcpy(at, &value, sizeof(value)); }
    template <typename T> static T Read(const char *at) {
        T value;
        std::memcpy(&value, at, sizeof(value));
        return value;
    }
};

}  // namespace anyvenue

struct anyvenue_ctp {
    const anyvenue::Table *table;
    anyvenue_ctp_callback callback;
    void *user;
    std::shared_ptr<anyvenue::Link> link;
};

namespace anyvenue {

inline void DeliverC(void *spi, int index, void *data, void *info, int number, bool last) {
    auto *api = static_cast<anyvenue_ctp *>(spi);
    const Method &callback = api->table->callbacks[index];
    int code = 0;
    if (info != nullptr) std::memcpy(&code, info, sizeof(code));
    const char *text = info != nullptr ? static_cast<const char *>(info) + sizeof(code) : nullptr;
    const int size = data != nullptr ? static_cast<int>(callback.size) : 0;
    api->callback(api->user, callback.name, callback.structure, data, size, code, text, number, last ? 1 : 0);
}

inline anyvenue_ctp *CreateC(const Table &table, const char *flow, anyvenue_ctp_callback callback, void *user) {
    // It lives as long as the process, as its link does.
    auto *api = new anyvenue_ctp{&table, callback, user, NewLink(table, DeliverC, flow)};
    if (callback != nullptr) api->link->RegisterSpi(api);
    return api;
}

inline int RequestC(const CInterface &all, anyvenue_ctp *api, const char *name, const void *data, int size, int id) {
    const int index = all.Method(name);
    if (api == nullptr || index < 0 || std::strncmp(name, "Req", 3) != 0) return -4;
    const Method &method = all.table().requests[index];
    if (data != nullptr && static_cast<uint32_t>(size) != method.size) return -4;
    return api->link->Request(index, method.size != 0 ? data : nullptr, id);
}

}  // namespace anyvenue

#ifdef _WIN32
#define ANYVENUE_EXPORT extern "C" __declspec(dllexport)
#else
#define ANYVENUE_EXPORT extern "C" __attribute__((visibility("default")))
#endif

#define ANYVENUE_DEFINE_C(side, all, api_version)                                                                      \
    ANYVENUE_EXPORT anyvenue_ctp *anyvenue_ctp_##side##_create(const char *flow, anyvenue_ctp_callback callback,       \
                                                               void *user) {                                           \
        return anyvenue::CreateC((all).table(), flow, callback, user);                                                 \
    }                                                                                                                  \
    ANYVENUE_EXPORT void anyvenue_ctp_##side##_front(anyvenue_ctp *api, const char *address) {                         \
        if (api != nullptr) api->link->RegisterFront(address);                                                         \
    }                                                                                                                  \
    ANYVENUE_EXPORT void anyvenue_ctp_##side##_topic(anyvenue_ctp *api, const char *topic, int resume) {               \
        if (api == nullptr || topic == nullptr) return;                                                                \
        api->link->SubscribeTopic(std::strcmp(topic, "private") == 0  ? anyvenue::kPrivateTopic                        \
                                  : std::strcmp(topic, "public") == 0 ? anyvenue::kPublicTopic                         \
                                                                      : -1,                                            \
                                  resume);                                                                             \
    }                                                                                                                  \
    ANYVENUE_EXPORT void anyvenue_ctp_##side##_init(anyvenue_ctp *api) {                                               \
        if (api != nullptr) api->link->Init();                                                                         \
    }                                                                                                                  \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_join(anyvenue_ctp *api) {                                                \
        return api == nullptr ? -4 : api->link->Join();                                                                \
    }                                                                                                                  \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_request(anyvenue_ctp *api, const char *name, const void *data,           \
                                                      int size, int id) {                                              \
        return anyvenue::RequestC(all, api, name, data, size, id);                                                     \
    }                                                                                                                  \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_names(anyvenue_ctp *api, const char *name, const char *const *names,     \
                                                    int count) {                                                       \
        const int index = (all).Method(name);                                                                          \
        if (api == nullptr || index < 0 || std::strstr(name, "Sub") == nullptr) return -4;                             \
        return api->link->Names(index, const_cast<char *const *>(names), count, '\0');                                 \
    }                                                                                                                  \
    ANYVENUE_EXPORT const char *anyvenue_ctp_##side##_trading_day(anyvenue_ctp *api) {                                 \
        return api == nullptr ? "" : api->link->TradingDay();                                                          \
    }                                                                                                                  \
    ANYVENUE_EXPORT void anyvenue_ctp_##side##_release(anyvenue_ctp *api) {                                            \
        if (api != nullptr) api->link->Release();                                                                      \
    }                                                                                                                  \
    ANYVENUE_EXPORT const char *anyvenue_ctp_##side##_version(void) { return api_version; }                            \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_size(const char *structure) {                                            \
        const anyvenue::StructText *found = (all).Find(structure);                                                     \
        return found == nullptr ? 0 : found->size;                                                                     \
    }                                                                                                                  \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_put(const char *structure, void *data, const char *field,                \
                                                  const char *text) {                                                  \
        return (all).Put(structure, data, field, text);                                                                \
    }                                                                                                                  \
    ANYVENUE_EXPORT int anyvenue_ctp_##side##_get(const char *structure, const void *data, const char *field,          \
                                                  char *text, int room) {                                              \
        return (all).Get(structure, data, field, text, room);                                                          \
    }

#endif
