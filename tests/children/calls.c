/* Runs a program, and counts the system calls of its first thread between two calls of getpgid(2), which nobody else makes:
 * `calls PROGRAM ARGUMENT...`. Prints a line for each such stretch: "NUMBER COUNT" of each call that was made in it. Ends
 * with 77 where nobody may be traced. */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_TRACING = 77, MOST = 512, GET_SYSCALL_INFO = 0x420e, ENTRY = 1 };

static long counts[MOST];
static int counting;

static void enter(uint64_t number) {
  if (number == SYS_getpgid) {
    if (counting) {
      for (int i = 0; i < MOST; i++) {
        if (counts[i] > 0) printf("%d %ld ", i, counts[i]);
      }
      printf("\n");
      memset(counts, 0, sizeof counts);
    }
    counting = !counting;
  } else if (counting && number < MOST) {
    counts[number]++;
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  pid_t pid = fork();
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(NO_TRACING);
    raise(SIGSTOP);
    execvp(argv[1], argv + 1);
    _exit(3);
  }
  int status;
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return NO_TRACING;
  if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0) return NO_TRACING;
  for (int signal = 0;;) {
    if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) != 0 || waitpid(pid, &status, 0) != pid) return 4;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 5;
    signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      /* struct ptrace_syscall_info: what it is in the first byte, the number of the call in the fourth word. */
      uint64_t info[16];
      if (ptrace(GET_SYSCALL_INFO, pid, (void *)sizeof info, info) <= 0) return NO_TRACING;
      if (*(uint8_t *)info == ENTRY) enter(info[3]);
      signal = 0;
    } else if (signal == SIGTRAP || signal == SIGSTOP) {
      signal = 0; /* Of the exec, and our own. */
    }
  }
}
