/** What becomes of scenarios that do not pass, and of what they have made. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BareMachine, noBareMachine } from "./bare_machine.ts";
import { RepositoryCopy } from "./repository_copy.ts";

const ignore = noBareMachine();
const PATIENCE_MS = 120_000;

/** Makes one of everything, and waits until the container speaks. */
const EVERYTHING = `
  const network = await lab.network();
  const mounts = { "/volume": await lab.volume(), "/folder": await lab.folder() };
  const program = "scenarios/programs/tcp_echo_server.ts";
  const server = await lab.container({ name: "server", network, mounts, program });
  await server.line("listening");`;

Deno.test({
  name:
    "scenarios that fail, hang, leak, die or are skipped end as such, and leave their logs and nothing else",
  ignore,
  async fn() {
    await using copy = await RepositoryCopy.make();
    await copy.haveScenarios({
      dies: { run: `${EVERYTHING} Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {});` },
      fails: { run: `${EVERYTHING} throw new Error("on purpose");` },
      hangs: { run: `setInterval(() => {}, 1000); await new Promise(() => {});`, limit: 500 },
      leaks: { run: `await Deno.open("/dev/null");` },
      passes: { run: `${EVERYTHING} await server.stop(); await server.ends();` },
      skips: { run: `lab.skip("no reason");` },
    });
    const tmp = `${copy.path}/tmp`;
    await Deno.mkdir(tmp);
    const files = ["--json", `${copy.path}/out.json`, "--report", `${copy.path}/out.html`];
    await using machine = await BareMachine.start(files, { main: copy.main, tmp });
    const printed = await machine.finished(1, PATIENCE_MS);
    assertMatch(printed, /^FAILED dies: it dies \(\d+\.\d s\)\n {2}exit code 137$/m);
    assertMatch(printed, /^FAILED fails: it fails \(\d+\.\d s\)\n {2}Error: on purpose$/m);
    assertMatch(printed, /^FAILED hangs: it hangs \(\d+\.\d s\)\n {2}Error: Not over within 500 ms$/m);
    assertMatch(printed, /^FAILED leaks: it leaks \(\d+\.\d s\)\n( {2}.*\n)*.*[Ll]eak/m);
    assertMatch(printed, /^ok passes: it passes \(\d+\.\d s\)$/m);
    assertMatch(printed, /^skipped skips: it skips \(\d+\.\d s\): no reason$/m);
    assertStringIncludes(printed, "1 passed, 4 failed, 1 skipped");
    assertEquals(machine.left, []);

    const [folder, ...more] = [...Deno.readDirSync(tmp)].map(({ name }) => name);
    assertEquals(more, []);
    assertStringIncludes(printed, `The logs of what failed are in ${tmp}/${folder}`);
    const kept = [...Deno.readDirSync(`${tmp}/${folder}`)].map(({ name }) => name).sort();
    assertEquals(kept, ["dies", "fails", "hangs", "leaks"]);
    assertMatch(await Deno.readTextFile(`${tmp}/${folder}/fails/server.log`), /^\S+ stdout listening\n$/);
    assertMatch(await Deno.readTextFile(`${tmp}/${folder}/fails/reason.txt`), /^Error: on purpose\n/);

    const outcomes = JSON.parse(await Deno.readTextFile(`${copy.path}/out.json`)) as Record<
      string,
      unknown
    >[];
    const states = Object.fromEntries(outcomes.map(({ name, state }) => [name, state]));
    const failed = Object.fromEntries(kept.map((name) => [name, "failed"]));
    assertEquals(states, { ...failed, passes: "passed", skips: "skipped" });
    const page = await Deno.readTextFile(`${copy.path}/out.html`);
    for (const { title } of outcomes) assert(page.includes(`${title}`), `the report lacks "${title}"`);
  },
});

Deno.test({
  name: "Ctrl-C in mid-run removes containers, networks, volumes and folders, and stops the engine",
  ignore,
  async fn() {
    await using copy = await RepositoryCopy.make();
    const wait = `${EVERYTHING} lab.step("has it all"); await new Promise(() => {});`;
    await copy.haveScenarios({ first: { run: wait }, second: { run: wait }, third: { run: wait } });
    await using machine = await BareMachine.start([], { main: copy.main });
    await machine.printed("has it all), second (", PATIENCE_MS);
    await machine.printed("has it all), 1 to come", PATIENCE_MS);
    machine.signal("lab", "SIGINT");
    const printed = await machine.finished(130, PATIENCE_MS);
    assertMatch(printed, /^\.\.\. first \(\d+ s, .*\), second \(\d+ s, .*\), 1 to come$/m);
    assertStringIncludes(printed, "SIGINT: removing what was made");
    assertEquals(machine.left, []);
  },
});
