/** Listens to SIGTERM in the way that it is told, then is ended by the second one. */

import { abortOnSignal, signals, untilSignal } from "../../mod.ts";

const ways: Record<string, () => Promise<void>> = {
  async break() {
    const coming = signals("SIGTERM");
    console.log("listening");
    for await (const _ of coming) break;
  },
  async untilSignal() {
    const waiting = untilSignal("SIGTERM");
    console.log("listening");
    await waiting;
  },
  async abort() {
    using signal = abortOnSignal("SIGTERM");
    const running = setInterval(() => {}, 1000);
    console.log("listening");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    clearInterval(running);
  },
  async dispose() {
    {
      using coming = signals("SIGTERM");
      console.log("listening");
      await coming.next();
    }
  },
  async wait() {
    const waiting = untilSignal("SIGTERM");
    console.log("listening");
    await waiting;
    Deno.exit(0);
  },
  listen() {
    signals("SIGTERM");
    abortOnSignal("SIGTERM");
    return Promise.resolve();
  },
};

await ways[Deno.args[0]!]!();
if (Deno.args[0] !== "listen") {
  console.log("default again");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
