/** `<sys/ioctl.h>`: how many bytes wait in a pipe. It returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { libc } from "./library.ts";

/** Linux only. */
export const FIONREAD = 0x541b;

const symbols = libc({ ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" } });

/** How many bytes a pipe holds that nobody has read, asked at either end. Linux only. */
export function unread(fd: number): number {
  const count = new Int32Array(1);
  // Safe: FIONREAD writes one int, which lives until the call, which is synchronous, is over.
  const ask = () => symbols().ioctl(fd, BigInt(FIONREAD), count);
  const result = checked(ask(), ask);
  return result < 0 ? result : count[0]!;
}
