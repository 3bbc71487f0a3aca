import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
// @ts-types="npm:@types/tar-stream@3"
import { pack } from "npm:tar-stream@3";

/** A file of an archive: its path there, without a slash in front, and where its content is. */
export interface ArchivedFile {
  /** Path in the archive. */
  path: string;
  /** A file on this machine, or the content itself. */
  content: URL | string | Uint8Array;
  /** Permission bits; 0o644 unless told. */
  mode?: number;
}

/** A tar archive as a stream. Files are read as they are needed, and nothing in it tells when it was made. */
export function archive(files: Iterable<ArchivedFile>, folders: Record<string, number> = {}): Readable {
  const tar = pack();
  const add = async () => {
    for (const [name, mode] of Object.entries(folders)) {
      tar.entry({ name, mode, type: "directory", mtime: EPOCH });
    }
    for (const { path, content, mode = 0o644 } of files) {
      const bytes = content instanceof URL ? await Deno.readFile(content) : content;
      await new Promise<void>((resolve, reject) => {
        tar.entry(
          { name: path, mode, mtime: EPOCH },
          bytesOf(bytes),
          (error) => error ? reject(error) : resolve(),
        );
      });
    }
    tar.finalize();
  };
  add().catch((error) => tar.destroy(error));
  // By itself it takes an error of the connection for its own, and ends the process with it.
  return Readable.from(tar as unknown as AsyncIterable<Uint8Array>, { objectMode: false });
}

/**
 * Waits for a request that an archive is sent with. Fails when a file cannot be read, too: the request would then
 * never be over.
 */
export async function sent<T>(body: Readable, request: Promise<T>): Promise<T> {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  body.once("error", reject);
  return await Promise.race([request, broken]);
}

const EPOCH = new Date(0);

function bytesOf(content: string | Uint8Array): Buffer {
  return Buffer.from(typeof content === "string" ? new TextEncoder().encode(content) : content);
}
