import { assertEquals } from "@std/assert";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";
import { ROOT, ROOT_URL } from "./repository.ts";

Deno.test("importing mod.ts needs no permission, asks for none and prints nothing", async () => {
  using dir = tempDir();
  const script = dir.join("script.ts");
  Deno.writeTextFileSync(script, `import "${ROOT_URL}mod.ts";\nconsole.log("ok");\n`);
  assertEquals(await run(dir.path, "--no-prompt", script), { code: 0, stdout: "ok\n", stderr: "" });
});

Deno.test("mod.ts works when a script without a config imports it by URL", async () => {
  using dir = tempDir();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serveLibrary);
  const script = dir.join("script.ts");
  Deno.writeTextFileSync(
    script,
    `
      import { pipe } from "http://127.0.0.1:${server.addr.port}/mod.ts";
      const { reader, writer } = pipe();
      await writer.write("over HTTP\\n");
      writer.close();
      for await (const line of reader.lines()) console.log(line);
    `,
  );
  assertEquals(await run(dir.path, "-A", "--quiet", "--check", script), {
    code: 0,
    stdout: "over HTTP\n",
    stderr: "",
  });
});

/** Runs a script far from this repository's configuration and caches. */
async function run(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await finish(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", ...args],
    cwd: folder,
    env: { DENO_DIR: `${folder}/cache`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  return { code, stdout, stderr };
}

/** What a web server would hold: mod.ts and lib/. */
async function serveLibrary(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!/^\/(mod\.ts|lib\/[\w/]+\.ts)$/.test(pathname)) return new Response(null, { status: 404 });
  return new Response(await Deno.readTextFile(ROOT + pathname), {
    headers: { "content-type": "application/typescript" },
  });
}
