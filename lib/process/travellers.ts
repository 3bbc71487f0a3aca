/**
 * The handles of this library that travel to another process: ends of pipes and sockets move there, shared memory and
 * what is built on it is from then on used by both.
 *
 * @module
 */

import { poll, POLLIN, POLLOUT } from "../ffi/poll.ts";
import { recvmsg, sendmsg } from "../ffi/socket_message.ts";
import { Channel } from "../messaging/channel.ts";
import { type CodecName, codecOf } from "../messaging/codecs.ts";
import { Connection } from "../messaging/connection.ts";
import { DuplexChannel } from "../messaging/duplex_channel.ts";
import { Queue } from "../messaging/queue.ts";
import { PipeReader } from "../primitives/pipe_reader.ts";
import { PipeWriter } from "../primitives/pipe_writer.ts";
import { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { SharedMemory } from "../primitives/shared_memory.ts";
import { SocketListener } from "../primitives/socket_listener.ts";
import { SocketStream } from "../primitives/socket_stream.ts";
import { Barrier } from "../sync/barrier.ts";
import { BoundedSemaphore } from "../sync/bounded_semaphore.ts";
import { Condition } from "../sync/condition.ts";
import { Lock } from "../sync/lock.ts";
import { RLock } from "../sync/rlock.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { SharedArray } from "../sync/shared_array.ts";
import { SharedEvent } from "../sync/shared_event.ts";
import { SharedValue } from "../sync/shared_value.ts";
import { knowDescriptors, register } from "./travelling.ts";

knowDescriptors({
  send(fd, bytes, copies) {
    poll(fd, POLLOUT, Infinity);
    return sendmsg(fd, bytes, copies.map((copy) => copy.number("send")));
  },
  receive(fd, p, came) {
    poll(fd, POLLIN, Infinity);
    const received = recvmsg(fd, p);
    if (typeof received === "number") return received;
    came.push(...received.descriptors.map((descriptor) => new ReceivedDescriptor(descriptor)));
    return received.count;
  },
});

register({
  kind: "PipeReader",
  Class: PipeReader,
  leave(reader, departure) {
    const place = departure.attach(reader.lend(3));
    departure.whenGone(() => reader.handedOver());
    return place;
  },
  arrive: (place, arrival) => arrival.take(place).reader(),
});

register({
  kind: "PipeWriter",
  Class: PipeWriter,
  leave(writer, departure) {
    const place = departure.attach(writer.lend(3));
    departure.whenGone(() => writer.handedOver());
    return place;
  },
  arrive: (place, arrival) => arrival.take(place).writer(),
});

register({
  kind: "SocketStream",
  Class: SocketStream,
  leave(stream, departure) {
    const place = departure.attach(stream.lend(3));
    departure.whenGone(() => stream.handedOver());
    return place;
  },
  arrive: (place, arrival) => arrival.take(place).socket(),
});

register({
  kind: "SocketListener",
  Class: SocketListener,
  leave: (listener, departure) => departure.attach(listener.copy("send")),
  arrive: (place, arrival) => arrival.take(place).listener(),
});

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

/** What lives in shared memory: the sender keeps its handle. The more special classes come first. */
const SHARED = {
  SharedMemory,
  SharedArray,
  SharedValue,
  Lock,
  RLock,
  BoundedSemaphore,
  Semaphore,
  Condition,
  SharedEvent,
  Barrier,
  Channel,
  DuplexChannel,
  Queue,
};

for (const [kind, Class] of Object.entries(SHARED)) {
  register<SharedMemory | Lock>({
    kind,
    Class: Class as typeof Lock,
    leave: (handle, departure) => departure.attach(handle.descriptorForOthers(3)),
    arrive: (place, arrival) => (Class as typeof Lock).from(arrival.take(place)),
  });
}
