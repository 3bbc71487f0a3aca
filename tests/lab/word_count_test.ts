import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startProgram } from "./started.ts";

Deno.test("word_count counts the words of a folder, and those below it, with one process and with several", async () => {
  await using program = startProgram("word_count", "TMP/texts", "3");
  const texts = program.tmp.join("texts");
  await Deno.mkdir(`${texts}/below`, { recursive: true });
  await Deno.writeTextFile(`${texts}/a.txt`, "One fish, two fish; red fish.\n");
  await Deno.writeTextFile(`${texts}/below/b.txt`, "Blue FISH!\n");
  const lines = (await program.finished()).trimEnd().split("\n");
  assertMatch(lines[0]!, /^1 process counted the words of 2 files in \d+ ms$/);
  assertMatch(lines[1]!, /^3 processes took \d+ ms: \d+\.\d\d times as fast$/);
  assertEquals(lines[2], "8 words, 5 different ones. The most frequent: fish 4, blue 1, one 1, red 1, two 1");
  assertEquals(program.processes, []);
});

Deno.test("word_count without a folder says how it is used, and with one that is not there what is wrong", async () => {
  await using without = startProgram("word_count");
  await without.finished(2);
  assertStringIncludes(without.stderr, "Usage: deno run");
  await using wrong = startProgram("word_count", "TMP/nowhere");
  await wrong.finished(1);
  assertStringIncludes(wrong.stderr, "NotFound");
});
