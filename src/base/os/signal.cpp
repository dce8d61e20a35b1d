// Signals, taken by one thread that waits for them.
#include "base/os/signal.hpp"

#include <csignal>

#include <pthread.h>

namespace sonae::os {

namespace {

sigset_t end_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

void keep_end_signals() {
    sigset_t set = end_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_to_end() {
    sigset_t set = end_signals();
    int which = 0;
    ::sigwait(&set, &which);
}

}  // namespace sonae::os
