/**
 * A connection, which moves to another process.
 *
 * @internal
 * @module
 */

import { type CodecName, codecOf } from "../messaging/codecs.ts";
import { Connection } from "../messaging/connection.ts";
import "./traveller_primitives.ts";
import { register } from "./travelling.ts";

/** A connection, for another process to make it again. */
interface ConnectionStandIn {
  place: number;
  codec: CodecName;
  maxMessageSize: number;
  handles: boolean;
}

register<Connection>({
  kind: "Connection",
  Class: Connection,
  load: () => `import(${JSON.stringify(import.meta.url)})`,
  leave(connection, departure) {
    const { stream, ...settings } = connection.lend();
    const place = departure.attach(stream.lend(3));
    departure.whenGone(() => connection.handedOver());
    return { place, ...settings };
  },
  arrive(standIn, arrival) {
    const { place, codec, maxMessageSize, handles } = standIn as ConnectionStandIn;
    const stream = arrival.take(place).socket();
    return new Connection(stream, codecOf(codec), "a connection that came", { maxMessageSize, handles });
  },
});
