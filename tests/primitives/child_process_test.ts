import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { pipe, spawn, type SpawnOptions } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { isRunning, killedAtEnd, killIfRunning, untilGone, zombies } from "../support/processes.ts";
import { skipIf } from "../support/skip.ts";
import { type Printed, printed, run, shell, textOf } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const notRoot = skipIf(Deno.uid() !== 0, "only root may start children as other users");

/** What spawn() and Deno.Command have in common must come out the same. */
async function assertSame(command: string | URL, options: Deno.CommandOptions = {}): Promise<Printed> {
  const theirs = printed(
    await within(PATIENCE_MS, `${command}`, () => new Deno.Command(command, options).output()),
  );
  assertEquals(await run(command, options as SpawnOptions), theirs);
  assertEquals(await run(command, { ...options, noOrphans: true } as SpawnOptions), theirs);
  return theirs;
}

const endings: [string, string, number][] = [
  ["exit 0", "exit 0", 0],
  ["exit 3", "exit 3", 3],
  ["killed by SIGKILL", "kill -9 $$", 137],
  ["killed by SIGTERM", "kill -15 $$", 143],
];
for (const [name, script, code] of endings) {
  Deno.test(`a child's status is that of Deno.Command: ${name}`, async () => {
    assertEquals((await assertSame("sh", { args: ["-c", script] })).code, code);
  });
}

Deno.test("args, argv[0] and output are those of Deno.Command, whatever is in them", async () => {
  const args = ["[%s]", "a b", "", "$HOME", "x\ny", "'", '"', "\\", "--", "ü€", "*"];
  assertEquals((await assertSame("printf", { args })).out, args.slice(1).map((arg) => `[${arg}]`).join(""));
  await assertSame("sh", { args: ["-c", "tr '\\0' '|' < /proc/$$/cmdline; echo err >&2"] });
});

Deno.test("cwd is that of Deno.Command, as path and as URL with escapes", async () => {
  using dir = tempDir();
  const folder = dir.join("a b%20ü");
  Deno.mkdirSync(folder);
  const url = new URL(`file://${folder.replaceAll("%", "%25").replaceAll(" ", "%20")}`);
  assertEquals((await assertSame("pwd", { cwd: folder })).out, `${folder}\n`);
  assertEquals((await assertSame("pwd", { cwd: url })).out, `${folder}\n`);
});

Deno.test("a program can be named by URL with escapes, or seen from cwd", async () => {
  using dir = tempDir();
  const folder = dir.join("a b%20");
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/hi`, '#!/bin/sh\necho hi "$0" $(pwd)\n', { mode: 0o755 });
  const url = new URL(`file://${folder.replaceAll("%", "%25").replaceAll(" ", "%20")}/hi`);
  assertStringIncludes((await assertSame(url)).out, "hi ");
  assertStringIncludes((await assertSame("./hi", { cwd: folder })).out, "hi ");
  await assertSame("hi", { env: { PATH: `${folder}:${Deno.env.get("PATH")}` } });
  await assertSame("hi", { clearEnv: true, env: { PATH: `${folder}:/usr/bin:/bin` } });
});

Deno.test("env adds to the environment and clearEnv empties it, as in Deno.Command", async () => {
  const options: Deno.CommandOptions[] = [
    { env: { IPC_TEST: "a b\n$c", HOME: "/nowhere" } },
    { clearEnv: true, env: { "ONLY-ONE": "1", PATH: "/usr/bin:/bin" } },
    { clearEnv: true },
  ];
  for (const option of options) {
    const theirs = printed(await new Deno.Command("env", { ...option, args: ["-0"] }).output());
    const ours = await run("env", { ...option, args: ["-0"] } as SpawnOptions);
    assertEquals(ours.out.split("\0").sort(), theirs.out.split("\0").sort());
  }
});

Deno.test({
  name: "uid and gid are those of Deno.Command",
  ignore: notRoot,
  async fn() {
    const { out } = await assertSame("id", { uid: 65534, gid: 65534, cwd: "/" });
    assertStringIncludes(out, "uid=65534");
    await assertSame("id", { gid: 65534, cwd: "/" });
  },
});

Deno.test({
  name: "a failure to start as another user has the same types",
  ignore: notRoot,
  fn() {
    using dir = tempDir();
    Deno.writeTextFileSync(dir.join("no"), "", { mode: 0o644 });
    const error = assertThrows(() => spawn(dir.join("no"), { uid: 0 }), Deno.errors.PermissionDenied);
    assertEquals((error as Error & { code?: string }).code, "EACCES");
  },
});

Deno.test("signal: an abort ends the child with SIGTERM, as in Deno.Command", async () => {
  const outcomes = [];
  for (const start of [spawn, (f: string, o: Deno.CommandOptions) => new Deno.Command(f, o).spawn()]) {
    const controller = new AbortController();
    const child = start("sleep", { args: ["20"], signal: controller.signal });
    controller.abort();
    outcomes.push({ ...await within(PATIENCE_MS, "the child to end", () => child.status) });
    controller.abort();
  }
  assertEquals(outcomes[0], outcomes[1]);
  assertEquals(outcomes[0]!.signal, "SIGTERM");
});

Deno.test("signal: an abort after the end does nothing", async () => {
  const controller = new AbortController();
  const child = spawn("true", { signal: controller.signal });
  assertEquals((await child.status).code, 0);
  controller.abort();
  assertEquals((await child.status).code, 0);
});

