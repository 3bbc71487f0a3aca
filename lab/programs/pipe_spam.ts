/**
 * Spam over an anonymous pipe. A child writes "Spam 000", "Spam 001", … with growing pauses; its parent
 * prints each line the moment it comes, until the child ends and so closes the pipe.
 *
 *     deno run -A lab/programs/pipe_spam.ts [COUNT]
 *
 * One sees COUNT lines (10 unless told), `Parent PID got "Spam 000" at TIME`, in rows of four that come
 * slower and slower; then that the pipe has ended, and the child with it.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { inheritedWriter, pipe, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function parent(count: number, signal: AbortSignal): Promise<void> {
  const { reader, writer } = pipe();
  await using child = spawn(Deno.execPath(), {
    args: ["run", "--allow-ffi", import.meta.url, "child", `${count}`],
    fds: { 3: writer }, // The parent gives its writer up: only then does the pipe end when the child ends.
    noOrphans: true,
  });
  for await (const line of reader.lines({ signal })) {
    console.log(`Parent ${Deno.pid} got "${line}" at ${new Date().toISOString().slice(11, 23)}`);
  }
  reader.close();
  const { code } = await child.status;
  console.log(`Parent ${Deno.pid} saw the pipe end; the child ended with code ${code}`);
}

async function child(count: number): Promise<void> {
  using writer = inheritedWriter(3);
  for (let i = 0; i < count; i++) {
    await delay(30 * (i % 4));
    await writer.write(`Spam ${String(i).padStart(3, "0")}\n`);
  }
}

if (import.meta.main) {
  if (Deno.args[0] === "child") await child(Number(Deno.args[1]));
  else await interruptible((signal) => parent(Number(Deno.args[0] ?? 10), signal));
}
