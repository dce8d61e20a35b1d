// What the benchmark programs share: a function timed many times beside its peer, and a line of the table.
// Ours and the peer run in turns, so that whatever else the machine does falls on both.
#pragma once

#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace sonae::bench {

// A benchmark that went wrong has no figures.
[[noreturn]] inline void stop(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

template <class T>
T taken(Result<T>&& result) {
    if (!result) stop(result.error().words.en);
    return std::move(*result);
}

// Milliseconds of the runs of one thing.
class Times {
 public:
    // Runs the function and keeps how long it took.
    template <class Function>
    void run(Function&& function) {
        auto start = std::chrono::steady_clock::now();
        function();
        times_.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }

    size_t count() const { return times_.size(); }

    // The time that the given share of the runs did not exceed: 0.5, 0.95. At least one run.
    double share(double part) const {
        std::vector<double> sorted = times_;
        std::sort(sorted.begin(), sorted.end());
        size_t place = static_cast<size_t>(part * static_cast<double>(sorted.size()));
        return sorted[std::min(place, sorted.size() - 1)];
    }

    double total() const {
        double sum = 0;
        for (double one : times_)
            sum += one;
        return sum;
    }

 private:
    std::vector<double> times_;
};

inline void table_head(const std::string& what) {
    std::printf("| %s | ours p50 | ours p95 | peer p50 | peer p95 | ratio p50 | ratio p95 |\n", what.c_str());
    std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
}

// Runs both once, taking turns in who is first: the second finds what it reads in the processor's caches.
template <class Ours, class Peer>
void run_both(Times& ours, Times& peer, Ours&& run_ours, Peer&& run_peer) {
    bool ours_first = ours.count() % 2 == 0;
    if (ours_first) ours.run(run_ours);
    peer.run(run_peer);
    if (!ours_first) ours.run(run_ours);
}

// A line of the table, in milliseconds.
inline void table_line(const std::string& name, const Times& ours, const Times& peer) {
    std::printf("| %s | %.3f | %.3f | %.3f | %.3f | %.2f | %.2f |\n", name.c_str(), ours.share(0.5),
                ours.share(0.95), peer.share(0.5), peer.share(0.95), ours.share(0.5) / peer.share(0.5),
                ours.share(0.95) / peer.share(0.95));
    std::fflush(stdout);
}

}  // namespace sonae::bench