Deno.test("signal: aborted before, spawn() throws its reason, starts nothing and takes no handle", async () => {
  const { reader, writer } = pipe();
  const signal = AbortSignal.abort(new Error("not today"));
  assertThrows(() => spawn("true", { signal, fds: { 3: writer } }), Error, "not today");
  await writer.write("still mine");
  writer.close();
  assertEquals(await textOf(reader), "still mine");
});

Deno.test("kill() sends every signal that it is told to, and the status tells what really ended the child", async () => {
  const script =
    "trap 'echo usr1' USR1; trap 'echo term; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
  await using child = spawn("sh", { args: ["-c", script], stdout: "piped" });
  using _end = killedAtEnd(child.pid);
  const lines = child.stdoutReader.lines();
  const next = async () => (await within(PATIENCE_MS, "a line", () => lines.next())).value;
  assertEquals(await next(), "ready");
  for (const _ of [1, 2]) {
    child.kill("SIGUSR1");
    assertEquals(await next(), "usr1");
  }
  child.kill();
  assertEquals(await next(), "term");
  assertEquals(await within(PATIENCE_MS, "its end", () => child.status), {
    success: false,
    code: 5,
    signal: null,
  });
});

Deno.test("kill() after the end is a TypeError, as is a signal that there is not", async () => {
  await using child = spawn("sleep", { args: ["20"] });
  assertThrows(() => child.kill("SIGNOT" as Deno.Signal), TypeError, "SIGNOT");
  child.kill("SIGKILL");
  await within(PATIENCE_MS, "its end", () => child.status);
  assertThrows(() => child.kill(), TypeError, `child ${child.pid}: it has ended`);
});

Deno.test("`await using` kills the child and waits for it, also after other signals", async () => {
  let pid = 0;
  try {
    await within(PATIENCE_MS, "the block to be left", async () => {
      await using child = spawn("sleep", { args: ["3600"] });
      pid = child.pid;
      child.kill("SIGCONT");
      assert(isRunning(pid));
    });
    assert(!isRunning(pid));
  } finally {
    killIfRunning(pid);
  }
});

Deno.test("ref() and unref(): a script ends before its unref'ed child, and after any other", async () => {
  const options = { args: ["20"], stdin: "null", stdout: "null", stderr: "null" };
  await using quick = startChild("spawner", {
    args: [JSON.stringify({ command: "sleep", unref: ["unref"], options })],
  });
  const pid = Number(/^pid (\d+)\n$/.exec(await quick.finished())![1]);
  assert(isRunning(pid), "the unref'ed child should outlive the script");
  killIfRunning(pid);
  await untilGone(pid);
  for (const unref of [[], ["unref", "ref"]]) {
    const job = { command: "sh", unref, options: { args: ["-c", "read line; exit 4"] } };
    await using patient = startChild("spawner", { args: [JSON.stringify(job)] });
    await patient.printed("pid");
    await patient.closeStdin();
    assertStringIncludes(await patient.finished(), "ended 4 null");
  }
});

Deno.test("50 children at once leave no zombie and no descriptor", async () => {
  const fifty = () =>
    Promise.all(Array.from({ length: 50 }, async (_, i) => {
      const { out, code } = await shell(`echo ${i}; exit ${i}`);
      assertEquals([out, code], [`${i}\n`, i]);
    }));
  await assertNoLeak(fifty, { warmUp: fifty });
  assertEquals(zombies(), []);
});

Deno.test("spawn() needs --allow-run and says so; without --allow-ffi it still starts a child", async () => {
  const job = JSON.stringify({ command: "sh", options: { args: ["-c", "exit 6"] } });
  const flags = ["--allow-env", "--allow-read"];
  await using able = startChild("spawner", { flags: [...flags, "--allow-run"], args: [job] });
  assertStringIncludes(await able.finished(), "ended 6 null");
  await using unable = startChild("spawner", { flags, args: [job] });
  await unable.finished(1);
  assertStringIncludes(unable.stderr, "NotCapable");
  assertStringIncludes(unable.stderr, "--allow-run");
  const pipedJob = JSON.stringify({
    command: "sh",
    options: { args: ["-c", "echo begun >&2"], stdout: "piped" },
  });
  await using unpiped = startChild("spawner", { flags: [...flags, "--allow-run"], args: [pipedJob] });
  await unpiped.finished(1);
  assertStringIncludes(unpiped.stderr, "--allow-ffi");
  assert(!unpiped.stderr.includes("begun"), "a child was started although its pipe could not be used");
  const missing = JSON.stringify({ command: "/no/such/program" });
  await using lost = startChild("spawner", { flags: [...flags, "--allow-run"], args: [missing] });
  await lost.finished(1);
  assertStringIncludes(lost.stderr, "NotFound: Cannot start '/no/such/program'");
});

Deno.test("what cannot be a program is a TypeError", () => {
  assertThrows(() => spawn(""), TypeError, "empty");
  assertThrows(() => spawn("a\0b"), TypeError, "NUL");
  assertThrows(() => spawn("true", { args: ["a\0b"] }), TypeError);
  assertThrows(() => spawn(new URL("https://localhost/true")), TypeError);
  assertInstanceOf(assertThrows(() => spawn("true", { uid: 0.5 })), Error);
});
