/* What a native contestant does whose other side is a forked child. Usage: ping|send SIZE COUNT WARMUP PATH PORT … */
#pragma once
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <vector>

inline void fail(const char *what) {
  perror(what);
  exit(1);
}

inline double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

inline void wait_line() {
  char line[16];
  fflush(stdout);
  if (read(0, line, sizeof line) < 0) fail("stdin");
}

/* An End has send(data, size) and receive(data, size). */
template <class End>
void exchange(End &end, bool active, bool both_ways, std::vector<char> &message, long times) {
  for (long i = 0; i < times; i++) {
    if (active) end.send(message.data(), message.size());
    else end.receive(message.data(), message.size());
    if (!both_ways) continue;
    if (active) end.receive(message.data(), message.size());
    else end.send(message.data(), message.size());
  }
  if (both_ways) return;
  if (active) end.receive(message.data(), message.size());
  else end.send(message.data(), 1);
}

/* `open(active)` makes an End in the process that uses it. */
template <class Open>
int play(char **argv, Open open) {
  const bool both_ways = strcmp(argv[1], "ping") == 0;
  std::vector<char> message((size_t)atol(argv[2]));
  const long count = atol(argv[3]), warmup = atol(argv[4]);
  int over[2];
  if (pipe(over) < 0) fail("pipe");
  const pid_t pid = fork();
  if (pid < 0) fail("fork");
  const bool active = pid != 0;
  if (!active) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("prctl");
    close(over[1]);
  }
  auto end = open(active);
  exchange(end, active, both_ways, message, warmup);
  if (!active) {
    exchange(end, active, both_ways, message, count);
    char ended;
    return read(over[0], &ended, 1) < 0; /* until the parent has ended: its CPU time is read meanwhile */
  }
  printf("ready pid=%d\n", (int)pid);
  wait_line();
  const double start = now();
  exchange(end, active, both_ways, message, count);
  printf("done seconds=%.9f\n", now() - start);
  wait_line();
  return 0;
}
