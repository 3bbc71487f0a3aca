/** What the tests of channels share. */

import { Channel, type ChannelOptions } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { skipIf } from "./skip.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Channels need futex(2) and inotify(7). */
export const NO_CHANNELS = skipIf(Deno.build.os !== "linux", "channels are for Linux");

/** A test with a channel, that has a deadline and leaves no descriptor. */
export function testChannel(
  name: string,
  options: ChannelOptions,
  body: (channel: Channel) => Promise<void> | void,
): void {
  Deno.test({
    name,
    ignore: NO_CHANNELS,
    fn: () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          using channel = Channel.create(options);
          try {
            await body(channel);
          } finally {
            channel.close();
            await signalsToEnd();
          }
        })
      ),
  });
}

/** What listened to a signal takes a turn or two of the event loop to end, and the test runner looks for it. */
export async function signalsToEnd(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}
