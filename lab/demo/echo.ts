import type { Demo } from "./runner/demo.ts";

/** lab/programs/echo_server.ts and echo_client.ts */
export const echo: Demo = {
  name: "echo",
  title: "a server with two fifos",
  shows: "The server echoes what comes in by pipe.in to pipe.out. One client leaves without a word, the "
    + 'next one says "exit" and so ends the server.',
  cast: ["server", "client 1", "client 2"],
  async play(stage) {
    stage.tell("client 1 starts before there is a server");
    const first = stage.start("client 1", "echo_client.ts", stage.folder, "hello", "grüß dich");
    await first.says("waits for a server");
    const server = stage.start("server", "echo_server.ts", stage.folder);
    await first.ends();
    await server.says("waits for a client");
    await server.says("waits for a client");
    const second = stage.start("client 2", "echo_client.ts", stage.folder, "once more", "exit");
    await second.ends();
    await server.ends();
    const waits = "Client PID waits for a server at DIR/pipe.in and DIR/pipe.out";
    stage.expectLines(first, [
      waits,
      'Client PID sent "hello", got "hello"',
      'Client PID sent "grüß dich", got "grüß dich"',
    ]);
    stage.expectLines(second, [
      waits,
      'Client PID sent "once more", got "once more"',
      'Client PID sent "exit", got "exit"',
    ]);
    stage.expectLines(server, [
      "Server PID waits for a client at DIR/pipe.in and DIR/pipe.out",
      'Server PID got "hello"',
      'Server PID got "grüß dich"',
      "Server PID waits for a client at DIR/pipe.in and DIR/pipe.out",
      'Server PID got "once more"',
      'Server PID got "exit"',
      "Server PID ends",
    ]);
  },
};
