import { os } from "../ffi/platform.ts";

/** Throws where there is no futex and no robust list: a system call's number means something else there. */
export function linuxOnly(what: string): void {
  if (os() === "linux") return;
  throw new Deno.errors.NotSupported(`${what} needs Linux, and this is ${Deno.build.os}; see support()`);
}
