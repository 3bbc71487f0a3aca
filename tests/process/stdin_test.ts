import { assertEquals } from "@std/assert";
import { Pool, Process } from "../../mod.ts";
import { processTest as test } from "../support/processes_of_ours.ts";

/** A process's descriptor of that number is its line to its parent: nobody else may read from it. */
const READS = `data:text/javascript,
  export const read = async () => [await Deno.stdin.read(new Uint8Array(9)), Deno.stdin.readSync(new Uint8Array(9))];
  export const all = () => new Response(Deno.stdin.readable).text();
  export const add = (a, b) => a + b;`;

for (const permissions of ["inherit", "none"] as const) {
  test(`a function finds its stdin at the end: in a process with the permissions "${permissions}"`, async () => {
    for (const [entry, nothing] of [["read", [null, null]], ["all", ""]] as const) {
      await using process = new Process(READS, { entry, permissions });
      process.start();
      assertEquals(await process.result, nothing);
    }
  });

  test(`a function finds its stdin at the end: in a pool with the permissions "${permissions}"`, async () => {
    await using pool = new Pool(READS, { size: 1, permissions });
    assertEquals(await pool.apply("read"), [null, null]);
    assertEquals(await pool.apply("all"), "");
    assertEquals(await pool.apply("add", [1, 2]), 3);
  });
}
