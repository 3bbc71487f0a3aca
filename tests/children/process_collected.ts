/** Lets the garbage collector find remote references. It ends with an error when it does not, or finds too many. */
import { byReference, connectionPair, expose, type Reference, wrap } from "../../mod.ts";

interface Api {
  open(): Reference<{ n: number }>;
}

const [here, there] = connectionPair();
let released = 0;
void expose({ open: () => byReference({ n: 1 }, { released: () => released++ }) }, there);
const remote = wrap<Api>(here);
const kept = await remote.open();
const part = (await remote.open()).n; // A part keeps the whole.
for (let i = 0; i < 21; i++) await remote.open(); // The last one may still lie on the stack.

const { gc } = globalThis as unknown as { gc(): void };
for (let i = 0; i < 500 && released < 20; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (released < 20 || released > 21) throw new Error(`${released} of 21 were released`);
if (await kept.n !== 1 || await part !== 1) throw new Error("what was in use is gone");
here.close();
