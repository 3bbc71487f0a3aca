/**
 * Makes the file that it is told to.
 *
 * Needs: --allow-write
 *
 * @module
 */
Deno.writeTextFileSync(Deno.args[0]!, "");
console.log("made it");
