/** A worker that is posted a kind and a token, uses the object once, and tells what came of it. */

import type { SharedToken } from "../../mod.ts";
import { uses } from "./uses_object.ts";

const main = self as unknown as Worker; // The other side's two members.
main.onmessage = ({ data: [kind, token] }: MessageEvent<[string, SharedToken]>) => {
  const { Class, use } = uses[kind]!;
  using object = Class.from(token);
  main.postMessage(use(object));
};
