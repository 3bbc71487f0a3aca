import type { Outcome } from "../outcome.ts";
import { logs } from "./logs.ts";
import { html, Markup } from "./markup.ts";
import { places } from "./places.ts";
import { sequenceDiagram } from "./sequence_diagram.ts";
import { storyOf } from "./story.ts";
import { STYLE } from "./style.ts";

/** What is said of a whole run. */
export interface RunFacts {
  /** When it began, in ms of the epoch. */
  begun: number;
  /** How long it took. */
  milliseconds: number;
  /** What it ran on: name and value. */
  facts: Record<string, string>;
}

const ORDER = ["failed", "passed", "skipped"] as const;

/**
 * The page of a run, complete in itself: it loads nothing, and has no script, nor lets any run. What failed
 * comes first.
 */
export function reportPage(outcomes: readonly Outcome[], run: RunFacts): string {
  const sorted = outcomes.toSorted((a, b) =>
    ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.name < b.name ? -1 : 1)
  );
  const counts = ORDER.map((state) => ({
    state,
    count: sorted.filter((outcome) => outcome.state === state).length,
  }));
  const title = counts.filter(({ state, count }) => count > 0 || state !== "skipped")
    .toSorted((a, b) => a.state === "passed" ? -1 : b.state === "passed" ? 1 : 0)
    .map(({ state, count }) => `${count} ${state}`).join(", ");
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title} · ipc lab</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="kind">ipc · Docker lab</p>
<h1>${counts.map(({ state, count }) => count > 0 && html`<span class="${state}">${count} ${state}</span> `)}${
    sorted.length === 0 && "Nothing ran"
  }</h1>
<dl>${
    Object.entries({
      "when": new Date(run.begun).toISOString().slice(0, 16).replace("T", " ") + " UTC",
      "took": seconds(run.milliseconds),
      ...run.facts,
    })
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  }</dl>
</header>
<nav aria-label="Scenarios">${sorted.map((outcome) => entry(outcome, run))}</nav>
<main>
${sorted.map(section)}
</main>
</body>
</html>
`;
  return page.text;
}

/** A line of the overview, with a bar that tells when in the run it was. */
function entry({ name, title, state, begun, milliseconds }: Outcome, run: RunFacts): Markup {
  const part = (value: number) => Math.min(100, Math.max(0, value / run.milliseconds * 100)).toFixed(2);
  return html`<a href="#${name}"><span class="mark ${state}">${
    MARKS[state]
  }</span><span class="name">${name}</span><span class="title">${title}</span><span class="took">${
    seconds(milliseconds)
  }</span><span class="track"><span class="${state}" style="left:${part(begun - run.begun)}%;width:${
    part(milliseconds)
  }%"></span></span></a>`;
}

function section({ name, title, shows, state, reason, begun, milliseconds, events }: Outcome): Markup {
  const story = storyOf(events);
  return html`<section id="${name}">
<h2><span class="mark ${state}" title="${state}">${
    MARKS[state]
  }</span><span>${name}</span><span class="took">${seconds(milliseconds)}</span></h2>
<p class="promise">${title}</p>
<p class="shows">${shows}</p>
${reason !== undefined && html`<pre class="reason ${state}">${reason}</pre>`}
${places(events)}
${story.rows.length > 0 && story.lanes.length > 0 && sequenceDiagram(story, begun)}
${logs(events, begun)}
</section>
`;
}

const MARKS = { passed: "✓", failed: "✗", skipped: "·" } as const;

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
