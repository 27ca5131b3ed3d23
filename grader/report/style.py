"""The style of the HTML report: light, dark, narrow and on paper. Every rule stands below `.grader-report`."""

STYLE = """
.grader-report {
  --paper: #fff; --ink: #1b1f24; --quiet: #57606a; --line: #c9d1d9; --soft: #f3f5f7;
  --good: #0b6b3a; --bad: #a32a0d; --wait: #57606a; --one: #0b5cad; --two: #a8480b; --link: #0b5cad;
  color-scheme: light dark;
  color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
@media screen and (prefers-color-scheme: dark) {
  .grader-report {
    --paper: #14181d; --ink: #e3e8ee; --quiet: #a3adb8; --line: #3b4450; --soft: #1d232a;
    --good: #6fd59b; --bad: #ff9e80; --wait: #a3adb8; --one: #7cb9ff; --two: #ffb36b; --link: #8cc2ff;
  }
}
body.grader-report { margin: 0; }
div.grader-report { padding: .25rem .75rem; }
.grader-report {
  & main { max-width: 56rem; margin: 0 auto; padding: 1rem; }
  & h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
  & h2 { font-size: 1.25rem; margin: 2rem 0 .25rem; }
  & h3 { font-size: 1rem; margin: 0; }
  & small { font-size: .875rem; font-weight: normal; color: var(--quiet); white-space: nowrap; }
  & p { margin: .25rem 0 .5rem; }
  & a { color: var(--link); }
  & a:focus-visible, & summary:focus-visible, & [tabindex]:focus-visible {
    outline: 3px solid var(--one); outline-offset: 2px;
  }
  & .score { font-size: 1.25rem; margin: 0; }
  & .score strong { font-size: 2rem; }
  & progress { width: 100%; max-width: 24rem; height: .75rem; accent-color: var(--one); }
  & .quiet, & footer { color: var(--quiet); font-size: .875rem; }
  & .message { white-space: pre-wrap; font-family: ui-monospace, monospace; font-size: .875rem; }
  & .mistake { border-left: 4px solid var(--two); padding: .25rem .75rem; background: var(--soft); }

  & .outcome { font-weight: 600; white-space: nowrap; }
  & .outcome.passed { color: var(--good); }
  & .outcome.failed, & .outcome.error, & .outcome.timeout { color: var(--bad); }
  & .outcome.todo, & .outcome.blocked { color: var(--wait); }

  & table { border-collapse: collapse; background: none; color: inherit; margin: .25rem 0; font-size: .9375rem; }
  & tr:nth-child(n) { background: none; }
  & th, & td {
    text-align: left; vertical-align: baseline; font-weight: normal;
    padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  }
  & thead th { color: var(--quiet); }
  & .number { text-align: right; font-variant-numeric: tabular-nums; }
  & .overview { width: 100%; max-width: 36rem; }

  & .check { border-top: 1px solid var(--line); padding: .75rem 0; }
  & .check.failed, & .check.error, & .check.timeout { border-left: 4px solid var(--bad); padding-left: .75rem; }
  & details { margin: .25rem 0; }
  & summary { cursor: pointer; color: var(--link); }
  & details p { padding-left: 1rem; }

  & .called { font-family: ui-monospace, monospace; font-size: .875rem; margin: .5rem 0; }
  & .row { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: flex-start; margin: .5rem 0; }
  & figure { margin: 0; max-width: 100%; }
  & figure.curves { display: inline-block; margin-right: 1.25rem; vertical-align: top; }
  & figcaption { font-size: .875rem; color: var(--quiet); }
  & svg { display: block; max-width: 100%; height: auto; }
  & svg.key { display: inline; vertical-align: middle; }
  & svg text { font: 13px ui-monospace, monospace; fill: currentColor; }
  & .map { border: 1px solid var(--line); }
  & .map text { text-anchor: middle; dominant-baseline: central; }
  & .map image { image-rendering: pixelated; }
  & .map .dark { fill: #000; }
  & .map .light { fill: #fff; }
  & .differs { fill: none; stroke: #000; stroke-width: 1.5; }
  & .differs-halo { fill: none; stroke: #fff; stroke-width: 3.5; }
  & img { display: block; image-rendering: pixelated; border: 1px solid var(--line); max-width: 100%; height: auto; }
  & .axis { stroke: var(--quiet); fill: none; }
  & .level { stroke: var(--quiet); stroke-dasharray: 2 4; fill: none; }
  & .line { fill: none; stroke-width: 2; }
  & .line0 { stroke: var(--one); }
  & .line1 { stroke: var(--two); stroke-dasharray: 7 4; }
  & .dot0 { fill: var(--one); }
  & .dot1 { fill: var(--two); }
  & .layers { font-family: ui-monospace, monospace; font-size: .8125rem; }
  & .layers tr.first-difference:nth-child(n) { background: var(--soft); }
  & .layers tr.first-difference td, & .layers tr.first-difference th { color: var(--bad); font-weight: 600; }
  & .scroll { overflow-x: auto; }
}
@media print {
  .grader-report {
    color-scheme: light; font-size: 11pt;
    & main { max-width: none; padding: 0; }
    & section.check, & figure, & tr { break-inside: avoid; }
    & h2, & h3 { break-after: avoid; }
    & details::details-content { content-visibility: visible; block-size: auto; }
    & svg, & img, & .map { print-color-adjust: exact; }
    & a { color: inherit; text-decoration: none; }
  }
}
"""
