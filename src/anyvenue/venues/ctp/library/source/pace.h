// Queries as CTP's client library paces them: so many in flight, so many a second; everything else passes.
#ifndef ANYVENUE_PACE_H
#define ANYVENUE_PACE_H

#include <chrono>
#include <deque>
#include <mutex>

namespace anyvenue {

class Pace {
  public:
    using Time = std::chrono::steady_clock::time_point;

    void Set(unsigned per_second, unsigned in_flight) {
        std::lock_guard<std::mutex> hold(mutex_);
        per_second_ = per_second;
        most_ = in_flight;
        asked_.clear();
        flying_.clear();
    }

    // Return 0, and take note of the query; or -2 for too many in flight, -3 for too many a second.
    int Ask(int request_id, Time now) {
        std::lock_guard<std::mutex> hold(mutex_);
        if (most_ != 0 && flying_.size() >= most_) return -2;
        while (!asked_.empty() && now - asked_.front() >= std::chrono::seconds(1)) asked_.pop_front();
        if (per_second_ != 0 && asked_.size() >= per_second_) return -3;
        if (most_ != 0) flying_.push_back(request_id);
        if (per_second_ != 0) asked_.push_back(now);
        return 0;
    }

    // A query's last answer has come, or what was answered as an error may have been a query.
    void Answered(int request_id, bool surely) {
        std::lock_guard<std::mutex> hold(mutex_);
        for (auto each = flying_.begin(); each != flying_.end(); ++each) {
            if (*each == request_id) {
                flying_.erase(each);
                return;
            }
        }
        if (surely && !flying_.empty()) flying_.pop_front();
    }

    unsigned per_second() const { return per_second_; }

  private:
    std::mutex mutex_;
    unsigned per_second_ = 1;
    unsigned most_ = 1;
    std::deque<Time> asked_;
    std::deque<int> flying_;
};

}  // namespace anyvenue

#endif
