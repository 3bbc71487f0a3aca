/* What a native contestant does whose forked children begin and end together. Usage: ROLE SIZE COUNT WARMUP PATH PORT … */
#pragma once
#include <pthread.h>
#include <sys/mman.h>

#include "native_side.hpp"

/* All processes meet here. */
class Meeting {
 public:
  explicit Meeting(unsigned parties) {
    void *memory = mmap(nullptr, sizeof *barrier_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    barrier_ = static_cast<pthread_barrier_t *>(memory);
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (pthread_barrier_init(barrier_, &attributes, parties) != 0) fail("pthread_barrier_init");
  }

  void wait() { pthread_barrier_wait(barrier_); }

 private:
  pthread_barrier_t *barrier_;
};

/* `open(index)` makes an End in the child that uses it; `work(end, message, times, index)` is what it does. */
template <class Open, class Work>
int play_crowd(char **argv, int processes, Open open, Work work) {
  std::vector<char> message((size_t)atol(argv[2]));
  const long count = atol(argv[3]), warmup = atol(argv[4]);
  Meeting meeting((unsigned)processes + 1);
  std::string pids;
  for (int index = 0; index < processes; index++) {
    const pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("prctl");
      auto end = open(index);
      work(end, message, warmup, index);
      meeting.wait();
      meeting.wait();
      work(end, message, count, index);
      meeting.wait();
      meeting.wait(); /* Until the CPU time was read. */
      return 0;
    }
    pids += " pid" + std::to_string(index) + "=" + std::to_string(pid);
  }
  meeting.wait();
  printf("ready%s\n", pids.c_str());
  wait_line();
  const double start = now();
  meeting.wait();
  meeting.wait();
  printf("done seconds=%.9f\n", now() - start);
  wait_line();
  meeting.wait();
  return 0;
}
