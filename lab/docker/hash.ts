/** Twelve hexadecimal digits that stand for these texts and bytes, in this order. */
export async function hashOf(parts: readonly (string | Uint8Array | URL)[]): Promise<string> {
  const digests = await Promise.all(parts.map(async (part) => await digest(await bytesOf(part))));
  const whole = new Uint8Array(digests.length * 32);
  digests.forEach((bytes, i) => whole.set(bytes, i * 32));
  return (await digest(whole)).toHex().slice(0, 12);
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function bytesOf(part: string | Uint8Array | URL): Promise<Uint8Array<ArrayBuffer>> {
  if (part instanceof URL) return await Deno.readFile(part);
  return typeof part === "string" ? new TextEncoder().encode(part) : new Uint8Array(part);
}
