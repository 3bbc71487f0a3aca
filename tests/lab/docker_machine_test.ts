/** The lab on machines that lack an engine, or lose it. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BareMachine, noBareMachine } from "./bare_machine.ts";
import { RepositoryCopy } from "./repository_copy.ts";

const ignore = noBareMachine();
const PATIENCE_MS = 120_000;

Deno.test({
  name: "without an engine, the lab starts one, and stops it after two runs side by side",
  ignore,
  async fn() {
    await using machine = await BareMachine.start(["--only", "tcp-echo"], { copies: 2 });
    const printed = await machine.finished(0, PATIENCE_MS);
    assertEquals(printed.split("started dockerd").length, 2, printed);
    assertEquals(printed.split("stopping dockerd").length, 2, printed);
    assertEquals(printed.split("1 passed, 0 failed").length, 3, printed);
    assertEquals(machine.left, []);
  },
});

Deno.test({
  name: "--keep leaves the containers and the engine to be looked into, and the next run removes both",
  ignore,
  async fn() {
    await using machine = await BareMachine.start(["--only", "fifo-orders", "--jobs", "1"], {
      keepFirst: true,
    });
    const printed = await machine.finished(0, PATIENCE_MS);
    assertEquals(printed.split("kept: /var/lib/docker/containers/").length, 5, printed);
    assertEquals(printed.split("started dockerd").length, 2, printed);
    assertEquals(printed.split("stopping dockerd").length, 2, printed);
    const [, warm] = [...printed.matchAll(/\(ready in (\d+\.\d) s\)/g)].map(([, seconds]) => Number(seconds));
    assert(warm! < 5, `with the image there, the lab took ${warm} s to be ready`);
    assertEquals(machine.left, []);
  },
});

Deno.test({
  name: "Ctrl-C while the lab begins stops the engine",
  ignore,
  async fn() {
    await using machine = await BareMachine.start(["--only", "tcp-echo"]);
    await machine.printed("started dockerd", PATIENCE_MS);
    machine.signal("lab", "SIGINT");
    await machine.finished(130, PATIENCE_MS);
    assertEquals(machine.left, []);
  },
});

Deno.test({
  name: "an engine that dies during a run ends it, and what it ran is removed",
  ignore,
  async fn() {
    await using machine = await BareMachine.start([
      "--only",
      "tcp-echo",
      "--only",
      "fifo-orders",
      "--jobs",
      "1",
    ]);
    await machine.printed("(ready in", PATIENCE_MS);
    await machine.hasContainer();
    machine.signal("dockerd", "SIGKILL");
    const printed = await machine.finished(1, PATIENCE_MS);
    assertStringIncludes(printed, "The Docker engine died during fifo-orders");
    assertStringIncludes(printed, "starting it again to remove what it ran");
    assertEquals(printed.includes("tcp-echo:"), false, "went on without an engine");
    assertEquals(machine.left.filter((line) => !line.startsWith("left: /tmp/ipc-lab-failed-")), []);
  },
});

Deno.test({
  name: "an engine that dies while the image is built ends the lab, and leaves nothing of the build",
  ignore,
  async fn() {
    await using machine = await BareMachine.start(["--only", "tcp-echo"]);
    await machine.printed("building the image", PATIENCE_MS);
    machine.signal("dockerd", "SIGKILL");
    assertStringIncludes(await machine.finished(1, PATIENCE_MS), "The Docker engine has gone");
    assertEquals([machine.left, machine.images], [[], 1]); // The base.
  },
});

Deno.test({
  name: "a full disk ends the lab with that reason, and the engine is stopped",
  ignore,
  async fn() {
    await using machine = await BareMachine.start(["--only", "tcp-echo"], { disk: "60m" });
    assertMatch(await machine.finished(1, PATIENCE_MS), /no space left on device/);
    assertEquals(machine.left, []);
  },
});

Deno.test({
  name: "a Dockerfile that fails ends the lab with what failed, and nothing of the build is left",
  ignore,
  async fn() {
    await using copy = await RepositoryCopy.make();
    await Deno.writeTextFile(`${copy.path}/Dockerfile`, "COPY not-there /\n", { append: true });
    await using machine = await BareMachine.start(["--only", "tcp-echo"], { main: copy.main });
    const printed = await machine.finished(1, PATIENCE_MS);
    assertMatch(printed, /Cannot build the image from the Dockerfile: .*not-there/);
    assertEquals([machine.left, machine.images], [[], 1]); // The base.
  },
});

for (
  const [who, under, problem] of [
    ["a user who is not root", ["unshare", "--user"], "install Docker (Debian: apt-get install docker.io)"],
    [
      "root, without dockerd and apt-get,",
      ["env", "PATH=/nowhere"],
      "install Docker (there is no apt-get here)",
    ],
  ] as const
) {
  Deno.test({
    name: `without an engine, ${who} is told in a line what to install`,
    ignore,
    async fn() {
      await using machine = await BareMachine.start(["--only", "tcp-echo"], { under });
      const [told, ...more] = (await machine.finished(1, PATIENCE_MS)).split("\n");
      assertStringIncludes(told!, `No Docker engine answers: ${problem}`);
      assertEquals([machine.left, more], [[], ["images: 1", "over with exit code 1", ""]]); // The pattern itself.
    },
  });
}
