/** Echoes a line over an address, in this one process, and prints how; or the error. */

import { connect, datagram, listen } from "../../mod.ts";

const address = Deno.args[0]!;
const place = address.replace(/(?<=unix:@).*|(?<=^unix:\/.*)\/socket$|:0$/, "");
const hello = new TextEncoder().encode("hello\n");
try {
  if (/^udp|^unixgram/.test(address)) {
    using socket = await datagram(address);
    await socket.send(hello, socket.address);
    const { bytes } = await socket.receive({ timeout: 10_000 });
    console.log(`${place}: ${bytes.length === 6 ? "echoed" : "lost"}`);
  } else {
    await using listener = await listen(address);
    await using client = await connect(listener.address);
    await using server = await listener.accept();
    await client.write(hello);
    const { value } = await server.lines().next();
    const how = client.tryRead === undefined ? "without a descriptor" : "with a descriptor";
    console.log(`${place}: ${value === "hello" ? "echoed" : "lost"}, ${how}`);
  }
} catch (error) {
  console.log(`${(error as Error).name} ${(error as Error).message}`);
}
