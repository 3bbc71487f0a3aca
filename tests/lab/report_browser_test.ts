/** The report in a real browser: Chromium, from Debian's packages. */

import { assert, assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { reportPage } from "../../lab/docker/report/page.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { within } from "../support/watchdog.ts";
import { Browser, installedBrowser } from "./browser.ts";
import { BEGUN, everything, message, outcome, start } from "./report_events.ts";

const LIMIT_MS = 180_000;
const path = installedBrowser();
const ignore = skipIf(path === undefined, "there is no Chromium (Debian: apt-get install chromium)");
const RUN = { begun: BEGUN, milliseconds: 5000, facts: { Docker: "20.10" } };

/** A test with a page in a browser. */
function testPage(
  name: string,
  page: () => string,
  body: (browser: Browser, url: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    fn: () =>
      assertNoLeak(() =>
        within(LIMIT_MS, name, async () => {
          using folder = tempDir();
          const file = folder.join("report.html");
          await Deno.writeTextFile(file, page());
          await using browser = await Browser.start(path!);
          await body(browser, pathToFileURL(file).href);
        })
      ),
  });
}

const allOpen = "for (const details of document.querySelectorAll('details')) details.open = true";

/** What is wider than the page, what scrolls sideways by itself aside. */
const TOO_WIDE = `[...document.querySelectorAll('body *')].filter((element) =>
  !element.closest('svg, .wide') && element.getBoundingClientRect().right > innerWidth + 0.5
).map((element) => element.outerHTML.slice(0, 200))`;

/** What a reader could not tell from what is behind it: the contrast of texts, by the formula of WCAG. */
const CONTRASTS = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour, under) => {
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (parts) => parts.map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(getComputedStyle(at).backgroundColor);
    return chain.reduce((under, colour) => 'rgb(' + rgb(colour, under) + ')', 'white');
  };
  return [...document.querySelectorAll('h1 span, dt, dd, .name, .title, .took, .promise, .shows, .reason, .chip, '
    + '.place b, code, .head span, .label span, .step span, .log summary, .log li span, .log time')].map((element) => {
    const back = behind(element);
    const [a, b] = [light(rgb(getComputedStyle(element).color, back)), light(rgb(back, 'white'))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.outerHTML.slice(0, 120)];
  }).filter(([contrast]) => contrast < 4.4);
})()`;

for (const [screen, width] of Object.entries({ phone: 390, "small phone": 320, desk: 1280 })) {
  for (const dark of [false, true]) {
    testPage(
      `the report fits a ${screen}, ${dark ? "dark" : "light"}: it loads nothing, runs nothing, can be read`,
      () => reportPage(everything(), RUN),
      async (browser, url) => {
        await browser.show(url, { width, dark });
        await browser.value(allOpen);
        const [scrollWidth, innerWidth] = await browser.value<[number, number]>(
          "[document.documentElement.scrollWidth, innerWidth]",
        );
        assertEquals([scrollWidth, innerWidth], [width, width]);
        assertEquals(await browser.value(TOO_WIDE), []);
        assertEquals(await browser.value("document.scripts.length"), 0);
        assertEquals(await browser.value(CONTRASTS), []);
        const page = await browser.value<string>("getComputedStyle(document.body).backgroundColor");
        assertEquals(page, dark ? "rgb(14, 17, 23)" : "rgb(244, 245, 248)");
        assertEquals(browser.complaints, []);
        assertEquals(browser.loads, [url]);
      },
    );
  }
}

testPage(
  "on a phone, each arrow of the report ends at the life lines of its containers, and its text can be seen",
  () =>
    reportPage([
      outcome("four", [
        ...["a", "b", "c", "d"].map((name, i) => start(name, i)),
        message("a", "d", 10, "from the first to the last"),
        message("c", "b", 20, "back"),
        message("d", "c", 30, "from the last"),
      ]),
    ], RUN),
  async (browser, url) => {
    await browser.show(url, { width: 390 });
    const [heads, arrows, labels] = await browser.value<[number[], [number, number][], boolean[]]>(`(() => {
      const middle = ({ left, right }) => Math.round((left + right) / 2);
      const rect = (element) => element.getBoundingClientRect();
      return [
        [...document.querySelectorAll('.head')].map((head) => middle(rect(head))),
        [...document.querySelectorAll('line.arrow')].map((line) => [rect(line).left, rect(line).right].map(Math.round)),
        [...document.querySelectorAll('.label span')].map((span) =>
          rect(span).left >= 0 && rect(span).right <= innerWidth && span.scrollWidth <= span.clientWidth),
      ];
    })()`);
    const near = (a: number, b: number) => Math.abs(a - b) <= 2;
    const [a, b, c, d] = heads as [number, number, number, number];
    assertEquals(arrows.length, 3);
    for (const [i, [left, right]] of [[a, d], [b, c], [c, d]].entries()) {
      assert(
        near(arrows[i]![0], left!) && near(arrows[i]![1], right!),
        `${arrows[i]} is not ${left} to ${right}`,
      );
    }
    assertEquals(labels, [true, true, true, true]);
  },
);
