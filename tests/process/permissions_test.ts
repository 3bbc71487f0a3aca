import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CommandLine } from "../../lib/process/command_line.ts";
import { permissionFlags } from "../../lib/process/permission_flags.ts";
import { pipe, Process, type ProcessPermissions } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { processTest as test, startedWith, WORK } from "../support/processes_of_ours.ts";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";

const KINDS = ["read", "write", "net", "env", "run", "sys", "ffi", "import"];

function states(granted: string[]): Record<string, string> {
  return Object.fromEntries(KINDS.map((kind) => [kind, granted.includes(kind) ? "granted" : "prompt"]));
}

/** What a child of a parent with these flags may do. */
async function inChild(
  flags: string[],
  permissions: ProcessPermissions,
  entry: string,
  ...args: string[]
): Promise<unknown> {
  await using parent = startChild("process_permissions", {
    flags: ["--allow-run", "--allow-env", "--allow-ffi", ...flags],
    args: [JSON.stringify(permissions), entry, ...args],
  });
  return JSON.parse(await parent.finished());
}

test("a child has all permissions when its parent has", async () => {
  await using process = startedWith({ entry: "permissions" });
  assertEquals(await process.result, states(KINDS));
});

test("a child can be given some, or none: it runs all the same", async () => {
  for (const [permissions, granted] of [["none", []], [{ net: true, sys: true }, ["net", "sys"]]] as const) {
    await using process = startedWith({ entry: "permissions", permissions });
    assertEquals(await process.result, states([...granted]));
    assertEquals(await process.join(), 0);
  }
});

test("a list permits its entries alone", async () => {
  for (const [path, state] of [["/etc/passwd", "granted"], ["/etc", "prompt"]] as const) {
    const permissions = { read: ["/etc/passwd"], ffi: true };
    await using process = startedWith({ entry: "mayRead", args: [path], permissions });
    assertEquals(await process.result, state);
  }
});

Deno.test("a child has what its parent was started with, and no more", async () => {
  const basic = ["run", "env", "ffi"];
  assertEquals(await inChild([], "inherit", "permissions"), states(basic));
  assertEquals(await inChild(["--allow-net"], "inherit", "permissions"), states([...basic, "net"]));
  const some = ["--allow-read=/etc/passwd,/tmp"];
  assertEquals(await inChild(some, "inherit", "permissions"), states(basic));
  assertEquals(await inChild(some, "inherit", "mayRead", "/etc/passwd"), "granted");
  assertEquals(await inChild(some, "inherit", "mayRead", "/etc/group"), "prompt");
  assertEquals(
    await inChild(["--allow-read", "--deny-read=/etc"], "inherit", "mayRead", "/etc/group"),
    "denied",
  );
  assertEquals(await inChild(["--allow-read", "--deny-read=/etc"], "inherit", "mayRead", "/tmp"), "granted");
});

Deno.test("what the parent gave up, its child does not get", async () => {
  assertEquals(await inChild(["--allow-read=/etc,/tmp"], "inherit", "mayRead", "/etc", "revoke"), "prompt");
  assertEquals(await inChild(["--allow-read=/etc,/tmp"], "inherit", "mayRead", "/tmp", "revoke"), "granted");
});

Deno.test("a permission that the parent does not have is an error that names it", async () => {
  for (
    const [permissions, named] of [[{ read: true }, "read"], [{ read: ["/etc"] }, 'read of "/etc"'], [{
      net: ["a.example:80"],
    }, "net of"]] as const
  ) {
    const message = await inChild([], permissions as ProcessPermissions, "permissions") as string;
    assertStringIncludes(message, "NotCapable");
    assertStringIncludes(message, named);
  }
});

Deno.test("a parent that may not run programs is told so", async () => {
  await using parent = startChild("process_permissions", {
    flags: ["--allow-env", "--allow-ffi"],
    args: ['"inherit"', "permissions"],
  });
  assertStringIncludes(await parent.finished(), "NotCapable");
});

Deno.test("relative paths of a child that runs in another folder are those of its parent", async () => {
  using dir = tempDir();
  for (const path of ["mine/no", "other/mine/no"]) await Deno.mkdir(dir.join(path), { recursive: true });
  const mod = new URL("../../mod.ts", import.meta.url).href;
  await Deno.writeTextFile(
    dir.join("main.ts"),
    `import { Process } from "${mod}";
    const states = [];
    for (const permissions of ["inherit", { read: ["mine"] }]) {
      for (const path of ["../mine", "../mine/no", "mine", "mine/no"]) {
        const options = { entry: "mayRead", args: [path], cwd: "other", permissions };
        const process = new Process("${WORK}", options);
        process.start();
        states.push(await process.result);
      }
    }
    console.log(states.join());`,
  );
  const args = ["run", "--no-prompt", "--allow-run", "--allow-env", "--allow-ffi"];
  args.push("--allow-read=mine", "--deny-read=mine/no", "main.ts");
  const { stdout, stderr } = await finish(Deno.execPath(), { args, cwd: dir.path, env: { NO_COLOR: "1" } });
  const states = "granted,denied,prompt,prompt";
  assertEquals(stdout + stderr, `${states},${states}\n`);
});

test("wrong permissions are refused", async () => {
  const start = (permissions: unknown) => () =>
    new Process(WORK, { permissions: permissions as never }).start();
  assertThrows(start("all"), TypeError, "The option permissions");
  assertThrows(start({ reed: true }), TypeError, "reed");
  assertThrows(start({ read: 5 }), TypeError, "The permission read");
  assertThrows(start({ read: ["a,b"] }), TypeError, "commas");
  assertThrows(start({ read: [""] }), TypeError);
  await Promise.resolve();
});

test("handles for a child without ffi are an error", async () => {
  const { reader, writer } = pipe();
  const process = new Process(WORK, { entry: "same", args: [reader], permissions: { net: true } });
  assertThrows(() => process.start(), TypeError, "processes with --allow-ffi");
  await writer.write("still mine\n");
  writer.close();
  assertEquals(await reader.text(), "still mine\n");
  reader.close();
});

Deno.test("the command line's flags are told apart from their values", () => {
  const line = new CommandLine(["run", "--allow-read=/a,/b", "-N", "--config", "x.json", "main.ts"]);
  assertEquals(line.values(["--allow-read"]), ["/a,/b"]);
  assertEquals(line.values(["--config", "-c"], true), ["x.json"]);
  assertEquals(line.has("--no-config"), false);
  // Nothing but what is granted now counts: here all is.
  assertEquals(permissionFlags("inherit", line), ["--allow-all"]);
});
