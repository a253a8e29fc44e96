// The framed protocol: a head of 24 bytes and a body padded to eight, little-endian.
#ifndef ANYVENUE_FRAMES_H
#define ANYVENUE_FRAMES_H

#include <cstdint>
#include <cstring>
#include <string>

namespace anyvenue {

constexpr uint32_t kProtocol = 1;
constexpr uint32_t kLongestFrame = 1u << 16;

enum Kind : uint8_t {
    kHello = 1, kWelcome = 2, kRefused = 3, kRequest = 4, kNames = 5, kAnswer = 6, kHeartbeat = 7, kBye = 8
};

enum Flag : uint8_t { kData = 1, kError = 2, kLast = 4, kPrivate = 8, kPublic = 16 };

struct Head {
    uint32_t size;
    uint8_t kind;
    uint8_t flags;
    int16_t index;
    int32_t number;
    uint32_t count;
    uint32_t day;
    uint32_t length;
};
static_assert(sizeof(Head) == 24, "the head of a frame has 24 bytes");

#pragma pack(push, 1)
struct HelloBody {
    char magic[8];
    uint32_t protocol;
    uint8_t side;
    uint8_t wishes;
    uint16_t unused;
    uint32_t fingerprint;
    char dialect[16];
    char version[16];
};
struct Wish {
    uint8_t topic;
    uint8_t resume;
    uint16_t unused;
    uint32_t after;
    uint32_t day;
};
struct WelcomeBody {
    uint32_t day;
    uint32_t heartbeat_ms;
    uint32_t queries_per_second;
    uint32_t queries_in_flight;
    uint32_t longest_frame;
    char name[64];
};
#pragma pack(pop)

inline uint32_t Padded(size_t size) { return static_cast<uint32_t>((size + 7) & ~size_t{7}); }

// Return a frame; its head's size and length are set from the body.
inline std::string MakeFrame(Head head, const void *body, size_t length) {
    head.size = static_cast<uint32_t>(sizeof(Head)) + Padded(length);
    head.length = static_cast<uint32_t>(length);
    std::string made(head.size, '\0');
    std::memcpy(&made[0], &head, sizeof(head));
    if (length != 0) std::memcpy(&made[sizeof(head)], body, length);
    return made;
}

}  // namespace anyvenue

#endif
