/** How a report looks: one column that fits a phone, in the colours that its reader prefers. */
export const STYLE = `
:root {
  --page: #f4f5f8; --card: #fff; --ink: #1b1f2a; --soft: #626b7d; --line: #dfe3ea; --chip: #eef0f5;
  --passed: #12805c; --failed: #c62a2f; --skipped: #8a6100; --wash: #fdecec;
  --c0: #2f6feb; --c1: #c2410c; --c2: #0f8a6c; --c3: #8b3fd9; --c4: #b8275d; --c5: #7a6a00; --c6: #0b7f9e; --c7: #5b6474;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1117; --card: #161b24; --ink: #e7eaf0; --soft: #98a2b5; --line: #2a3240; --chip: #222a37;
    --passed: #3fcf9b; --failed: #ff7b7b; --skipped: #e6b450; --wash: #35191d;
    --c0: #79a8ff; --c1: #ff9d66; --c2: #46d1ab; --c3: #c39bff; --c4: #ff85b0; --c5: #d9c74a; --c6: #58c7e3; --c7: #a9b3c4;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 12px; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1040px; padding: 28px 16px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
code, pre, .log ol { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
header { padding: 0 4px; }
.kind { margin: 0; color: var(--soft); letter-spacing: .02em; }
h1 { margin: 2px 0 10px; font-size: clamp(26px, 6vw, 38px); line-height: 1.15; letter-spacing: -.02em; }
h1 span + span { margin-left: .35em; }
h1 .passed { color: var(--passed); } h1 .failed { color: var(--failed); } h1 .skipped { color: var(--skipped); }
dl { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 22px; font-size: 13px; }
dl div { display: flex; gap: 6px; } dt { color: var(--soft); } dd { margin: 0; }
nav, section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
nav { overflow: hidden; }
nav a {
  display: grid; grid-template-columns: 22px 10.5em 1fr auto; gap: 0 10px; align-items: center;
  padding: 9px 16px 0; color: inherit; text-decoration: none;
}
nav a + a { border-top: 1px solid var(--line); }
nav a:hover, nav a:focus-visible { background: var(--chip); }
.name, h2 { font-weight: 650; }
.title { color: var(--soft); }
.took { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 400; font-size: 13px; }
.track { grid-column: 1 / -1; position: relative; height: 3px; margin-top: 8px; }
.track span { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: 2px; opacity: .75; }
.track .passed, .mark.passed { background: var(--passed); } .track .failed, .mark.failed { background: var(--failed); }
.track .skipped, .mark.skipped { background: var(--skipped); }
.mark {
  display: inline-grid; place-items: center; width: 20px; height: 20px; border-radius: 50%; flex: none;
  color: var(--card); font: 700 12px/1 system-ui, sans-serif;
}
section { margin-top: 20px; padding: 18px 20px 16px; }
h2 { display: flex; align-items: center; gap: 10px; margin: 0 0 4px; font-size: 19px; line-height: 1.3; }
h2 .took { margin-left: auto; }
.promise { margin: 0; font-weight: 550; }
.shows { margin: 2px 0 14px; color: var(--soft); max-width: 70ch; }
.reason {
  margin: 0 0 14px; padding: 10px 12px; border-radius: 8px; background: var(--chip); white-space: pre-wrap;
  font-size: 12.5px; max-height: 26em; overflow: auto;
}
.reason.failed { background: var(--wash); }
.places { display: flex; flex-wrap: wrap; gap: 8px; }
.place { border: 1px dashed color-mix(in srgb, var(--soft) 45%, transparent); border-radius: 10px; padding: 5px 8px 7px; }
.place b { display: block; font-weight: 400; font-size: 12px; color: var(--soft); margin-bottom: 2px; }
.chip {
  display: inline-block; background: var(--chip); border-radius: 6px; padding: 0 7px; margin: 0 4px 0 0;
  font-size: 13px; line-height: 21px;
}
.containers { list-style: none; margin: 10px 0 14px; padding: 0; font-size: 13px; }
.containers li { margin-top: 4px; } .containers code { font-size: 12px; color: var(--soft); }
.containers i { font-style: normal; font-size: 12px; border: 1px solid var(--line); border-radius: 6px; padding: 1px 6px; }
.diagram { max-width: calc(var(--most) + 48px); margin: 0 auto 12px; padding-left: 48px; }
.diagram.wide { overflow-x: auto; }
.diagram.wide > * { min-width: var(--least); }
.heads { display: grid; grid-template-columns: repeat(var(--lanes), minmax(0, 1fr)); position: sticky; top: 0; z-index: 1; background: var(--card); padding: 6px 0 4px; align-items: end; }
.head { display: flex; justify-content: center; padding: 0 2px; }
.head span {
  background: color-mix(in srgb, var(--c) 14%, var(--card)); border: 1px solid var(--c); border-radius: 8px;
  padding: 3px 7px; font-size: 12px; line-height: 1.2; font-weight: 600; text-align: center;
}
.head.outside span { border-style: dashed; background: var(--card); }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.diagram svg { display: block; overflow: visible; }
.life { stroke: var(--c); stroke-width: 2; opacity: .38; }
.life.paused { stroke-dasharray: 2 5; stroke-width: 4; } .life.cut { stroke-dasharray: 7 6; } .life.outside { stroke-dasharray: 3 4; }
.arrow { stroke: var(--c); stroke-width: 1.75; fill: none; } .arrow.many { stroke-width: 3.5; }
.tip, .from { fill: var(--c); }
.dot { fill: var(--card); stroke: var(--c); stroke-width: 2.5; }
.bar { stroke: var(--c); stroke-width: 4; stroke-linecap: round; }
.halts { fill: var(--card); stroke: var(--skipped); stroke-width: 2.5; }
.mends { fill: var(--passed); stroke: var(--card); stroke-width: 1.5; }
.blast { fill: var(--failed); } .cross { stroke: var(--card); stroke-width: 2; stroke-linecap: round; }
.time { fill: var(--soft); font-size: 10.5px; text-anchor: end; font-variant-numeric: tabular-nums; }
.label { display: flex; height: 19px; font-size: 12px; line-height: 19px; }
.label.middle { justify-content: center; } .label.right { justify-content: flex-end; }
.label span {
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 0 4px; border-radius: 4px;
  background: color-mix(in srgb, var(--card) 88%, transparent);
}
.label.left span { margin-left: 4px; } .label.right span { margin-right: 4px; }
.label.quiet { color: var(--soft); } .label.blast { color: var(--failed); font-weight: 600; }
.label.halts { color: var(--skipped); font-weight: 600; }
.label.mends { color: var(--passed); font-weight: 600; }
.rule { stroke: var(--line); stroke-width: 1.5; } .rule.bad { stroke: var(--failed); }
.step { display: flex; justify-content: center; }
.step span {
  background: var(--chip); border-radius: 11px; font-size: 12px; line-height: 22px; padding: 0 12px; max-width: 100%;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
.step.bad span { background: var(--wash); color: var(--failed); }
.log { border-top: 1px solid var(--line); font-size: 13px; color: var(--soft); }
.log summary { padding: 7px 2px; cursor: pointer; } .log summary:hover { color: var(--ink); }
.log ol { list-style: none; margin: 0 0 10px; padding: 8px 10px; background: var(--chip); border-radius: 8px; color: var(--ink); font-size: 12px; max-height: 32em; overflow-y: auto; }
.log li { display: grid; grid-template-columns: 5ch minmax(0, 1fr); gap: 10px; white-space: pre-wrap; }
.log time { color: var(--soft); text-align: right; } .log .stderr span { color: var(--failed); } .log .gap { display: block; color: var(--soft); }
@media (max-width: 640px) {
  body { padding: 18px 10px 48px; }
  nav a { grid-template-columns: 22px 1fr auto; padding: 9px 12px 0; }
  .title { grid-column: 2 / -1; grid-row: 2; font-size: 13px; line-height: 1.35; }
  section { padding: 14px 12px 12px; }
  .diagram { padding-left: 36px; } .time { font-size: 9.5px; } .head { padding: 0 1px; } .head span { padding: 2px; font-size: 10.5px; }
}
@media print { .heads { position: static; } nav, section { break-inside: avoid; } }
`;
