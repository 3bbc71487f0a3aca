import { assert, assertEquals, assertMatch } from "@std/assert";
import { startProgram } from "./started.ts";

for (const count of ["0", "1", "20000"]) {
  Deno.test(`duplex_exchange sends ${count} objects each way at once, and sees the end`, async () => {
    await using parent = startProgram("duplex_exchange", count);
    const [bob, set, child, end, ...rest] = (await parent.finished()).trimEnd().split("\n");
    assert(
      bob!.startsWith(`Parent ${parent.pid} got <ref *1> { name: "Bob", id: 42n, friend: { name: "Sue"`),
      bob,
    );
    assertMatch(set!, /^Child \d+ got Set\(4\) \{ "ss", "pp", "aa", "mm" \}$/);
    assertMatch(child!, RegExp(`^Child \\d+ sent ${count} objects and got ${count}, and then the end$`));
    assertEquals(
      end,
      `Parent ${parent.pid} sent ${count} objects and got ${count}; the child ended with code 0`,
    );
    assertEquals(rest, []);
    assertEquals(parent.processes, []);
  });
}

Deno.test("duplex_exchange's child does not survive a parent that is killed", async () => {
  await using parent = startProgram("duplex_exchange", "100000000");
  await parent.printed("got Set(4)");
  assert(parent.processes.length > 1);
  parent.kill("SIGKILL");
  await parent.untilNoProcess();
});
