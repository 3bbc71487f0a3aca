/**
 * Lets the garbage collector find what a manager's server gave: references are given up by it, and a permit that was
 * forgotten is held all the same. It ends with an error when that is not so.
 */
import { byReference, Manager, ManagerServer, type Reference } from "../../mod.ts";

const COUNT = 100;
const { gc } = globalThis as unknown as { gc(): void };
const module = {
  given: 0,
  open: (): Reference<{ n: number }> => {
    module.given++;
    return byReference({ n: 1 }, { released: (how) => how === "forgotten" && module.given-- });
  },
};

/** A server in this process would share its garbage collector: the one of the client is meant. */
if (Deno.args[0] === "serve") {
  await using server = await ManagerServer.listen(`unix:@ipc-collected-${Deno.pid}`, { module });
  console.log(server.address);
  await server.closed;
} else {
  const address = Deno.args[0]!;
  await using manager = await Manager.connect<typeof module>(address);
  await using other = await Manager.connect(address);
  const semaphore = await manager.semaphore("seats", 2);
  await semaphore.acquire();
  const kept = await semaphore.acquire();
  for (let i = 0; i < COUNT; i++) await manager.module.open();

  // The last one may still lie on the stack.
  for (let i = 0; i < 500 && await manager.module.given > 1; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(`${await manager.module.given <= 1 ? "few" : "many"} references are held`);
  console.log(`${await semaphore.free} seats are free`);
  await kept.release();
  console.log(`${await semaphore.free} after a release`);
  manager.close();
  await manager.ended;
  const theirs = await other.semaphore("seats");
  using _both = await theirs.acquire({ timeout: 20_000 });
  using _again = await theirs.acquire({ timeout: 20_000 });
  console.log("both are back when the client has gone");
}
