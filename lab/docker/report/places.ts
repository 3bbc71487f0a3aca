import type { LabEvent } from "../events.ts";
import { html, type Markup } from "./markup.ts";

type Start = Extract<LabEvent, { kind: "container" }>;

/** Which containers there were, what each ran, and what they had in common. */
export function places(events: readonly LabEvent[]): Markup | undefined {
  const starts = events.filter((event) => event.kind === "container");
  if (starts.length === 0) return undefined;
  const shared = sharedBy(starts);
  const alike = Map.groupBy(starts, ({ program, traits }) => JSON.stringify([program, traits]));
  return html`<div class="places">${
    [...shared].map(([place, names]) => html`<div class="place"><b>${place}</b>${names.map(chip)}</div>`)
  }</div>
<ul class="containers">${
    [...alike.values()].map((group) => {
      const { program, traits } = group[0]!;
      return html`<li>${group.map(({ name }) => chip(name))} <code>${program}</code>${
        traits.map((trait) => html` <i>${trait}</i>`)
      }</li>`;
    })
  }</ul>`;
}

function chip(name: string): Markup {
  return html`<span class="chip">${name}</span>`;
}

function sharedBy(starts: readonly Start[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  const add = (place: string, name: string) => {
    const names = members.get(place) ?? [];
    if (!names.includes(name)) members.set(place, [...names, name]);
  };
  for (const { name, networks, mounts, spaces } of starts) {
    for (const network of networks) add(network, name);
    for (const { path, from } of mounts) {
      add(from.startsWith("folder ") ? `folder of this machine, as ${path}` : `${from}, as ${path}`, name);
    }
    for (const [space, word] of Object.entries({ ipc: "IPC", pid: "processes" })) {
      const owner = spaces[space as keyof typeof spaces];
      if (owner === undefined) continue;
      add(`${word} of ${owner === "host" ? "this machine" : owner}`, name);
      if (starts.some((start) => start.name === owner)) add(`${word} of ${owner}`, owner);
    }
  }
  const alone = starts.map(({ name }) => name).filter((name) => ![...members.values()].flat().includes(name));
  if (alone.length > 0) members.set("nothing in common", alone);
  return new Map([...members].sort(([a], [b]) => a < b ? -1 : 1));
}
