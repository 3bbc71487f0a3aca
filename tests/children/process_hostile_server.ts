/** A manager's server with a module to be misused. It prints where it is. */
import { ManagerServer } from "../../mod.ts";

const module = {
  text: (length: number) => "x".repeat(length),
  ignore: () => 1,
  never: () => new Promise(() => {}),
  async *endless() {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      await Promise.reject(new Error("the end of it fails"));
    }
  },
};
await using server = await ManagerServer.listen(`unix:@ipc-hostile-${Deno.pid}`, {
  maxMessageSize: 1024 * 1024,
  module,
});
console.log(server.address);
await server.closed;
