/**
 * The ends of pipes and sockets, which move to another process, and the descriptors that all handles travel with.
 *
 * @internal
 * @module
 */

import { poll, POLLIN, POLLOUT } from "../ffi/poll.ts";
import { recvmsg, sendmsg } from "../ffi/socket_message.ts";
import { PipeReader } from "../primitives/pipe_reader.ts";
import { PipeWriter } from "../primitives/pipe_writer.ts";
import { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { SocketListener } from "../primitives/socket_listener.ts";
import { SocketStream } from "../primitives/socket_stream.ts";
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

const load = () => `import(${JSON.stringify(import.meta.url)})`;

register({
  kind: "PipeReader",
  Class: PipeReader,
  load,
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
  load,
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
  load,
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
  load,
  leave: (listener, departure) => departure.attach(listener.copy("send")),
  arrive: (place, arrival) => arrival.take(place).listener(),
});
