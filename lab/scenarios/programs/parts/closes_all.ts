const OWN = "/proc/self/fd";

/** How long closing may take. */
const SETTLED_WITHIN_MS = 5_000;

/** Throws when pipes, sockets or files that the body opens are open 5 s after it; says what they are. */
export async function closesAll(body: () => Promise<void>): Promise<void> {
  const warm = () => {};
  Deno.addSignalListener("SIGURG", warm); // At the first one the runtime opens sockets for itself.
  Deno.removeSignalListener("SIGURG", warm);
  const before = openDescriptors();
  await body();
  const end = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 5)); // Some closing takes a turn of the event loop.
    const left = [...openDescriptors().entries()].filter(([fd, target]) => before.get(fd) !== target);
    if (left.length === 0) return;
    if (performance.now() > end) {
      throw new Error(`Left open: ${left.map((one) => one.join(" -> ")).join(", ")}`);
    }
  }
}

/** What is open, and what it leads to; what the runtime opens for itself aside. */
function openDescriptors(): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name } of Deno.readDirSync(OWN)) {
    try {
      const target = Deno.readLinkSync(`${OWN}/${name}`);
      if (/^(pipe|socket):|^\/(?!.*_cache_v\d)/.test(target)) found.set(name, target);
    } catch {
      // The listing's own descriptor, or one that is closed by now.
    }
  }
  return found;
}
