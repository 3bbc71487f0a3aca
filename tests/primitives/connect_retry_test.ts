/** connect() with retry to hosts that come up: in namespaces, in which a test may change the network and the names. */

import { assertEquals } from "@std/assert";
import { listen } from "../../mod.ts";
import type { TestChild } from "../support/children.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const { canMake, hasIp } = namespaces();
const NO_NAMES = skipIf(!canMake, "no namespaces can be made here");
const NO_NETWORK = NO_NAMES
  || skipIf(!hasIp, "ip (of iproute2) is not installed, or may not change a network");

function namespaces(): { canMake: boolean; hasIp: boolean } {
  const succeeds = (...args: string[]) => {
    try {
      return new Deno.Command("unshare", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync()
        .success;
    } catch {
      return false;
    }
  };
  return {
    canMake: succeeds("-rm", "sh", "-c", "mount --bind /etc/hosts /etc/hosts"),
    hasIp: succeeds("-rn", "ip", "link", "set", "lo", "up"),
  };
}

/** Runs a body by our calls, and by the runtime's. */
function test(name: string, ignore: boolean, body: (flags: string[]) => Promise<void>): void {
  for (const [how, flags] of [["", ["-A"]], [" (without FFI)", ["-A", "--deny-ffi"]]] as const) {
    Deno.test({
      name: name + how,
      ignore,
      fn: () => within(2 * PATIENCE_MS, name, () => body([...flags])),
    });
  }
}

/** Starts the program in a new namespace, after some lines of shell. */
function startIn(namespace: "-rm" | "-rn", before: string, flags: string[], ...args: string[]): TestChild {
  const program = [
    Deno.execPath(),
    "run",
    "--no-prompt",
    ...flags,
    childPath("connects_at_last.ts"),
    ...args,
  ];
  return startProgram("unshare", namespace, "sh", "-ec", `${before} exec "$@"`, "sh", ...program);
}

test("connect() with retry waits for a name that is not known yet", NO_NAMES, async (flags) => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("hosts"), "127.0.0.1 localhost\n");
  // Nobody answers there: that is known at once.
  Deno.writeTextFileSync(dir.join("resolv"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  await using listener = await listen("tcp://127.0.0.1:0");
  const port = listener.address.replace(/.*:/, "");
  const mounts = ["hosts", "resolv"].map((name) =>
    `mount --bind '${dir.join(name)}' /etc/${name === "resolv" ? "resolv.conf" : name};`
  );
  await using child = startIn("-rm", mounts.join(" "), flags, `tcp://comes-later.test:${port}`);
  await until("it to wait", () => child.stdout.includes("waits\n"));
  Deno.writeTextFileSync(dir.join("hosts"), "127.0.0.1 comes-later.test\n", { append: true });
  assertEquals(await child.finished(), "ENOTFOUND\nwaits\nconnected\n");
});

test("connect() with retry waits for a network, and for a way to the host", NO_NETWORK, async (flags) => {
  for (
    const [host, before, command, code] of [
      ["127.0.0.1", "", "ip link set lo up", "ENETUNREACH"],
      [
        "10.9.8.7",
        "ip link set lo up; ip route add unreachable 10.9.8.7;",
        "ip route del unreachable 10.9.8.7; ip address add 10.9.8.7/32 dev lo",
        "EHOSTUNREACH",
      ],
    ] as const
  ) {
    await using child = startIn("-rn", before, flags, `tcp://${host}:5000`, command);
    assertEquals(await child.finished(), `${code}\nwaits\nconnected\n`);
  }
});
