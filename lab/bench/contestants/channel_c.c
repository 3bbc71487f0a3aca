/*
 * The ring of lib/messaging/ring_layout.ts in C, with a forked child: the reference for Channel.
 * Usage: ping|send SIZE COUNT WARMUP PATH PORT SPIN CAPACITY copied|copied-out|in-place; SPIN in looks before a sleep
 * in futex(2). In place a message is filled where it is in the ring, and its halves are compared there; copied out it is
 * copied from there once.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CONTROL = 512, RECORD = 8, LENGTH = 0x3fffffff, FILLER = 1, FILL = 7 };

/* See ring_layout.ts. */
struct ring {
  _Alignas(64) _Atomic uint32_t tail;
  _Alignas(64) struct { _Atomic uint32_t sequence, sleepers; } items;
  _Alignas(64) _Atomic uint32_t head;
  _Alignas(64) struct { _Atomic uint32_t sequence, sleepers; } space;
  _Alignas(64) unsigned char presences[128];
  _Alignas(64) unsigned char unused[128];
  unsigned char data[];
};

/* One side's view: its own position, and what it saw last of the other one's. */
struct end {
  struct ring *ring;
  uint32_t own, other;
};

static uint32_t capacity;
static long spin;
static enum { COPIED, COPIED_OUT, IN_PLACE } kind;
static unsigned char message[1 << 24];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pause_a_moment(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void notify(_Atomic uint32_t *sequence, _Atomic uint32_t *sleepers) {
  if (atomic_load(sleepers) == 0) return;
  if (atomic_exchange(sleepers, 0) == 0) return;
  atomic_fetch_add(sequence, 1);
  syscall(SYS_futex, sequence, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0);
}

/* Waits until a position is no longer what it was. */
static void until_moved(_Atomic uint32_t *position, uint32_t was, _Atomic uint32_t *sequence,
                        _Atomic uint32_t *sleepers) {
  for (long i = 0; i < spin; i++) {
    if (atomic_load(position) != was) return;
    pause_a_moment();
    if ((i & 1023) == 1023) sched_yield(); /* as ours: the other side may need this very core */
  }
  for (;;) {
    uint32_t at = atomic_load(sequence);
    if ((atomic_load(sleepers) & 1) == 0) atomic_fetch_or(sleepers, 1);
    if (atomic_load(position) != was) return;
    if (syscall(SYS_futex, sequence, FUTEX_WAIT, at, NULL, NULL, 0) < 0 && errno != EAGAIN && errno != EINTR)
      fail("futex");
  }
}

static uint32_t record_size(uint32_t length) { return (length + RECORD + 7) & ~7u; }

static void wait_for_space(struct end *end, uint32_t size) {
  struct ring *ring = end->ring;
  while (capacity - (end->own - end->other) < size) {
    uint32_t head = atomic_load(&ring->head);
    if (head == end->other) until_moved(&ring->head, head, &ring->space.sequence, &ring->space.sleepers);
    else end->other = head;
  }
}

static void send_one(struct end *end, const void *p, uint32_t length, long i) {
  struct ring *ring = end->ring;
  uint32_t size = record_size(length), offset = end->own & (capacity - 1), rest = capacity - offset;
  if (size > rest) {
    wait_for_space(end, rest);
    *(uint32_t *)(ring->data + offset) = (rest - RECORD) | (uint32_t)FILLER << 30;
    end->own += rest;
    offset = 0;
  }
  wait_for_space(end, size);
  *(uint32_t *)(ring->data + offset) = length;
  unsigned char *place = ring->data + offset + RECORD;
  if (kind == COPIED) {
    memcpy(place, p, length);
  } else {
    memset(place, FILL, length);
    place[0] = place[length / 2] = (unsigned char)i;
  }
  end->own += size;
  atomic_store(&ring->tail, end->own);
  notify(&ring->items.sequence, &ring->items.sleepers);
}

static void check(const unsigned char *p, uint32_t length, long i) {
  int same = kind == IN_PLACE ? memcmp(p, p + length / 2, length / 2) == 0 : p[length - 1] == FILL;
  if (p[0] != (unsigned char)i || !same) fail("another message");
}

static uint32_t receive_one(struct end *end, void *p, long i) {
  struct ring *ring = end->ring;
  for (;;) {
    while (end->own == end->other) {
      uint32_t tail = atomic_load(&ring->tail);
      if (tail == end->other) until_moved(&ring->tail, tail, &ring->items.sequence, &ring->items.sleepers);
      else end->other = tail;
    }
    uint32_t offset = end->own & (capacity - 1);
    uint32_t word = *(uint32_t *)(ring->data + offset), length = word & LENGTH, size = record_size(length);
    if (size > end->other - end->own || size > capacity - offset) fail("a broken ring");
    const unsigned char *place = ring->data + offset + RECORD;
    if (word >> 30 == 0) {
      if (kind != IN_PLACE) memcpy(p, place, length);
      if (kind != COPIED && length > 1) check(kind == IN_PLACE ? place : p, length, i);
    }
    end->own += size;
    atomic_store(&ring->head, end->own);
    notify(&ring->space.sequence, &ring->space.sleepers);
    if (word >> 30 == 0) return length;
  }
}

static void run(int child, int both_ways, struct end *out, struct end *in, uint32_t size, long times) {
  for (long i = 0; i < times; i++) {
    if (!child) send_one(out, message, size, i);
    else receive_one(in, message, i);
    if (!both_ways) continue;
    if (!child) receive_one(in, message, i);
    else send_one(out, message, size, i);
  }
  if (both_ways) return;
  if (child) send_one(out, message, 1, 0);
  else receive_one(in, message, 0);
}

static void wait_line(void) {
  char line[16];
  fflush(stdout);
  if (read(0, line, sizeof line) < 0) fail("stdin");
}

int main(int argc, char **argv) {
  if (argc < 10) return 2;
  int both_ways = strcmp(argv[1], "ping") == 0;
  uint32_t size = (uint32_t)atol(argv[2]);
  long count = atol(argv[3]), warmup = atol(argv[4]);
  spin = atol(argv[7]);
  capacity = (uint32_t)atol(argv[8]);
  kind = strcmp(argv[9], "in-place") == 0 ? IN_PLACE : strcmp(argv[9], "copied-out") == 0 ? COPIED_OUT : COPIED;
  if (size > sizeof message || record_size(size) > capacity || (capacity & (capacity - 1)) != 0) return 2;
  size_t room = CONTROL + (size_t)capacity;
  char *memory = mmap(NULL, 2 * room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  int over[2];
  if (pipe(over) < 0) fail("pipe");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  int child = pid == 0;
  struct end out = {.ring = (struct ring *)(memory + (child ? room : 0))};
  struct end in = {.ring = (struct ring *)(memory + (child ? 0 : room))};
  if (child) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("prctl");
    close(over[1]);
    run(1, both_ways, &out, &in, size, warmup);
    run(1, both_ways, &out, &in, size, count);
    char end;
    return read(over[0], &end, 1) < 0; /* until the parent has ended: its CPU time is read meanwhile */
  }
  run(0, both_ways, &out, &in, size, warmup);
  printf("ready pid=%d\n", (int)pid);
  wait_line();
  double start = now();
  run(0, both_ways, &out, &in, size, count);
  printf("done seconds=%.9f\n", now() - start);
  wait_line();
  return 0;
}
