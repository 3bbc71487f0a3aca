/* Maps a SharedArray of int32 by its documented layout: says 1 in element 1, waits while element 0 is 0, prints it, and
 * answers with one more in element 2. */

#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  (void)argc;
  int fd = shm_open(argv[1], O_RDWR, 0);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  char *memory = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return 2;
  if (*(uint32_t *)(memory + 24) != 5 || *(uint64_t *)(memory + 32) != 4) return 3;
  int32_t *numbers = (int32_t *)(memory + 128);
  __atomic_store_n(&numbers[1], 1, __ATOMIC_SEQ_CST);
  /* Event loops are woken by a byte in the file, when they ask for it. */
  if (__atomic_exchange_n((int32_t *)(memory + 104), 0, __ATOMIC_SEQ_CST) != 0 && pwrite(fd, "", 1, 60) != 1) return 4;
  int32_t found;
  while ((found = __atomic_load_n(&numbers[0], __ATOMIC_SEQ_CST)) == 0) {
    syscall(SYS_futex, &numbers[0], FUTEX_WAIT, 0, NULL, NULL, 0);
  }
  printf("%d\n", found);
  __atomic_store_n(&numbers[2], found + 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &numbers[2], FUTEX_WAKE, 1, NULL, NULL, 0);
  return 0;
}
