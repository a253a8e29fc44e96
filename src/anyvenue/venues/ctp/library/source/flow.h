// How far a stream has been received, in memory and in the flow file, so that RESUME goes on where it ended.
#ifndef ANYVENUE_FLOW_H
#define ANYVENUE_FLOW_H

#include <cstdint>
#include <cstdio>
#include <string>

#include "net.h"

namespace anyvenue {

enum Resume { kRestart = 0, kResume = 1, kQuick = 2, kNoStream = 3 };

class Flow {
  public:
    bool wanted = false;
    int resume = kNoStream;
    uint32_t day = 0;
    uint32_t count = 0;

    Flow() = default;
    Flow(const Flow &) = delete;
    Flow &operator=(const Flow &) = delete;
    ~Flow() { Shut(); }

    // Subscribe; the file is `prefix` + `name`, its folder is made. Without a file the counts live in memory alone.
    void Open(const std::string &prefix, const char *name, int resume_type) {
        wanted = true;
        resume = resume_type;
        Shut();
        MakeFolders(prefix);
        const std::string path = prefix + name;
        file_ = std::fopen(path.c_str(), "r+b");
        if (file_ == nullptr) file_ = std::fopen(path.c_str(), "w+b");
        if (file_ == nullptr) return;
        std::setvbuf(file_, nullptr, _IONBF, 0);
        unsigned found_day = 0, found_count = 0;
        char text[kRoom + 1] = {};
        if (std::fread(text, 1, kRoom, file_) == kRoom &&
            std::sscanf(text, "anyvenue %8u %10u", &found_day, &found_count) == 2) {
            day = found_day;
            count = found_count;
        }
    }

    void Received(uint32_t message_day, uint32_t message_count) {
        day = message_day;
        count = message_count;
        if (file_ == nullptr) return;
        char text[kRoom + 1];
        std::snprintf(text, sizeof(text), "anyvenue %08u %010u\n", day % 100000000u, count);
        std::fseek(file_, 0, SEEK_SET);
        std::fwrite(text, 1, kRoom, file_);
    }

    void Shut() {
        if (file_ != nullptr) std::fclose(file_);
        file_ = nullptr;
    }

  private:
    static constexpr size_t kRoom = 29;
    std::FILE *file_ = nullptr;

    static void MakeFolders(const std::string &prefix) {
        for (size_t at = prefix.find_first_of("/\\", 1); at != std::string::npos;
             at = prefix.find_first_of("/\\", at + 1)) {
            net::MakeFolder(prefix.substr(0, at));
        }
    }
};

}  // namespace anyvenue

#endif
