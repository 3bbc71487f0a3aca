/** Two sides of a connection, for tests of remote calls. */
import { type Connection, connectionPair, expose, type Remote, wrap } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** What a test of remote calls gets. */
export interface Sides<T> {
  remote: Remote<T>;
  /** The caller's side. */
  here: Connection;
  /** The side that exposes. */
  there: Connection;
  /** Resolves when the exposing side has seen the end. */
  over: Promise<void>;
}

/** A test with an object that is exposed at the other side of a connection. */
export function remoteTest<T extends object>(
  name: string,
  make: () => T,
  body: (sides: Sides<T>) => Promise<void>,
): void {
  Deno.test(name, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        const [here, there] = connectionPair();
        const over = expose(make(), there);
        try {
          await body({ remote: wrap<T>(here), here, there, over });
        } finally {
          here.close();
          there.close();
          await over;
        }
      })
    ));
}
