/** What a Deno contestant that exchanges messages is told: ROLE SIZE COUNT WARMUP PATH PORT [VARIANT …]. */
export { COUNT, play, ROLE, SIZE, WARMUP } from "./side.ts";

const [path = "", port = "", ...variant] = Deno.args.slice(4);

/** A path for a Unix socket. */
export const PATH: string = path;
/** A free port. */
export const PORT = Number(port);
/** Which of its variants the contestant is. */
export const VARIANT: readonly string[] = variant;
