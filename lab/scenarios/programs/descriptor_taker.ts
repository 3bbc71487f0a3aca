/**
 * Listens at a socket file, `SOCKET`, for what descriptor_giver.ts hands over, and uses it.
 *
 * @module
 */
import { listen, receiveDescriptors } from "../../../mod.ts";
import { closesAll } from "./parts/closes_all.ts";
import { message } from "./parts/message.ts";

const [path = ""] = Deno.args;

await closesAll(async () => {
  await using listener = await listen(`unix:${path}`);
  console.log("listening");
  await using giver = await listener.accept({ timeout: 15_000 });
  using received = await receiveDescriptors(giver, { maxDescriptors: 3, timeout: 15_000 });
  if (received === null) throw new Error("The giver gave nothing");
  const { bytes, descriptors: [pipe, file, connection] } = received;
  const kinds = received.descriptors.map(({ kind }) => kind).join(", ");
  console.log(`got ${kinds} with "${new TextDecoder().decode(bytes)}"`);

  const secret = Deno.readTextFileSync(file!.path);
  console.log(`the file, which is not in this container, says "${secret}"`);

  {
    await using server = connection!.socket();
    message("echo", "taker greets");
    await server.write("taker greets\n");
    const { value } = await server.lines({ timeout: 15_000 }).next();
    console.log(`the echo server, which this container cannot reach, says "${value}"`);
    await server.closeWrite();
    if (await server.read(new Uint8Array(1), { timeout: 15_000 }) !== null) {
      throw new Error("More than an echo");
    }
  }

  using writer = pipe!.writer();
  message("giver", "hello through the pipe");
  await writer.write(`hello from ${Deno.hostname()}`);
});
console.log("descriptors as before");
