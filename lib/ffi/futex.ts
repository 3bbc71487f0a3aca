/** `<linux/futex.h>`: futex(2) and the robust list (get_robust_list(2)). Linux only. */

import { errno, lastErrno } from "./errno.ts";
import { libc } from "./library.ts";

export const FUTEX_WAITERS = 0x80000000 | 0;
export const FUTEX_OWNER_DIED = 0x40000000;
export const FUTEX_TID_MASK = 0x3fffffff;

const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;

/** System call numbers; they differ by architecture. */
const NUMBERS = {
  x86_64: { futex: 202n, getRobustList: 274n },
  aarch64: { futex: 98n, getRobustList: 100n },
};

const symbols = libc({
  // long syscall(long number, ...): on Linux, variadic arguments travel as others do, on both architectures.
  syscall: { parameters: ["i64", "usize", "i32", "u32", "buffer", "usize", "u32"], result: "i32" },
  gettid: { parameters: [], result: "i32" },
});
const listSymbols = libc({
  syscall: { parameters: ["i64", "i64", "buffer", "buffer"], result: "i32" },
});

function numbers(): (typeof NUMBERS)["x86_64"] {
  return NUMBERS[Deno.build.arch];
}

/**
 * Blocks this thread while the word at `address` is `expected`, until somebody wakes it, for `timeout` milliseconds
 * at most (Infinity: for ever). It may return early for no reason: the caller looks at the word again. False: the
 * time is over.
 */
export function futexWait(address: bigint, expected: number, timeout: number): boolean {
  let time: Uint32Array<ArrayBuffer> | null = null;
  if (timeout !== Infinity) {
    time = timespec ??= new Uint32Array(4);
    time[0] = timeout / 1000;
    time[2] = (timeout % 1000) * 1e6;
  }
  // Safe: the kernel checks the address, which is one of a mapping that its owner keeps while this thread is here.
  const result = symbols().syscall(numbers().futex, address, FUTEX_WAIT, expected >>> 0, time, 0n, 0);
  return result !== -1 || lastErrno() !== errno("ETIMEDOUT");
}

/** struct timespec { time_t tv_sec; long tv_nsec; }, relative; of each the lower half: to make it anew takes 0.7 us. */
let timespec: Uint32Array<ArrayBuffer> | undefined;

/** Wakes up to `count` threads that wait at the address. Returns how many there were. */
export function futexWake(address: bigint, count: number): number {
  return symbols().syscall(numbers().futex, address, FUTEX_WAKE, count, null, 0n, 0);
}

/** This thread's number in its pid namespace: what a robust futex's word holds. */
export function gettid(): number {
  return symbols().gettid();
}

/**
 * The head of this thread's robust list, which the kernel walks when the thread ends however it ends: three words,
 * `{ next, futex_offset, list_op_pending }`. The C library has registered it, and uses it for its own robust mutexes.
 */
export function get_robust_list(): { address: bigint; words: BigInt64Array<ArrayBuffer> } {
  const head = new BigUint64Array(1);
  const length = new BigUint64Array(1);
  const result = listSymbols().syscall(numbers().getRobustList, 0n, head, length);
  if (result !== 0 || head[0] === 0n || length[0] !== 24n) {
    throw new Deno.errors.NotSupported("Cannot find this thread's robust list (get_robust_list)");
  }
  const pointer = Deno.UnsafePointer.create(head[0]!)!;
  // Safe: the head is part of the thread's own control block and lives as long as the thread that runs this code.
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, 24);
  return { address: head[0]!, words: new BigInt64Array(buffer) };
}
