import { notOurs } from "../errors.ts";
import { type ChildProcess, spawn as spawnChild, type SpawnOptions } from "../primitives/child_process.ts";
import { inheritedSocket } from "../primitives/inherited.ts";
import type { Codec } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { Connection } from "./connection.ts";
import { limitOf, type Transport } from "./connection_line.ts";
import type { ConnectionOptions } from "./connection_options.ts";

/** Tells a child the descriptor and the codec: `3 structured`. Programs in other languages can read it, too. */
const VARIABLE = "IPC_PARENT_CONNECTION";

/** Options of {@linkcode spawn} for a child to exchange messages with. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface SpawnConnectedOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends SpawnOptions
{
  /** A connection to the child, which finds its side with {@linkcode parentConnection}: true, or its options. */
  ipc: true | ConnectionOptions<C>;
}

/** A child with a connection to it. */
export interface ConnectedChildProcess<T> extends ChildProcess {
  /** Messages from and to the child. It ends when the child has; closing it is an end for the child. */
  readonly connection: Connection<T>;
}

/**
 * Starts a program as a child, with `Deno.Command`'s options, and hands it pipes and files as descriptors of the
 * numbers you choose.
 *
 * - The child gets stdin, stdout, stderr and what `fds` names; everything else of this library is close-on-exec.
 * - What is handed over is blocking in the child, as programs in every language expect.
 * - When it fails, the handles stay yours.
 *
 * Needs `--allow-run`, `--allow-env`, and `--allow-ffi` for pipes and `ipc`. As fork(2), dup2(2), execve(2).
 *
 * @throws {Deno.errors.NotFound} The program, or the folder to run it in, does not exist
 * @throws {Deno.errors.PermissionDenied} It may not be executed
 * @throws {TypeError} A descriptor below 3 in `fds`, or one handle under two numbers
 * @throws {Deno.errors.Busy} A handle has a read or a write under way
 *
 * @example
 * ```ts
 * import { pipe, spawn } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * const child = spawn("sh", { args: ["-c", "echo hello >&3"], fds: { 3: writer } });
 * for await (const line of reader.lines()) console.log(`the child says ${line}`);
 * reader.close();
 * console.log((await child.status).code);
 * ```
 */
export function spawn(command: string | URL, options?: SpawnOptions & { ipc?: undefined }): ChildProcess;
/**
 * Starts a child to exchange messages with: a program with {@linkcode parentConnection}, or one in Python that makes
 * a `multiprocessing.connection.Connection` of the descriptor, the first word of the variable IPC_PARENT_CONNECTION.
 *
 * @example
 * ```ts
 * import { spawn } from "@ipc/ipc";
 *
 * const program = `
 *   import { parentConnection } from "${import.meta.resolve("@ipc/ipc")}";
 *   const parent = parentConnection();
 *   for await (const { a, b } of parent) await parent.send(a + b);
 * `;
 * const args = ["eval", "--no-lock", program];
 * await using child = spawn(Deno.execPath(), { args, ipc: true });
 * await child.connection.send({ a: 1, b: 2 });
 * console.log(await child.connection.recv());
 * child.connection.close();
 * await child.status;
 * ```
 */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export function spawn<const C extends CodecName | Codec<any> = "structured">(
  command: string | URL,
  options: SpawnConnectedOptions<C>,
): ConnectedChildProcess<Carried<C>>;
// deno-lint-ignore no-explicit-any -- Any codec will do.
export function spawn<C extends CodecName | Codec<any>>(
  command: string | URL,
  options: SpawnOptions & { ipc?: true | ConnectionOptions<C> | undefined } = {},
): ChildProcess {
  const { ipc, ...others } = options;
  if (ipc === undefined) return spawnChild(command, others);
  const settings: ConnectionOptions<C> = ipc === true ? {} : ipc;
  const codec = codecOf(settings.codec);
  limitOf(settings);
  const fds = others.fds ?? {};
  let fd = 3;
  while (Object.hasOwn(fds, fd)) fd++;
  const child = spawnChild(command, {
    ...others,
    fds: { ...fds, [fd]: "pipe" },
    env: { ...others.env, [VARIABLE]: `${fd} ${codec.name}` },
  });
  const pipes = child.pipes as Record<number, Transport>;
  const connection = new Connection(pipes[fd]!, codec, `child ${child.pid}`, settings);
  delete pipes[fd]; // It is the connection's.
  const dispose = child[Symbol.asyncDispose];
  return Object.assign(child, {
    connection,
    async [Symbol.asyncDispose]() {
      await dispose.call(child);
      connection.close();
    },
  });
}

let connected: { connection: Connection; codec: Codec<unknown> } | undefined;

/**
 * In a child: the connection to the parent that spawned it with `ipc`. Every call returns the same one; closing it is
 * an end for the parent. To be called in the main thread.
 *
 * The variable that tells of it is removed from the environment, so that children of this process do not look for it.
 * Needs `--allow-env=IPC_PARENT_CONNECTION` and `--allow-ffi`.
 *
 * @param options The codec is the parent's, unless that is one of its own: then the same has to be given here.
 * @throws {Deno.errors.BadResource} This process was not spawned with `ipc`
 * @throws {TypeError} The parent has another codec
 *
 * @example
 * ```ts
 * import { parentConnection } from "@ipc/ipc";
 *
 * try {
 *   const parent = parentConnection();
 *   for await (const message of parent) await parent.send(["got", message]);
 * } catch (error) {
 *   if (!(error instanceof Deno.errors.BadResource)) throw error;
 *   console.log("started without a connection");
 * }
 * ```
 */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export function parentConnection<const C extends CodecName | Codec<any> = "structured">(
  options: ConnectionOptions<C> = {},
): Connection<Carried<C>> {
  const { codec } = connected ?? {};
  const [fd, name = ""] = codec === undefined ? variable() : ["", codec.name];
  const wanted = codecOf(options.codec ?? (codec ?? name) as C);
  if (wanted.name !== name) {
    throw new TypeError(`Cannot use the codec ${wanted.name} with the parent: it has the codec ${name}`);
  }
  if (connected === undefined) {
    limitOf(options);
    const transport = inheritedSocket(Number(fd));
    Deno.env.delete(VARIABLE);
    connected = { connection: new Connection(transport, wanted, "the parent", options), codec: wanted };
  }
  return connected.connection;
}

function variable(): string[] {
  const text = Deno.env.get(VARIABLE);
  if (text === undefined) {
    throw notOurs("Cannot connect to the parent", "this process was not spawned with the option ipc");
  }
  const [, fd, name] = text.match(/^(\d+) (\S+)$/) ?? [];
  if (fd !== undefined && name !== undefined) return [fd, name];
  throw notOurs(
    "Cannot connect to the parent",
    `the variable ${VARIABLE} has no descriptor and codec: ${text}`,
  );
}
