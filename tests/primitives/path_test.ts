import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { pathOf } from "../../lib/primitives/path.ts";

Deno.test("pathOf() leaves a string as it is", () => {
  for (
    const path of [
      "/tmp/a",
      "a",
      "./a b",
      "../a",
      "Käse/日本/😀",
      "a%20b",
      "file:///a",
      " ",
      "x".repeat(5000),
    ]
  ) {
    assertEquals(pathOf(path), path);
  }
});

Deno.test("pathOf() decodes a file: URL", () => {
  assertEquals(pathOf(new URL("file:///tmp/K%C3%A4se%20%E6%97%A5%25")), "/tmp/Käse 日%");
});

Deno.test("pathOf() refuses URLs that name no file of this machine, or none that a string can name", () => {
  for (const url of ["https://example.com/a", "data:,a", "file://other/a", "file:///a%2Fb", "file:///a%ff"]) {
    assertThrows(() => pathOf(new URL(url)), TypeError);
  }
});

Deno.test("pathOf() refuses a NUL, which the C library would take for the end", () => {
  const error = assertThrows(() => pathOf("/tmp/a\0b"), TypeError, "NUL");
  assertStringIncludes(error.message, JSON.stringify("/tmp/a\0b"));
  assertThrows(() => pathOf(new URL("file:///tmp/a%00b")), TypeError);
});

Deno.test("pathOf() refuses a lone surrogate, which would become another name", () => {
  for (const path of ["/tmp/\ud800", "\udc00a"]) assertThrows(() => pathOf(path), TypeError, "well-formed");
});

Deno.test("pathOf() refuses an empty path", () => {
  assertThrows(() => pathOf(""), TypeError, "empty");
});

Deno.test("pathOf() refuses what is no path", () => {
  for (const path of [5, null, undefined, {}, [], new Uint8Array(3), true, Symbol("a")]) {
    assertThrows(() => pathOf(path as unknown as string), TypeError, "not ");
  }
});
