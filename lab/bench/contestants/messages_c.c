/* Frames over a socketpair(2), with a forked child: the reference. Usage: ROLE SIZE COUNT WARMUP … */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 4, MOST = 65536 };

static unsigned char outgoing[HEADER + MOST], incoming[MOST + HEADER];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_all(int fd, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t n = read(fd, incoming + got, size - got);
    if (n < 0) fail("read");
    if (n == 0) _exit(1); /* the other side has failed, and said why */
    got += (size_t)n;
  }
}

/* Header and body in one write. */
static void send_frame(int fd, size_t size) {
  uint32_t length = htonl((uint32_t)size);
  memcpy(outgoing, &length, HEADER);
  for (size_t put = 0; put < HEADER + size;) {
    ssize_t n = write(fd, outgoing + put, HEADER + size - put);
    if (n < 0) fail("write");
    put += (size_t)n;
  }
}

static size_t length_at(size_t offset) {
  uint32_t length;
  memcpy(&length, incoming + offset, HEADER);
  length = ntohl(length);
  if (length > MOST) {
    fprintf(stderr, "message too long\n");
    exit(1);
  }
  return length;
}

static void receive_frames(int fd, long times) {
  read_all(fd, HEADER);
  for (size_t size = length_at(0); times > 0; times--) {
    if (times == 1) {
      read_all(fd, size);
    } else { /* with the next header: one read less */
      read_all(fd, size + HEADER);
      size = length_at(size);
    }
  }
}

static void ping(int fd, size_t size, long times) {
  for (long i = 0; i < times; i++) {
    send_frame(fd, size);
    receive_frames(fd, 1);
  }
}

static void pong(int fd, size_t size, long times) {
  for (long i = 0; i < times; i++) {
    receive_frames(fd, 1);
    send_frame(fd, size);
  }
}

static void send_all(int fd, size_t size, long times) {
  for (long i = 0; i < times; i++) send_frame(fd, size);
  receive_frames(fd, 1);
}

static void receive_all(int fd, long times) {
  receive_frames(fd, times);
  send_frame(fd, 1);
}

static void wait_line(void) {
  char line[16];
  fflush(stdout);
  if (read(0, line, sizeof line) < 0) fail("stdin");
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  int both_ways = strcmp(argv[1], "ping") == 0;
  size_t size = (size_t)atol(argv[2]);
  long count = atol(argv[3]), warmup = atol(argv[4]);
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) fail("socketpair");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  int fd = fds[pid == 0];
  close(fds[pid != 0]);

  if (pid == 0) {
    for (int phase = 0; phase < 2; phase++) {
      long times = phase == 0 ? warmup : count;
      if (both_ways) pong(fd, size, times);
      else receive_all(fd, times);
    }
    read_all(fd, 1); /* until the parent has ended: its CPU time is read meanwhile */
    return 0;
  }

  void (*act)(int, size_t, long) = both_ways ? ping : send_all;
  act(fd, size, warmup);
  printf("ready pid=%d\n", (int)pid);
  wait_line();
  double start = now();
  act(fd, size, count);
  printf("done seconds=%.9f\n", now() - start);
  wait_line();
  return 0;
}
