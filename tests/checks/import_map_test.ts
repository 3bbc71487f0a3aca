import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import config from "../../deno.json" with { type: "json" };
import { importMapFlags } from "../../lab/offline/flags.ts";
import offline from "../../lab/offline/import_map.json" with { type: "json" };
import { finish } from "../support/watchdog.ts";
import { ROOT } from "./repository.ts";

Deno.test("the offline import map has the keys of deno.json's", () => {
  assertEquals(Object.keys(offline.imports), Object.keys(config.imports));
});

Deno.test("flags.ts prints what importMapFlags() returns and nothing on stderr", async () => {
  const { stdout, stderr } = await finish(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/lab/offline/flags.ts`],
  });
  assertEquals({ words: stdout.split(/\s+/).filter(Boolean), stderr }, {
    words: await importMapFlags(),
    stderr: "",
  });
});

Deno.test("parseArgs() reads booleans, strings, collected and positional arguments", () => {
  const args = ["run", "--quick", "--only", "a", "--only=b", "--json", "1", "--json", "2", "7"];
  const parsed = parseArgs(args, { boolean: ["quick", "list"], string: ["only", "json"], collect: ["only"] });
  assert(parsed.quick && !parsed.list);
  assertEquals(parsed.only, ["a", "b"]);
  assertEquals(parsed.json, "2");
  assertEquals(parsed._, ["run", 7]);
});

Deno.test("parseArgs() fills in defaults", () => {
  const parsed = parseArgs([], {
    boolean: ["quick"],
    string: ["size"],
    default: { size: "64", quick: true },
  });
  assertEquals([parsed.quick, parsed.size], [true, "64"]);
});

Deno.test("parseArgs() hands each undeclared argument to unknown()", () => {
  const seen: string[] = [];
  parseArgs(["--wrong", "--list"], { boolean: ["list"], unknown: (arg) => void seen.push(arg) });
  assertEquals(seen, ["--wrong"]);
});
