/* What the widgets share: elements, labelled fields, numbers, colours, code to copy, the page's language. */
(() => {
  "use strict";

  const language = document.documentElement.lang;

  /** Of a table keyed by language, the page's own entry; English where there is none. */
  function inLanguage(table) {
    return table[language.split("-")[0]] ?? table.en;
  }

  const words = inLanguage({
    en: {
      copy: "Copy",
      copied: "Copied",
      whole: (min, max) => `A whole number from ${min} to ${max}, please.`,
      noNumber: "A number, please: 2, −0.5 or 1/9, for example.",
      kernels: {
        identity: "identity", blur: "blur", sharpen: "sharpen", vertical: "vertical edges",
        horizontal: "horizontal edges", outline: "outline",
      },
      own: "your own",
    },
  });

  /** An element: make("td", {class: "on", onclick: act}, "19"). False and undefined attributes are left out. */
  function make(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  function draw(tag, attributes = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  }

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  /** A labelled field for a whole number. `change` hears of right numbers only; a wrong one is answered in words. */
  function number({ label, value, min, max, change }) {
    const complaint = make("span", { class: "widget-complaint", role: "status" });
    const input = make("input", {
      type: "number", inputmode: "numeric", value, min, max, step: 1,
      oninput() {
        const right = input.validity.valid && input.value !== "";
        input.setAttribute("aria-invalid", !right);
        complaint.textContent = right ? "" : words.whole(min, max);
        if (right) change(Number(input.value));
      },
    });
    return make("label", { class: "widget-field" }, make("span", {}, label), input, complaint);
  }

  function choice({ label, options, value, change }) {
    const select = make(
      "select", { onchange: () => change(select.value) },
      ...options.map(([name, text]) => make("option", { value: name, selected: name === value }, text)),
    );
    return make("label", { class: "widget-field" }, make("span", {}, label), select);
  }

  function tick({ label, value, change }) {
    const input = make("input", { type: "checkbox", checked: value, onchange: () => change(input.checked) });
    return make("label", { class: "widget-field widget-tick" }, input, make("span", {}, label));
  }

  function button(label, press) {
    return make("button", { type: "button", class: "widget-button", onclick: press }, label);
  }

  /** Code with a button that copies it. `show(text)` replaces the code. */
  function code() {
    const text = make("code", { tabindex: 0 });
    const copy = button(words.copy, async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        // Not every address may use the clipboard: an older way is left.
        getSelection().selectAllChildren(text);
        document.execCommand("copy");
      }
      copy.textContent = words.copied;
      setTimeout(() => { copy.textContent = words.copy; }, 1500);
    });
    copy.setAttribute("aria-live", "polite");
    const block = make("div", { class: "widget-code highlight" }, make("pre", {}, text), copy);
    return Object.assign(block, { show: (source) => { text.textContent = source; } });
  }

  function written(value) {
    const rounded = Math.round(value * 100) / 100 + 0; // + 0: no negative zero
    return rounded.toLocaleString(language || "en", { maximumFractionDigits: 2 }).replace("-", "−");
  }

  const NEGATIVE = [20, 60, 140];
  const ZERO = [138, 138, 138];
  const POSITIVE = [255, 214, 84];

  /** [red, green, blue] of a value: blue below zero, mid-grey at zero, yellow above; also dark to bright, for all eyes. */
  function colour(value, largest) {
    const share = largest ? Math.min(Math.abs(value) / largest, 1) : 0;
    const end = value < 0 ? NEGATIVE : POSITIVE;
    return ZERO.map((grey, k) => Math.round(grey + share * (end[k] - grey)));
  }

  /** Give a cell the colour of its number, and ink that can be read on it. */
  function paint(element, value, largest) {
    // By the square root, so that one sees the sign of small numbers too: the cell says how large they are.
    const rgb = colour(Math.sign(value) * Math.sqrt(Math.abs(value) * largest), largest);
    element.style.background = `rgb(${rgb})`;
    element.style.color = luminance(rgb) > 0.18 ? "#000" : "#fff";
  }

  /** Relative luminance; at 0.18 black and white ink can be read equally well. */
  function luminance(rgb) {
    const [red, green, blue] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  /** Kernels that have a name, as one types them. */
  const kernels = {
    identity: ["0 0 0", "0 1 0", "0 0 0"],
    blur: ["1/9 1/9 1/9", "1/9 1/9 1/9", "1/9 1/9 1/9"],
    sharpen: ["0 −1 0", "−1 5 −1", "0 −1 0"],
    vertical: ["1 0 −1", "2 0 −2", "1 0 −1"],
    horizontal: ["1 2 1", "0 0 0", "−1 −2 −1"],
    outline: ["−1 −1 −1", "−1 8 −1", "−1 −1 −1"],
  };

  const NUMBER = /^([-−]?(?:\d+\.?\d*|\.\d+))(?:\/([1-9]\d*))?$/;

  /** The number that a typed text means, "−1/9" too; not a number where it means none. */
  function valueOf(text) {
    const [, above, below = 1] = NUMBER.exec(text.trim()) ?? [];
    return above === undefined ? NaN : above.replace("−", "-") / below;
  }

  const here = document.currentScript?.src;
  const data = {};

  /** What data/<name>.js holds, once `element` comes near the screen. A script, since fetch fails in a page from a folder. */
  async function load(name, element) {
    await new Promise((near) => {
      const watcher = new IntersectionObserver(([entry]) => {
        if (!entry.isIntersecting) return;
        watcher.disconnect();
        near();
      }, { rootMargin: "600px" });
      watcher.observe(element);
    });
    if (!(name in data)) {
      await new Promise((onload, onerror) => {
        document.head.append(make("script", { src: new URL(`data/${name}.js`, here).href, onload, onerror }));
      });
    }
    return data[name];
  }

  globalThis.widgets = {
    data, load, inLanguage, words, make, draw, number, choice, tick, button, code, kernels, valueOf, written, colour, paint,
  };
})();
