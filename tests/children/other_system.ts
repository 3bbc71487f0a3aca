/** Prints what the library knows about a system other than this one: `other_system.ts OS ARCH`. */

const [os, arch] = Deno.args;
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os, arch } });
const { errnoName } = await import("../../lib/ffi/errno.ts");
const { O_CLOEXEC, O_NONBLOCK, F_DUPFD_CLOEXEC } = await import("../../lib/ffi/fcntl.ts");
const { pipe, support } = await import("../../mod.ts");

const names: Record<string, number> = {};
let refused: string | undefined;
try {
  for (let number = 1; number < 300; number++) {
    const name = errnoName(number);
    if (!name.startsWith("errno ")) names[name] = number;
  }
} catch (error) {
  refused = `${error}`;
}
const constants = refused ? undefined : [O_NONBLOCK(), O_CLOEXEC(), F_DUPFD_CLOEXEC()];
let made: string | undefined;
if (refused) {
  try {
    pipe();
  } catch (error) {
    made = (error as Error).name;
  }
}
console.log(JSON.stringify({ names, constants, refused, made, support: support() }));
