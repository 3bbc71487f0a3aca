/** Talks to its parent; what it is told to do is the first message. */

import { type Codec, parentConnection } from "../../mod.ts";

const [what] = Deno.args;
if (what === "custom") {
  const doubled: Codec<number> = {
    name: "doubled",
    encode: (value) => new Uint8Array([value * 2]),
    decode: ([byte]) => byte! / 2,
  };
  const parent = parentConnection({ codec: doubled });
  await parent.send(await parent.recv() + 1);
} else if (what === "none") {
  try {
    parentConnection();
  } catch (error) {
    console.log((error as Error).constructor.name, (error as Error).message);
  }
} else if (what === "wrong") {
  try {
    parentConnection({ codec: "text" });
  } catch (error) {
    console.log((error as Error).constructor.name, (error as Error).message);
  }
} else {
  const parent = parentConnection();
  const same = parentConnection() === parent;
  await parent.send({ same, left: Deno.env.get("IPC_PARENT_CONNECTION"), added: Deno.env.get("ADDED") });
  for await (const message of parent) await parent.send(message);
  console.log("the parent has left");
}
