import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SpawnOptions } from "../../mod.ts";
import { skipUnless } from "../support/skip.ts";
import { type Printed, run, shell } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";

const deno = Deno.execPath();
const dir = tempDir();
globalThis.addEventListener("unload", () => dir[Symbol.dispose]());

/** Prints its arguments and flags, and whether it may read. */
const script = dir.join("x.ts");
Deno.writeTextFileSync(
  script,
  `const { state } = await Deno.permissions.query({ name: "read", path: "/etc/passwd" });
let read;
try { Deno.readTextFileSync("/etc/passwd"); read = "read"; } catch (error) { read = error.name; }
console.log(JSON.stringify({ args: Deno.args, state, read }));`,
);

const DENIED = { state: "prompt", read: "NotCapable" };

function outcome({ out, err, code }: Printed): unknown {
  assertEquals(code, 0, err);
  return JSON.parse(out);
}

/** Ways to start `deno x.ts a`, none of which gives a permission. */
const ways: [string, string, SpawnOptions][] = [
  ["spawn(deno, run …)", deno, { args: ["run", "--no-prompt", script, "a"] }],
  ["spawn(deno, x.ts)", deno, { args: ["--no-prompt", script, "a"] }],
  ["spawn(deno, x.ts) with noOrphans", deno, { args: ["--no-prompt", script, "a"], noOrphans: true }],
  ["sh -c with the path", "sh", { args: ["-c", `'${deno}' --no-prompt '${script}' a`] }],
  ["sh -c with the bare path", "sh", { args: ["-c", `${deno} --no-prompt ${script} a`] }],
  ["sh -c with a variable", "sh", {
    args: ["-c", `"$DENO" --no-prompt "$X" a`],
    env: { DENO: deno, X: script },
  }],
  ["sh -c with a pipe", "sh", { args: ["-c", `true | ${deno} --no-prompt ${script} a`] }],
  ["sh -c with noOrphans", "sh", { args: ["-c", `${deno} --no-prompt ${script} a`], noOrphans: true }],
  ["sh -c 'exec \"$@\"'", "sh", { args: ["-c", 'exec "$@"', "sh", deno, "--no-prompt", script, "a"] }],
  ["env deno", "env", { args: [deno, "--no-prompt", script, "a"] }],
];
for (const [name, command, options] of ways) {
  Deno.test(`a Deno child has exactly the permissions that it was given: ${name}`, async () => {
    const env = { DENO_NO_PROMPT: "1", ...options.env };
    assertEquals(outcome(await run(command, { ...options, env })), { args: ["a"], ...DENIED });
  });
}

Deno.test("a Deno child has exactly the permissions that it was given: a variable of this process", async () => {
  Deno.env.set("IPC_TEST_DENO", deno);
  try {
    const found = await shell(`"$IPC_TEST_DENO" --no-prompt "${script}" a`);
    assertEquals(outcome(found), { args: ["a"], ...DENIED });
    const bare = await shell(`$IPC_TEST_DENO --no-prompt "${script}" a`);
    assertEquals(outcome(bare), { args: ["a"], ...DENIED });
  } finally {
    Deno.env.delete("IPC_TEST_DENO");
  }
});

Deno.test({
  name: "a Deno child has exactly the permissions that it was given: python with the path in its arguments",
  ignore: skipUnless("python3"),
  async fn() {
    const source = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))";
    const args = ["-c", source, deno, "--no-prompt", script, "a"];
    assertEquals(outcome(await run("python3", { args })), { args: ["a"], ...DENIED });
  },
});

Deno.test("a Deno child has the permissions that it was given", async () => {
  const found = outcome(
    await run(deno, { args: ["run", "--allow-read", script, "--node-flag", "-e", "b c"] }),
  );
  assertEquals(found, { args: ["--node-flag", "-e", "b c"], state: "granted", read: "read" });
});

Deno.test("Deno's own options are not taken for Node's", async () => {
  assertEquals((await run(deno, { args: ["eval", "-p", "1 + 1"] })).out, "2\n");
  assertStringIncludes((await run(deno, { args: ["--version"] })).out, `deno ${Deno.version.deno}`);
  assertEquals((await run(deno, { args: ["run", "--no-such-flag", script] })).code, 1);
});

Deno.test("Deno.execPath() of a Deno child starts a Deno", async () => {
  const code = "console.log(Deno.execPath())";
  for (const noOrphans of [false, true]) {
    const found = await run(deno, { args: ["eval", code], noOrphans });
    const path = found.out.trimEnd();
    assertEquals(Deno.realPathSync(path), Deno.realPathSync(deno));
    assertEquals((await run(path, { args: ["eval", "console.log(6 * 7)"] })).out, "42\n");
  }
});

Deno.test("no variable is added to or taken from a Deno child's environment", async () => {
  const options = { args: ["eval", "console.log(JSON.stringify(Object.keys(Deno.env.toObject()).sort()))"] };
  const theirs = await new Deno.Command(deno, options).output();
  assertEquals((await run(deno, options)).out, new TextDecoder().decode(theirs.stdout));
});
