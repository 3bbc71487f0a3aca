import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../checks/repository.ts";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";

const MOD = new URL("../../mod.ts", import.meta.url).href;

/** A program that runs the default export of `module` in a process, and prints its result. */
function program(module: string, library = MOD): string {
  return `
    import { Process } from "${library}";
    const process = new Process(${module});
    process.start();
    console.log(await process.result.catch((error) => \`\${error}\`));
    await process.join();
  `;
}

/** Runs a program that lies beside `work.ts` and `part/answer.ts`. */
async function run(
  flags: string[],
  config: Record<string, string>,
  main = program('import.meta.resolve("./work.ts")'),
  inFolder = false,
): Promise<string> {
  using dir = tempDir();
  await Deno.mkdir(dir.join("part"));
  await Deno.writeTextFile(dir.join("part/answer.ts"), "export const answer: number = 42;");
  await Deno.writeTextFile(
    dir.join("work.ts"),
    'import { answer } from "@part/answer.ts"; export default () => answer;',
  );
  await Deno.writeTextFile(dir.join("main.ts"), main);
  for (const [name, text] of Object.entries(config)) await Deno.writeTextFile(dir.join(name), text);
  const args = [
    "run",
    "--no-prompt",
    ...flags.map((flag) => flag.replace("DIR", dir.path)),
    inFolder ? "main.ts" : dir.join("main.ts"),
  ];
  const where = inFolder ? { cwd: dir.path } : {};
  const { stdout, stderr } = await finish(Deno.execPath(), { args, env: { NO_COLOR: "1" }, ...where });
  return stdout + stderr;
}

const IMPORTS = JSON.stringify({ imports: { "@part/": "./part/" } });

Deno.test("a child resolves what its parent resolves: the configuration beside the main module", async () => {
  assertEquals(await run(["-A"], { "deno.json": IMPORTS }), "42\n");
  assertEquals(await run(["-A"], { "deno.jsonc": `// why\n${IMPORTS}` }), "42\n");
});

Deno.test("a child resolves what its parent resolves: --config and --import-map", async () => {
  assertEquals(await run(["-A", "--config", "DIR/other.json"], { "other.json": IMPORTS }), "42\n");
  assertEquals(await run(["-A", "--import-map=DIR/map.json"], { "map.json": IMPORTS }), "42\n");
});

Deno.test("a child that runs in another folder resolves what its parent resolves, by relative flags", async () => {
  const elsewhere = program('import.meta.resolve("./work.ts"), { cwd: "part" }');
  const map = { "map.json": IMPORTS };
  for (const flag of ["--import-map=map.json", "--import-map=./map.json"]) {
    assertEquals(await run(["-A", flag], map, elsewhere, true), "42\n");
  }
  assertEquals(await run(["-A", "--config=other.json"], { "other.json": IMPORTS }, elsewhere, true), "42\n");
  const moved = `Deno.chdir("part");${program('import.meta.resolve("./work.ts")')}`;
  assertEquals(await run(["-A", "--config=deno.json"], { "deno.json": IMPORTS }, moved, true), "42\n");
});

Deno.test("a child of a worker resolves what the worker resolves", async () => {
  const main = `
    const url = new URL("./thread.ts", import.meta.url);
    const thread = new Worker(url, { type: "module" });
    thread.onmessage = ({ data }) => {
      console.log(data);
      thread.terminate();
    };`;
  const thread = program('import.meta.resolve("./work.ts")').replace("console.log", "self.postMessage");
  const files = { "deno.json": IMPORTS, "thread.ts": thread };
  assertEquals(await run(["-A"], files, main), "42\n");
  assertEquals(await run(["-A"], files, main, true), "42\n");
});

Deno.test("what the parent does not resolve, its child does not either", async () => {
  assertStringIncludes(await run(["-A"], {}), "@part/answer.ts");
  assertStringIncludes(await run(["-A", "--no-config"], { "deno.json": IMPORTS }), "@part/answer.ts");
});

Deno.test("a file needs no permission to be read as a module", async () => {
  const flags = ["--allow-run", "--allow-env", "--allow-ffi"];
  assertEquals(await run(flags, { "deno.json": IMPORTS }), "42\n");
});

Deno.test("npm's packages beside the configuration are found", async () => {
  const main = `import { Process } from "${MOD}";
    const process = new Process("data:text/javascript,export { join as default } from 'node:path'", { args: ["a", "b"] });
    process.start();
    console.log(await process.result);`;
  assertEquals(await run(["-A"], {}, main), "a/b\n");
});

/** The repository, and a module of its own, over HTTP. */
function serve(): Deno.HttpServer<Deno.NetAddr> {
  const headers = { "content-type": "text/typescript" };
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/work.ts") return new Response("export default () => import.meta.url;", { headers });
    if (pathname === "/main.ts") {
      const data = JSON.stringify("data:text/javascript,export default () => 'from a library over HTTP'");
      return new Response(program(data, "/mod.ts"), { headers });
    }
    const body = await Deno.readFile(`${ROOT}${pathname}`).catch(() => null);
    return new Response(body, { headers, status: body === null ? 404 : 200 });
  });
}

Deno.test("a module comes from where import is allowed, and from nowhere else", async () => {
  await using server = serve();
  const host = `127.0.0.1:${server.addr.port}`;
  const main = program(`"http://${host}/work.ts"`);
  assertEquals(await run(["-A"], {}, main), `http://${host}/work.ts\n`);
  const few = ["--allow-run", "--allow-env", "--allow-ffi"];
  assertStringIncludes(await run(few, {}, main), "import access");
  assertEquals(await run([...few, `--allow-import=${host}`], {}, main), `http://${host}/work.ts\n`);
});

Deno.test("the library itself can be imported over HTTP", async () => {
  await using server = serve();
  using cache = tempDir();
  const { stdout, stderr } = await finish(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `http://127.0.0.1:${server.addr.port}/main.ts`],
    env: { NO_COLOR: "1", DENO_DIR: cache.path },
  });
  assertEquals(stdout + stderr, "from a library over HTTP\n");
});
