import { html, type Markup, type Value } from "./markup.ts";
import type { Lane, Row, Story } from "./story.ts";

const ROW = 36;
const STEP_ROW = 34;
/** Where in its row an arrow is; its text stands above. */
const ARROW = 25;
const COLOURS = 8;
/** Narrower than that nothing can be told apart: the picture then scrolls sideways, and the page still does not. */
const LANE_AT_LEAST = 38;
const LANE_AT_MOST = 230;

/**
 * A story as a picture, an SVG whose horizontal measures are all parts of its width: it is as wide as there is
 * room, and its texts are as large on a phone as on a desk. `begun` is where its time begins.
 */
export function sequenceDiagram({ lanes, rows }: Story, begun: number): Markup {
  const places = new Map(
    lanes.map(({ name }, i) => [name, { x: (i + 0.5) / lanes.length * 100, colour: i % COLOURS }]),
  );
  const heights = rows.map(({ kind }) => kind === "step" ? STEP_ROW : ROW);
  const tops = heights.map((_, i) => heights.slice(0, i).reduce((sum, height) => sum + height, 4));
  const height = heights.reduce((sum, height) => sum + height, 4) + 10;
  const picture = { places, tops, height };
  let told = "";
  const times = rows.map(({ at }, i) => {
    const time = `${(Math.max(0, at - begun) / 1000).toFixed(1)} s`;
    if (time === told) return undefined;
    told = time;
    return html`<text class="time" x="-8" y="${
      tops[i]! + (rows[i]!.kind === "step" ? 20 : ARROW + 4)
    }">${time}</text>`;
  });
  const sizes = `--lanes:${lanes.length};--least:${lanes.length * LANE_AT_LEAST}px;--most:${
    lanes.length * LANE_AT_MOST
  }px`;
  return html`<div class="diagram${lanes.length > COLOURS && " wide"}" style="${sizes}">
<div class="heads">${
    lanes.map(({ name, outside }) =>
      html`<div class="head c${places.get(name)!.colour}${outside && " outside"}"><span>${name}</span></div>`
    )
  }</div>
<svg width="100%" height="${height}" role="group" aria-label="Time line of the messages">
${lanes.map((lane) => lifeLine(lane, rows, picture))}
${times}
${rows.map((row, i) => drawn(row, tops[i]!, picture))}
</svg></div>`;
}

interface Picture {
  places: ReadonlyMap<string, { x: number; colour: number }>;
  tops: readonly number[];
  height: number;
}

/** A lane's line, from its start to its end, in pieces by how it fares. */
function lifeLine({ name, outside }: Lane, rows: readonly Row[], { places, tops, height }: Picture): Value {
  const { x, colour } = places.get(name)!;
  const pieces: Markup[] = [];
  let from = 0;
  let state = outside ? "outside" : "";
  const turn = (i: number, next: string) => {
    const y = tops[i]! + ARROW;
    if (state !== "") {
      pieces.push(
        html`<line class="life ${state} c${colour}" x1="${x}%" x2="${x}%" y1="${from}" y2="${y}"/>`,
      );
    }
    from = y;
    state = next;
  };
  rows.forEach((row, i) => {
    if (row.kind === "start" && row.names.includes(name)) turn(i, "runs");
    else if (row.kind === "end" && row.ends.some((end) => end.name === name)) turn(i, "");
    else if (row.kind === "fault" && row.name === name) {
      const next = STATES[row.text];
      if (next !== undefined) turn(i, next);
    }
  });
  if (state !== "") {
    pieces.push(
      html`<line class="life ${state} c${colour}" x1="${x}%" x2="${x}%" y1="${from}" y2="${height}"/>`,
    );
  }
  return pieces;
}

/** How a container fares after what befell it. */
const STATES: Record<string, string | undefined> = {
  "kill SIGKILL": "",
  "pause": "paused",
  "unpause": "runs",
  "disconnect": "cut",
  "connect": "runs",
  "start again": "runs",
};

