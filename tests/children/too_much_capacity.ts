/** As a user that is not root, asks for more capacity than the system's limit, and prints what is thrown. */

import { pipe } from "../../mod.ts";

// Deno has no setuid, so that the C library is asked; the symbols of lib/ have no use for it.
const libc = Deno.dlopen("libc.so.6", { setuid: { parameters: ["u32"], result: "i32" } });
pipe().reader.close(); // Opens what is opened once.
const limit = Number(Deno.readTextFileSync("/proc/sys/fs/pipe-max-size"));
const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
const before = count();
if (libc.symbols.setuid(65534) !== 0) throw new Error("Cannot become another user");
try {
  pipe({ capacity: limit * 2 });
  console.log("It was given");
} catch (error) {
  const { name, message, code, syscall } = error as Error & { code: string; syscall: string };
  const left = count() - before;
  console.log(
    `${name} ${code} ${syscall}, tells pipe-max-size: ${
      message.includes("pipe-max-size")
    }, descriptors left: ${left}`,
  );
}
