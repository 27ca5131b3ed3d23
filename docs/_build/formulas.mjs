// Sets formulas with KaTeX: JSON [{tex, display}] on standard input, JSON [{html} or {error}] on standard output.
import { readFileSync } from "node:fs";
import katex from "katex";

const set = ({ tex, display }) => {
  try {
    return { html: katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "error" }) };
  } catch (error) {
    return { error: error.message };
  }
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(set)));
