import type { LabEvent } from "../events.ts";
import { html, type Markup } from "./markup.ts";

type Line = Extract<LabEvent, { kind: "line" }>;

/** What is shown of a log's beginning, and as much of its end. */
const LINES = 200;
const CHARACTERS = 2000;

/** What each container printed, folded in. */
export function logs(events: readonly LabEvent[], begun: number): Markup[] {
  const lines = events.filter((event) => event.kind === "line");
  return [...Map.groupBy(lines, ({ container }) => container)].map(([container, all]) => {
    const count = `${all.length} ${all.length === 1 ? "line" : "lines"}`;
    return html`<details class="log"><summary><span class="chip">${container}</span> printed ${count}</summary>
<ol>${shown(all, begun)}</ol></details>`;
  });
}

function shown(lines: readonly Line[], begun: number): Markup[] {
  if (lines.length <= 2 * LINES) return lines.map((line) => shownLine(line, begun));
  return [
    ...lines.slice(0, LINES).map((line) => shownLine(line, begun)),
    html`<li class="gap">${lines.length - 2 * LINES} lines left out here</li>`,
    ...lines.slice(-LINES).map((line) => shownLine(line, begun)),
  ];
}

function shownLine({ at, stream, text }: Line, begun: number): Markup {
  const whole = text.length <= CHARACTERS
    ? text
    : `${text.slice(0, CHARACTERS)} … (${text.length} characters)`;
  return html`<li class="${stream}"><time>${
    ((at - begun) / 1000).toFixed(2)
  }</time><span>${whole}</span></li>`;
}
