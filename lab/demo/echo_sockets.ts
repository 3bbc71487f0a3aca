import type { Demo } from "./runner/demo.ts";

/** lab/programs/echo_sockets_server.ts, echo_sockets_client.ts and echo_sockets_workers.ts */
export const echoSockets: Demo = {
  name: "echo-sockets",
  title: "the classic echo server, five clients at once",
  shows: "Texts, bytes and objects over TCP. Five clients are five processes first, then five workers of "
    + "one process; each has its answers, while the server serves the others.",
  cast: ["server", "client 1", "client 2", "client 3", "client 4", "client 5", "workers"],
  async play(stage) {
    // By default port 50008; here a free one, so that whatever listens there is not in the way.
    const server = stage.start("server", "echo_sockets_server.ts", "--port", "0", "--together", "5");
    const [, port = ""] = /:(\d+)$/.exec(await server.says("listens at")) ?? [];
    const options = ["--port", port, "--rounds", "100"];
    const names = [1, 2, 3, 4, 5].map((n) => `client${n}`);
    const said = (name: string) => [`${name} got "server got: [${name}]"`, `${name} got 300 answers more`];

    const clients = names.map((name, i) =>
      stage.start(`client ${i + 1}`, "echo_sockets_client.ts", ...options, name)
    );
    for (const [i, client] of clients.entries()) {
      await client.ends();
      stage.expectLines(client, said(names[i]!));
    }
    for (const _client of clients) await server.says("answered 301 messages of a client");
    stage.tell("the same five as workers of one process");
    const workers = stage.start("workers", "echo_sockets_workers.ts", ...options);
    await workers.ends();
    for (const name of names) {
      const lines = workers.lines.filter((line) => line.startsWith(name));
      stage.expect(lines.join() === said(name).join(), `${name}, a worker, said ${Deno.inspect(lines)}`);
    }
    stage.expect(
      workers.lines.length === 11 && workers.lines.at(-1) === "Main: all 5 clients have their answers",
      "The workers said something else as well",
    );
    for (const _client of clients) await server.says("answered 301 messages of a client");
    server.kill("SIGTERM");
    await server.ends(143);
    const round = [
      "Server PID has 5 clients at once",
      ...names.map(() => "Server PID answered 301 messages of a client"),
    ];
    stage.expectLines(server, [
      `Server PID listens at tcp://127.0.0.1:${port}`,
      ...round,
      ...round,
      "Server PID ends",
    ]);
  },
};
