/** Takes the words of 60 cells, gives some back in an order, and keeps the others: `holds_words.ts ORDER TOKEN`. */

import { Presence } from "../../lib/sync/presence.ts";
import { CELL } from "../../lib/sync/robust_list.ts";
import { SharedMemory } from "../../mod.ts";

const [order, token] = Deno.args as [string, string];
const memory = SharedMemory.from(JSON.parse(token));
const places = Array.from({ length: 60 }, (_, cell) => ({ cell, place: new Presence(memory, cell * CELL) }));
for (const { place } of places) place.claim();
const given = order === "first"
  ? places.slice(0, 20)
  : order === "last"
  ? places.slice(-20).reverse()
  : order === "middle"
  ? places.slice(20, 40)
  : places.filter(() => Math.random() < 0.4);
for (const { place } of given) place.release();
// Some are taken again: they come to the top of the list.
for (const { place } of given.slice(0, 5)) place.claim();
console.log(JSON.stringify(places.filter(({ place }) => place.mine).map(({ cell }) => cell)));
await new Promise((resolve) => setTimeout(resolve, 600_000));
