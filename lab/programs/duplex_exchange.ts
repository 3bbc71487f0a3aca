/**
 * Objects both ways between a parent and its child, over one connection. First they take turns; then both
 * send COUNT objects (1000 unless told) while they receive the other's. Nobody counts bytes or pickles: what
 * arrives is a clone, with its Set, Date and bigint, and a tree that leads back to itself.
 *
 *     deno run -A lab/programs/duplex_exchange.ts [COUNT]
 *
 * One sees what each got from the other, how many objects went through at once, and both ends.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { type Connection, parentConnection, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** A person with a link to a friend, who has one back. */
interface Person {
  name: string;
  id: bigint;
  friend?: Person;
}

async function parent(count: number, signal: AbortSignal): Promise<void> {
  await using child = spawn(Deno.execPath(), {
    args: ["run", "--allow-ffi", "--allow-env", import.meta.url, "child", `${count}`],
    ipc: true,
    noOrphans: true,
  });
  const { connection } = child;
  const bob: Person = await connection.recv({ signal });
  console.log(`Parent ${Deno.pid} got ${show(bob)}`);
  await connection.send(new Set(Array.from("spam", (letter) => letter + letter)), { signal });
  await exchange(connection, count, signal);
  connection.close(); // What was sent arrives; then the child sees the end.
  const { code } = await child.status;
  console.log(`Parent ${Deno.pid} sent ${count} objects and got ${count}; the child ended with code ${code}`);
}

async function child(count: number): Promise<void> {
  using connection = parentConnection();
  const bob: Person = { name: "Bob", id: 42n };
  bob.friend = { name: "Sue", id: 2n ** 64n, friend: bob };
  await connection.send(bob);
  console.log(`Child ${Deno.pid} got ${show(await connection.recv())}`);
  await exchange(connection, count);
  for await (const more of connection) throw new Error(`The parent sent more than agreed: ${show(more)}`);
  console.log(`Child ${Deno.pid} sent ${count} objects and got ${count}, and then the end`);
}

/** Both sides do this, at the same time. */
async function exchange(connection: Connection, count: number, signal?: AbortSignal): Promise<void> {
  const send = async () => {
    for (let i = 0; i < count; i++) {
      await connection.send({ number: i, at: new Date(i), text: "spam".repeat(i % 50) }, { signal });
    }
  };
  const receive = async () => {
    for (let i = 0; i < count; i++) {
      const { number, at, text } = await connection.recv({ signal });
      if (number === i && at instanceof Date && at.getTime() === i && text.length === 4 * (i % 50)) continue;
      throw new Deno.errors.InvalidData(`Expected object ${i}, got ${show({ number, at, text })}`);
    }
  };
  await Promise.all([send(), receive()]);
}

function show(value: unknown): string {
  return Deno.inspect(value, { breakLength: Infinity });
}

if (import.meta.main) {
  if (Deno.args[0] === "child") await child(Number(Deno.args[1]));
  else await interruptible((signal) => parent(Number(Deno.args[0] ?? 1000), signal));
}
