import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { spawn } from "../../mod.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { isRunning, killIfRunning, untilGone } from "../support/processes.ts";
import { skipUnless } from "../support/skip.ts";
import { run, shell } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const ignore = skipUnless("setpriv");
const NOTHING = { stdin: "null", stdout: "null", stderr: "null" };

function parentOf(options: object, command = "sleep"): TestChild {
  return startChild("spawner", { args: [JSON.stringify({ command, options: { ...NOTHING, ...options } })] });
}

async function pidOf(parent: TestChild): Promise<number> {
  await parent.printed("\n");
  return Number(/^pid (\d+)\n/.exec(parent.stdout)![1]);
}

function command(pid: number): string {
  return Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

Deno.test({
  name: "noOrphans: the child is gone once its parent was killed by SIGKILL; without it, it lives on",
  ignore,
  async fn() {
    for (const noOrphans of [true, false]) {
      await using parent = parentOf({ args: ["3600"], noOrphans });
      const pid = await pidOf(parent);
      await until("the program to run", () => /^\S*sleep 3600/.test(command(pid)));
      parent.kill("SIGKILL");
      await within(PATIENCE_MS, "the parent to end", () => parent.status);
      if (noOrphans) await untilGone(pid);
      else assert(isRunning(pid));
      killIfRunning(pid);
      await untilGone(pid);
    }
  },
});

Deno.test({
  name: "noOrphans: no child survives a parent that is killed right after the spawn, 20 times",
  ignore,
  async fn() {
    await within(4 * PATIENCE_MS, "20 rounds", async () => {
      for (let round = 0; round < 20; round++) {
        await using parent = parentOf({ args: ["3600"], noOrphans: true });
        const pid = await pidOf(parent);
        parent.kill("SIGKILL");
        await untilGone(pid);
      }
    });
  },
});

Deno.test({
  name: "noOrphans: a parent that has gone before the child asked: the program is not run",
  ignore,
  async fn() {
    using dir = tempDir();
    // A setpriv that asks only once its parent is gone, as a slow machine would.
    const real = (await shell("command -v setpriv")).out.trimEnd();
    const slow =
      `#!/bin/sh\nparent=$PPID\nwhile [ -e /proc/$parent ]; do sleep 0.01; done\nexec ${real} "$@"\n`;
    await Deno.writeTextFile(dir.join("setpriv"), slow, { mode: 0o755 });
    const job = { command: "touch", options: { ...NOTHING, noOrphans: true, args: [dir.join("ran")] } };
    await using parent = startChild("spawner", {
      args: [JSON.stringify(job)],
      env: { PATH: `${dir.path}:${Deno.env.get("PATH")}` },
    });
    const pid = await pidOf(parent);
    parent.kill("SIGKILL");
    await untilGone(pid);
    assert(!(await exists(dir.join("ran"))));
  },
});

Deno.test({
  name: "noOrphans: exit codes, signals and process id are the program's own",
  ignore,
  async fn() {
    assertEquals((await shell("exit 42", { noOrphans: true })).code, 42);
    assertEquals((await shell("kill -USR1 $$", { noOrphans: true })).signal, "SIGUSR1");
    await using child = spawn("sh", {
      args: ["-c", "echo $$; exec sleep 60"],
      stdout: "piped",
      noOrphans: true,
    });
    assertEquals((await child.stdoutReader.lines().next()).value, `${child.pid}`);
    child.kill("SIGTERM");
    assertEquals((await child.status).signal, "SIGTERM");
  },
});

Deno.test({
  name: "noOrphans: arguments and the program's name arrive unchanged, whatever is in them",
  ignore,
  async fn() {
    using dir = tempDir();
    const path = dir.join("a 'b' \"$c\" ü");
    await Deno.writeTextFile(path, '#!/bin/sh\nfor a; do printf "[%s]" "$a"; done\n', { mode: 0o755 });
    const args = ["a b", "", "'", '"', "$HOME", "`id`", "x\ny", "\\n", "--", "-c", "ü€😀", "*", "\x01"];
    for (const noOrphans of [true, false]) {
      assertEquals((await run(path, { args, noOrphans })).out, args.map((arg) => `[${arg}]`).join(""));
    }
  },
});

Deno.test({
  name: "noOrphans: a program that is missing is NotFound at spawn()",
  ignore,
  fn() {
    assertThrows(() => spawn("ipc-no-such", { noOrphans: true }), Deno.errors.NotFound, "ipc-no-such");
  },
});

Deno.test("noOrphans: without setpriv on the PATH it is NotSupported, and says what is needed", async () => {
  using empty = tempDir();
  const job = { command: "/bin/true", options: { noOrphans: true } };
  await using parent = startChild("spawner", { args: [JSON.stringify(job)], env: { PATH: empty.path } });
  await parent.finished(1);
  assertStringIncludes(parent.stderr, "NotSupported");
  assertStringIncludes(parent.stderr, "{ noOrphans: true }");
  assertStringIncludes(parent.stderr, "setpriv (util-linux) and sh on the PATH");
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
