import { O_CLOEXEC, O_RDONLY, open } from "../ffi/fcntl.ts";
import { missingForCalls } from "../ffi/library.ts";
import { os } from "../ffi/platform.ts";
import { close, read } from "../ffi/unistd.ts";

/** The flags that this process's runtime was started with, where they can be known: on Linux, with `--allow-ffi`. */
export class CommandLine {
  readonly #words: string[];

  /** @param words What precedes the program's own arguments. */
  constructor(words: string[]) {
    const end = words.indexOf("--");
    this.#words = end < 0 ? words : words.slice(0, end);
  }

  /** This process's. */
  static own(): CommandLine {
    const words = ownWords();
    return new CommandLine(words.slice(1, words.length - Deno.args.length));
  }

  /** The last word, as long as it is no flag: the program, where there is one. */
  get program(): string | undefined {
    const last = this.#words.at(-1);
    return last?.startsWith("-") ? undefined : last;
  }

  /** Whether there is a flag of one of these names. */
  has(...names: string[]): boolean {
    return this.#words.some((word) => names.includes(nameOf(word)));
  }

  /** The values of a flag, in one piece with it (`--config=a`) or, where it takes them so, behind it (`--config a`). */
  values(names: string[], behind = false): string[] {
    return this.#words.flatMap((word, i) => {
      if (!names.includes(nameOf(word))) return [];
      const equals = word.indexOf("=");
      if (equals >= 0) return [word.slice(equals + 1)];
      const next = this.#words[i + 1];
      return behind && next !== undefined ? [next] : [];
    });
  }

  /** The words of the flags that begin like this. */
  beginning(start: string): string[] {
    return this.#words.filter((word) => word.startsWith(start));
  }

  /** The words that are these flags, with or without a value in one piece. */
  words(...names: string[]): string[] {
    return this.#words.filter((word) => names.includes(nameOf(word)));
  }
}

function nameOf(word: string): string {
  const equals = word.indexOf("=");
  return equals < 0 ? word : word.slice(0, equals);
}

/** The kernel tells a process its own command line; Deno.readFile would ask for all permissions there. */
function ownWords(): string[] {
  if (os() !== "linux" || missingForCalls() !== undefined) return [];
  const fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC());
  if (fd < 0) return [];
  const parts: Uint8Array[] = [];
  try {
    for (;;) {
      const part = new Uint8Array(16384);
      const count = read(fd, part);
      if (count <= 0) break;
      parts.push(part.subarray(0, count));
    }
  } finally {
    close(fd);
  }
  const decoder = new TextDecoder();
  const text = parts.map((part) => decoder.decode(part, { stream: true })).join("");
  return text.split("\0").slice(0, -1);
}
