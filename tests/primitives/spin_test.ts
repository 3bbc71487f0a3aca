import { assertEquals, assertGreater } from "@std/assert";
import { Spin } from "../../lib/primitives/spin.ts";

/** How often a moment in vain looks. */
function looks(spin: Spin): number {
  let count = 0;
  assertEquals(spin.until(() => void count++), undefined);
  return count;
}

Deno.test("Spin.until() returns what the look finds, and looks no more", () => {
  let count = 0;
  assertEquals(new Spin().until(() => ++count === 1 ? "found" : undefined), "found");
  assertEquals(count, 1);
});

Deno.test("a moment ends when a look, or offering the core, has taken long", () => {
  let count = 0;
  const found = new Spin().until(() => {
    count++;
    for (const end = performance.now() + 1; performance.now() < end;);
    return undefined;
  });
  assertEquals([found, count], [undefined, 1]);
});

Deno.test("moments in vain become rarer, up to one in 64", () => {
  const spin = new Spin();
  for (const pause of [1, 3, 7, 15, 31, 63, 63]) {
    assertGreater(looks(spin), 0);
    for (let i = 0; i < pause; i++) assertEquals(looks(spin), 0, `${i} of ${pause}`);
  }
});