function drawn(row: Row, top: number, { places }: Picture): Markup {
  const y = top + ARROW;
  const at = (name: string) => places.get(name) ?? { x: 50, colour: 0 };
  switch (row.kind) {
    case "start": {
      const text = `${listed(row.names)} ${row.names.length === 1 ? "starts" : "start"}`;
      const dots = row.names.map((name) =>
        html`<circle class="dot c${at(name).colour}" cx="${at(name).x}%" cy="${y}" r="5"/>`
      );
      return html`<g class="row">${
        label(row.names.map((name) => at(name).x), top, text, "quiet")
      }${dots}</g>`;
    }
    case "end": {
      const bad = row.ends.some(({ code }) => code !== 0);
      const names = row.ends.map(({ name }) => name);
      const codes = [...new Set(row.ends.map(({ code }) => code))].join(", ");
      const text = `${listed(names)} ${names.length === 1 ? "ends" : "end"}${
        bad ? ` (exit code ${codes})` : ""
      }`;
      const bars = row.ends.map(({ name }) =>
        anchored(at(name).x, y, html`<path class="bar c${at(name).colour}" d="M-8 0H8"/>`)
      );
      return html`<g class="row">${label(names.map((name) => at(name).x), top, text, "quiet")}${bars}</g>`;
    }
    case "message":
      return html`<g class="row">${arrow(row, y, at(row.from), at(row.to))}${
        label(
          [at(row.from).x, at(row.to).x],
          top,
          row.count > 1 ? `${row.count} × ${row.text}` : row.text,
          "",
        )
      }</g>`;
    case "fault": {
      const { x } = at(row.name);
      const kind = STATES[row.text] === "runs" ? "mends" : row.text === "stop" ? "halts" : "blast";
      const cross = html`<path class="cross" d="M-3.5-3.5 3.5 3.5M-3.5 3.5 3.5-3.5"/>`;
      const mark = html`<circle class="${kind}" r="${kind === "blast" ? 9 : 6}"/>${
        kind === "blast" && cross
      }`;
      return html`<g class="row">${label([x], top, `${row.text}: ${row.name}`, kind)}${
        anchored(x, y, mark)
      }</g>`;
    }
    case "step":
      return html`<g class="row"><line class="rule${row.bad && " bad"}" x1="0" x2="100%" y1="${
        top + 16
      }" y2="${top + 16}"/><foreignObject x="0" y="${top + 5}" width="100%" height="22"><div class="step${
        row.bad && " bad"
      }"><span>${row.text}</span></div></foreignObject></g>`;
  }
}

interface Place {
  x: number;
  colour: number;
}

function arrow({ count }: { count: number }, y: number, from: Place, to: Place): Value {
  const colour = `c${from.colour}`;
  if (from.x === to.x) {
    return anchored(
      from.x,
      y,
      html`<path class="arrow ${colour}" d="M0-6h18v11H7"/><path class="tip ${colour}" d="M1 5l8-4.5v9z"/>`,
    );
  }
  const tip = from.x < to.x ? "M-1 0l-9-5v10z" : "M1 0l9-5v10z";
  return html`<line class="arrow ${colour}${
    count > 1 && " many"
  }" x1="${from.x}%" x2="${to.x}%" y1="${y}" y2="${y}"/><circle class="from ${colour}" cx="${from.x}%" cy="${y}" r="3"/>${
    anchored(to.x, y, html`<path class="tip ${colour}" d="${tip}"/>`)
  }`;
}

/** A drawing in pixels around a point. */
function anchored(x: number, y: number, drawing: Value): Markup {
  return html`<svg x="${x}%" y="${y}" overflow="visible" width="1" height="1">${drawing}</svg>`;
}

/** A row's text: over its lanes, or from them towards where there is more room. */
function label(xs: readonly number[], top: number, text: string, kind: string): Markup {
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [x, width, align] = xs.length > 1 && kind === "quiet"
    ? [0, 100, "middle"]
    : right - left > 45
    ? [left, right - left, "middle"]
    : left + right <= 100
    ? [left, 100 - left, "left"]
    : [0, right, "right"];
  return html`<foreignObject x="${x}%" y="${top}" width="${width}%" height="19"><div class="label ${align} ${kind}"><span title="${text}">${text}</span></div></foreignObject>`;
}

function listed(names: readonly string[]): string {
  return names.length < 3 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
