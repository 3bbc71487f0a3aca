/**
 * Interprocess communication for Deno: pipes, fifos and children, with the waiting, the ends and the errors of
 * POSIX, on the event loop.
 *
 * @example A pipe to a child of any language
 * ```ts
 * import { pipe, spawn } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * const child = spawn("sh", { args: ["-c", "echo hello >&3"], fds: { 3: writer } });
 * for await (const line of reader.lines()) console.log(`the child says ${line}`);
 * reader.close();
 * await child.status;
 * ```
 *
 * @module
 */

export type { SystemErrorFields } from "./lib/errors.ts";
export type { AuthOptions, Role } from "./lib/messaging/auth.ts";
export {
  type ConnectedChildProcess,
  parentConnection,
  spawn,
  type SpawnConnectedOptions,
} from "./lib/messaging/child_connection.ts";
export type { Codec } from "./lib/messaging/codec.ts";
export type { Carried, CodecName } from "./lib/messaging/codecs.ts";
export {
  Connection,
  type ConnectionConnectOptions,
  type ConnectionOptions,
  type MessageWithHandles,
  type OverOptions,
  type Transport,
} from "./lib/messaging/connection.ts";
export { connectionPair } from "./lib/messaging/connection_pair.ts";
export { Listener, type ListenerOptions } from "./lib/messaging/listener.ts";
export { wait } from "./lib/messaging/wait.ts";
export type { LinesOptions, ReadAllOptions, SyncWaitOptions, WaitOptions } from "./lib/options.ts";
export type { SocketAddress, TcpAddress, UnixAddress } from "./lib/primitives/address.ts";
export type { ByteStream } from "./lib/primitives/byte_stream.ts";
export { type ChildDescriptor, ChildProcess, type SpawnOptions } from "./lib/primitives/child_process.ts";
export {
  type Datagram,
  datagram,
  type DatagramAddress,
  type DatagramOptions,
  DatagramSocket,
  type MembershipOptions,
  type UdpAddress,
  type UnixDatagramAddress,
} from "./lib/primitives/datagram.ts";
export {
  type ReceivedDescriptors,
  receiveDescriptors,
  type ReceiveDescriptorsOptions,
  type SendableDescriptor,
  sendDescriptors,
} from "./lib/primitives/descriptor_passing.ts";
export { DuplexFifo, type DuplexFifoOptions } from "./lib/primitives/duplex_fifo.ts";
export {
  type FifoOptions,
  type FifoReaderOptions,
  mkfifo,
  type MkfifoOptions,
  mkfifoSync,
  type OpenFifoOptions,
  openFifoReader,
  type OpenFifoReaderOptions,
  openFifoReaderSync,
  type OpenFifoReaderSyncOptions,
  type OpenFifoSyncOptions,
  openFifoWriter,
  openFifoWriterSync,
} from "./lib/primitives/fifo.ts";
export { inheritedReader, inheritedSocket, inheritedWriter } from "./lib/primitives/inherited.ts";
export { type InheritedListener, inheritedListeners } from "./lib/primitives/inherited_sockets.ts";
export { notifyReady } from "./lib/primitives/notify_ready.ts";
export { type PeerCredentials, peerCredentials } from "./lib/primitives/peer_credentials.ts";
export { type Pipe, pipe, type PipeOptions } from "./lib/primitives/pipe.ts";
export { PipeReader } from "./lib/primitives/pipe_reader.ts";
export type { TransferredPipe } from "./lib/primitives/pipe_transfer.ts";
export { PipeWriter } from "./lib/primitives/pipe_writer.ts";
export { type DescriptorKind, ReceivedDescriptor } from "./lib/primitives/received_descriptor.ts";
export {
  abortOnSignal,
  isAlive,
  sendSignal,
  Signals,
  signals,
  type SignalTarget,
  untilSignal,
} from "./lib/primitives/signal.ts";
export { connect, type ConnectOptions, listen, type ListenOptions } from "./lib/primitives/socket.ts";
export { SocketListener } from "./lib/primitives/socket_listener.ts";
export { SocketStream } from "./lib/primitives/socket_stream.ts";
export { type Support, support, type Supported } from "./lib/support.ts";
