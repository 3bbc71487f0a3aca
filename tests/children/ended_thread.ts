/** What a thread receives from another one that is terminated with its end of a channel. */

import { Channel } from "../../mod.ts";

const channel = Channel.create({ capacity: 4096 });
const worker = new Worker(new URL("./channel_peer.ts", import.meta.url), { type: "module" });
worker.postMessage({ channel: channel.share(), job: "take", ways: ["sync"], count: 1 });
console.log(new TextDecoder().decode((await channel.recv())!));
worker.terminate();
await channel.recv().then(console.log, (error) => console.log(error.name));
