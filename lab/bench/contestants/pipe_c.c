/* read(2) and write(2) on fifos: the reference. Usage: ROLE SIZE COUNT WARMUP PATH [PATH] */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_fifo(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) fail(path);
  return fd;
}

static long read_some(int fd, size_t size) {
  ssize_t n = read(fd, buffer, size);
  if (n < 0) fail("read");
  if (n == 0) {
    fprintf(stderr, "unexpected end of file\n");
    exit(1);
  }
  return n;
}

static void read_all(int fd, size_t size) {
  for (size_t got = 0; got < size;) got += (size_t)read_some(fd, size - got);
}

static void write_all(int fd, size_t size) {
  for (size_t put = 0; put < size;) {
    ssize_t n = write(fd, buffer + put, size - put);
    if (n < 0) fail("write");
    put += (size_t)n;
  }
}

static void wait_line(void) {
  char line[16];
  fflush(stdout);
  if (read(0, line, sizeof line) < 0) fail("stdin");
}

static void ready(void) {
  printf("ready\n");
  wait_line();
}

static void ping(int out, int in, size_t size, long times) {
  for (long i = 0; i < times; i++) {
    write_all(out, size);
    read_all(in, size);
  }
}

static void pong(int in, int out, size_t size, long times) {
  for (long i = 0; i < times; i++) {
    read_all(in, size);
    write_all(out, size);
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  const char *role = argv[1];
  size_t size = (size_t)atol(argv[2]);
  long count = atol(argv[3]), warmup = atol(argv[4]);

  if (strcmp(role, "ping") == 0) {
    int out = open_fifo(argv[5], O_WRONLY), in = open_fifo(argv[6], O_RDONLY);
    ping(out, in, size, warmup);
    ready();
    double start = now();
    ping(out, in, size, count);
    printf("done seconds=%.9f\n", now() - start);
  } else if (strcmp(role, "pong") == 0) {
    int in = open_fifo(argv[5], O_RDONLY), out = open_fifo(argv[6], O_WRONLY);
    pong(in, out, size, warmup);
    ready();
    pong(in, out, size, count);
    printf("done\n");
  } else if (strcmp(role, "write") == 0) {
    int out = open_fifo(argv[5], O_WRONLY);
    for (long i = 0; i < warmup; i++) write_all(out, size);
    ready();
    for (long i = 0; i < count; i++) write_all(out, size);
    printf("done\n");
  } else {
    int in = open_fifo(argv[5], O_RDONLY);
    for (long left = warmup * (long)size; left > 0;) left -= read_some(in, sizeof buffer);
    ready();
    long first = read_some(in, sizeof buffer), total = first;
    double start = now();
    while (total < count * (long)size) total += read_some(in, sizeof buffer);
    printf("done seconds=%.9f bytes=%ld\n", now() - start, total - first);
  }
  wait_line();
  return 0;
}
