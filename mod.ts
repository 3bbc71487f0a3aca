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
export { ByteChannel } from "./lib/messaging/byte_channel.ts";
export { Channel } from "./lib/messaging/channel.ts";
export type { Received } from "./lib/messaging/channel_consumer.ts";
export type { ChannelSyncOptions } from "./lib/messaging/channel_end.ts";
export type { ChannelOptions } from "./lib/messaging/channel_memory.ts";
export {
  type ConnectedChildProcess,
  parentConnection,
  spawn,
  type SpawnConnectedOptions,
} from "./lib/messaging/child_connection.ts";
export type { Codec } from "./lib/messaging/codec.ts";
export type { Carried, CodecName } from "./lib/messaging/codecs.ts";
export { Connection } from "./lib/messaging/connection.ts";
export type { Transport } from "./lib/messaging/connection_line.ts";
export type {
  ConnectionConnectOptions,
  ConnectionOptions,
  MessageWithHandles,
  OverOptions,
} from "./lib/messaging/connection_options.ts";
export { connectionPair } from "./lib/messaging/connection_pair.ts";
export { DuplexChannel } from "./lib/messaging/duplex_channel.ts";
export { Listener, type ListenerOptions } from "./lib/messaging/listener.ts";
export { Queue, type QueueOptions } from "./lib/messaging/queue.ts";
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
export {
  FileLock,
  type FileLockAcquireOptions,
  type FileLockAcquireSyncOptions,
  FileLockGuard,
  type FileLockKind,
  type FileLockOptions,
} from "./lib/primitives/file_lock.ts";
export { inheritedReader, inheritedSocket, inheritedWriter } from "./lib/primitives/inherited.ts";
export { type InheritedListener, inheritedListeners } from "./lib/primitives/inherited_sockets.ts";
export { notifyReady } from "./lib/primitives/notify_ready.ts";
export { type PeerCredentials, peerCredentials } from "./lib/primitives/peer_credentials.ts";
export { type Pipe, pipe, type PipeOptions } from "./lib/primitives/pipe.ts";
export { PipeReader } from "./lib/primitives/pipe_reader.ts";
export type { TransferredPipe } from "./lib/primitives/pipe_transfer.ts";
export { PipeWriter } from "./lib/primitives/pipe_writer.ts";
export { type DescriptorKind, ReceivedDescriptor } from "./lib/primitives/received_descriptor.ts";
export type { SharedHandle } from "./lib/primitives/shared_handle.ts";
export {
  type OpenSharedMemoryOptions,
  SharedMemory,
  type SharedMemoryOptions,
} from "./lib/primitives/shared_memory.ts";
export { type ReapOptions, reapSharedMemory } from "./lib/primitives/shared_memory_reap.ts";
export type { SharedToken } from "./lib/primitives/shared_memory_token.ts";
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
export {
  activeChildren,
  type CurrentProcess,
  currentProcess,
  type ParentProcess,
  parentProcess,
} from "./lib/process/current_process.ts";
export { expose, setProperty, wrap } from "./lib/process/expose.ts";
export { ManagedArray } from "./lib/process/managed_array.ts";
export { ManagedEvent } from "./lib/process/managed_event.ts";
export { ManagedMap } from "./lib/process/managed_map.ts";
export { ManagedNamespace } from "./lib/process/managed_namespace.ts";
export { ManagedQueue } from "./lib/process/managed_queue.ts";
export { ManagedLock, ManagedPermit, ManagedSemaphore } from "./lib/process/managed_semaphore.ts";
export { Manager, type ManagerConnectOptions, type ManagerStartOptions } from "./lib/process/manager.ts";
export {
  type ManagerOptions,
  ManagerServer,
  type ManagerServerOptions,
} from "./lib/process/manager_server.ts";
export type { ManagedQueueOptions } from "./lib/process/manager_session.ts";
export type { ProcessOutput } from "./lib/process/output.ts";
export type { ProcessPermissions, ProcessPermissionsByKind } from "./lib/process/permission_flags.ts";
export {
  Pool,
  type PoolImapOptions,
  type PoolMapOptions,
  type PoolOptions,
  type PoolTaskOptions,
  type TaskArgs,
  type TaskName,
  type TaskRest,
  type TaskResult,
} from "./lib/process/pool.ts";
export { Process, type ProcessOptions } from "./lib/process/process.ts";
export { ProcessEndedError } from "./lib/process/process_ended_error.ts";
export {
  byReference,
  Reference,
  type ReferenceOptions,
  type ReleaseReason,
} from "./lib/process/reference.ts";
export type {
  Remote,
  RemoteMember,
  RemoteMethod,
  RemoteReference,
  RemoteResult,
  RemoteValue,
} from "./lib/process/remote.ts";
export { WorkerEndedError } from "./lib/process/worker_ended_error.ts";
export { type Support, support, type Supported } from "./lib/support.ts";
export { Barrier, type BarrierOptions } from "./lib/sync/barrier.ts";
export { BoundedSemaphore } from "./lib/sync/bounded_semaphore.ts";
export { BrokenBarrierError } from "./lib/sync/broken_barrier_error.ts";
export { Condition, type ConditionOpenOptions, type ConditionOptions } from "./lib/sync/condition.ts";
export type { ElementOf, ElementType, TypedArrays } from "./lib/sync/element_type.ts";
export { Lock } from "./lib/sync/lock.ts";
export type { Acquirable } from "./lib/sync/lock_core.ts";
export { LockGuard } from "./lib/sync/lock_guard.ts";
export { Permit } from "./lib/sync/permit.ts";
export { RLock } from "./lib/sync/rlock.ts";
export { Semaphore, type SemaphoreOptions } from "./lib/sync/semaphore.ts";
export { SharedArray, type SharedArrayOptions } from "./lib/sync/shared_array.ts";
export { SharedEvent } from "./lib/sync/shared_event.ts";
export { SharedNumbers } from "./lib/sync/shared_numbers.ts";
export { SharedObject, type SharedObjectClass, type SharedObjectOptions } from "./lib/sync/shared_object.ts";
export { SharedValue, type SharedValueOptions } from "./lib/sync/shared_value.ts";
