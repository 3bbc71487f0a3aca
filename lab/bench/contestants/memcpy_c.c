/* memcpy(3) of one thread: what a message costs that is copied once. Usage: send SIZE COUNT WARMUP PATH PORT ROOM */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_line(void) {
  char line[16];
  fflush(stdout);
  if (read(0, line, sizeof line) < 0) exit(1);
}

/* From one buffer into a room, as a ring has it. */
static void copy(char *room, const char *from, size_t size, size_t places, long times) {
  for (long i = 0; i < times; i++) {
    memcpy(room + (size_t)i % places * size, from, size);
    __asm__ volatile("" : : "r"(room) : "memory"); /* it has to be done */
  }
}

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  size_t size = (size_t)atol(argv[2]), room = (size_t)atol(argv[7]);
  long count = atol(argv[3]), warmup = atol(argv[4]);
  if (size == 0 || room < size) return 2;
  char *to = malloc(room), *from = malloc(size);
  if (to == NULL || from == NULL) return 1;
  memset(to, 1, room);
  memset(from, 2, size);
  copy(to, from, size, room / size, warmup);
  printf("ready\n");
  wait_line();
  double start = now();
  copy(to, from, size, room / size, count);
  printf("done seconds=%.9f\n", now() - start);
  wait_line();
  return 0;
}
