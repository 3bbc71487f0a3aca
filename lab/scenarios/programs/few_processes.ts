/**
 * Starts children until there may be no more, ends them, and starts another one.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { type ChildProcess, spawn, type SystemErrorFields } from "../../../mod.ts";

const children: ChildProcess[] = [];
try {
  for (;;) {
    const args = ["eval", "await new Promise((resolve) => setTimeout(resolve, 60_000))"];
    children.push(spawn(Deno.execPath(), { args, stderr: "null" })); // Some of them may have no room for a thread.
  }
} catch (error) {
  const { name, message, code, syscall } = error as Error & SystemErrorFields;
  console.log(`children: ${name} ${code} ${syscall} "${/: ([^:]*) \(/.exec(message)?.[1]}"`);
}
for (const child of children) child.kill("SIGKILL");
await Promise.all(children.map(({ status }) => status));
await using child = spawn(Deno.execPath(), { args: ["--version"], stdout: "null" });
console.log(`a child after that: ${(await child.status).code}`);
