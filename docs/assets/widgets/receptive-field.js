/* <receptive-field net="two">: one row of an image under a few layers; which pixels does a number see? */
(() => {
  "use strict";

  const { span, convSize } = convolutions;
  const { inLanguage, make, draw, number, choice, button, written } = widgets;

  const MOST = 6; // layers
  const LIMITS = { kernel: [1, 7], stride: [1, 4], padding: [0, 3], dilation: [1, 4] };

  const NETS = {
    two: { pixels: 9, layers: [{ kernel: 3 }, { kernel: 3 }] },
    vgg: { pixels: 16, layers: [{ kernel: 3, padding: 1 }, { kernel: 3, padding: 1 }, { kernel: 2, stride: 2 }, { kernel: 3, padding: 1 }] },
    lenet: { pixels: 28, layers: [{ kernel: 5, padding: 2 }, { kernel: 2, stride: 2 }, { kernel: 5 }, { kernel: 2, stride: 2 }] },
    dilated: { pixels: 20, layers: [{ kernel: 3 }, { kernel: 3, dilation: 2 }, { kernel: 3, dilation: 4 }] },
  };

  const words = inLanguage({
    en: {
      net: "Layers",
      nets: { two: "two of kernel 3", vgg: "a VGG block and one more", lenet: "LeNet", dilated: "dilation 1, 2, 4", own: "your own" },
      pixels: "Pixels",
      image: (n) => `Image, ${n} pixels`,
      layer: (k) => `Layer ${k}`,
      says: { kernel: "kernel", stride: "stride", padding: "padding", dilation: "dilation" },
      fields: { kernel: "Kernel", stride: "Stride", padding: "Padding", dilation: "Dilation" },
      hint: "Press a cell, or choose a row with Tab and move with the arrow keys. The stronger its colour, the more paths lead to it. Dashed cells are padding.",
      sees: (cell, layer, pixels, first, last) =>
        pixels === 0 ? `Number ${cell} of layer ${layer} sees nothing but padding.`
          : `Number ${cell} of layer ${layer} sees ${pixels === 1 ? `pixel ${first}` : `${pixels} pixels, from ${first} to ${last}`}.`,
      outside: (field, many) => ` Its receptive field is ${field} wide; ${many} of that ${many === 1 ? "lies" : "lie"} outside the image.`,
      gaps: (field) => ` They lie in a receptive field of ${field}, with gaps.`,
      noFit: (k, reach, n) => `Layer ${k} spans ${reach} numbers, but the row below it has only ${n}, with its padding. So it is left out.`,
      headings: ["Layer", "Size", "Receptive field", "Jump"],
      imageRow: "image",
      change: "Change the layers",
      add: "Add a layer on top",
      remove: "Remove",
    },
  });

  customElements.define("receptive-field", class extends HTMLElement {
    connectedCallback() {
      this.take(this.getAttribute("net") ?? "two");
      this.build();
    }

    take(name) {
      const { pixels, layers } = NETS[name];
      this.net = name;
      this.pixels = pixels;
      this.layers = layers.map((layer) => ({ kernel: 3, stride: 1, padding: 0, dilation: 1, ...layer }));
      this.chosen = undefined;
    }

    build() {
      this.fields = make("div", { class: "widget-fields" });
      this.picture = make("div", { class: "widget-rows" });
      this.answer = make("p", { class: "widget-answer", "aria-live": "polite" });
      this.complaint = make("p", { class: "widget-complaint", role: "status" });
      this.body = make("tbody");
      this.editor = make("div");
      this.details = make("details", {}, make("summary", {}, words.change), this.editor);
      this.details.addEventListener("toggle", () => this.fillEditor());
      const head = make("tr", {}, ...words.headings.map((text) => make("th", { scope: "col" }, text)));
      this.replaceChildren(
        this.fields, this.complaint, this.picture, this.answer, make("p", { class: "widget-hint" }, words.hint),
        make("div", { class: "widget-scroll", tabindex: 0, role: "region", "aria-label": words.headings[2] }, make("table", { class: "widget-table" }, make("thead", {}, head), this.body)),
        this.details,
      );
      this.fillFields();
      this.refresh();
    }

    fillFields() {
      this.fields.replaceChildren(
        choice({
          label: words.net, options: Object.entries(words.nets), value: this.net,
          change: (name) => {
            if (!NETS[name]) return;
            this.take(name);
            this.fillFields();
            this.fillEditor();
            this.refresh();
            this.fields.querySelector("select").focus();
          },
        }),
        number({ label: words.pixels, value: this.pixels, min: 3, max: 32, change: (n) => { this.pixels = n; this.changed(); } }),
      );
    }

    /** Two dozen fields that most readers never open: made when they do. */
    fillEditor() {
      this.editor.replaceChildren();
      if (!this.details.open) return;
      const field = (layer, name) => number({
        label: words.fields[name], value: layer[name], min: LIMITS[name][0], max: LIMITS[name][1],
        change: (value) => { layer[name] = value; this.changed(); },
      });
      const again = (layers) => () => {
        this.layers = layers();
        this.fillEditor();
        this.changed();
        this.editor.querySelector("input").focus();
      };
      const rows = this.layers.map((layer, at) => make(
        "fieldset", { class: "widget-fields" },
        make("legend", {}, words.layer(at + 1)),
        ...Object.keys(LIMITS).map((name) => field(layer, name)),
        ...(this.layers.length > 1 ? [button(words.remove, again(() => this.layers.filter((_, other) => other !== at)))] : []),
      ));
      const add = button(words.add, again(() => [...this.layers, { kernel: 3, stride: 1, padding: 0, dilation: 1 }]));
      add.disabled = this.layers.length >= MOST;
      this.editor.append(...rows, add);
    }

    changed() {
      this.net = "own";
      this.fields.querySelector("select").value = "own";
      this.chosen = undefined;
      this.refresh();
    }

    refresh() {
      const fault = this.measure();
      this.complaint.textContent = fault ?? "";
      this.chosen ??= { level: this.levels.length - 1, cell: Math.floor((this.levels.at(-1).size - 1) / 2) };
      this.drawRows();
      this.fillTable();
      this.show();
    }

    /** For the image and each layer that fits: size, receptive field, jump, and where its first number lies. */
    measure() {
      this.levels = [{ size: this.pixels, field: 1, jump: 1, start: 0, layer: { padding: 0 } }];
      for (const [at, layer] of this.layers.entries()) {
        const { kernel, stride, padding, dilation } = layer;
        const { size, field, jump, start } = this.levels[at];
        const reach = span(kernel, dilation);
        const next = convSize(size, layer);
        if (next < 1) return words.noFit(at + 1, reach, size + 2 * padding);
        this.levels.push({
          size: next, layer, jump: jump * stride, field: field + (reach - 1) * jump, start: start + ((reach - 1) / 2 - padding) * jump,
          formula: `${field} + ${dilation === 1 ? "" : `${dilation}·`}${kernel - 1}·${jump} = ${field + (reach - 1) * jump}`,
        });
      }
      return undefined;
    }

    /** The rows, the deepest on top; each number stands over the middle of what it sees. */
    drawRows() {
      const cells = this.levels.map(({ size, jump, start }, at) => {
        const padding = this.levels[at + 1]?.layer.padding ?? 0;
        return Array.from({ length: size + 2 * padding }, (_, k) => ({ index: k - padding, x: start + (k - padding) * jump }));
      });
      const places = cells.flat().map(({ x }) => x);
      const left = Math.min(...places) - 0.5;
      const width = Math.max(...places) + 0.5 - left;
      this.share = (x) => (100 * (x - left)) / width;
      const cellWidth = 100 / width;
      this.rows = this.levels.map(({ size }, level) => {
        const row = make("div", { class: "widget-cells" });
        row.append(...cells[level].map(({ index, x }) => make("i", {
          "data-index": index, class: index < 0 || index >= size ? "pad" : undefined,
          style: `left: ${this.share(x) - cellWidth / 2}%; width: ${cellWidth}%`,
        })));
        if (level) this.makeSlider(row, level);
        return row;
      });
      this.fans = this.levels.map(() => draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": true }));
      const label = ({ layer }, level) => {
        const said = Object.keys(words.says).filter((name) => layer[name] > 1 || name === "kernel" || (name === "padding" && layer[name]));
        return level ? `${words.layer(level)}: ${said.map((name) => `${words.says[name]} ${layer[name]}`).join(", ")}` : words.image(this.pixels);
      };
      this.picture.replaceChildren(...this.levels.flatMap((found, level) => [
        this.rows[level],
        make("div", { class: "widget-label" }, ...(level < this.levels.length - 1 ? [this.fans[level + 1]] : []), make("span", {}, label(found, level))),
      ]).reverse());
    }

    /** A row is a slider: one stop of the Tab key, arrow keys and pointer choose a number in it. */
    makeSlider(row, level) {
      const { size, jump, start } = this.levels[level];
      const choose = (cell) => {
        this.chosen = { level, cell: Math.min(Math.max(cell, 0), size - 1) };
        this.show();
      };
      const current = () => (this.chosen.level === level ? this.chosen.cell : Math.floor((size - 1) / 2));
      const pointed = ({ clientX, buttons }) => {
        if (!buttons) return;
        const box = row.getBoundingClientRect();
        const share = (100 * (clientX - box.left)) / box.width;
        const distance = (cell) => Math.abs(this.share(start + cell * jump) - share);
        choose(Array.from({ length: size }, (_, cell) => cell).reduce((best, cell) => (distance(cell) < distance(best) ? cell : best)));
      };
      const keys = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -size, End: size };
      row.addEventListener("pointerdown", pointed);
      row.addEventListener("pointermove", pointed);
      row.addEventListener("focus", () => choose(current()));
      row.addEventListener("keydown", (event) => {
        if (!keys[event.key]) return;
        event.preventDefault();
        choose(current() + keys[event.key]);
      });
      for (const [name, value] of Object.entries({
        role: "slider", tabindex: 0, "aria-label": words.layer(level), "aria-valuemin": 1, "aria-valuemax": size,
      })) row.setAttribute(name, value);
    }

    /** Paths from the chosen number to each number below it, level by level: index → how many. */
    paths() {
      const { level, cell } = this.chosen;
      const found = [];
      found[level] = new Map([[cell, 1]]);
      for (let at = level; at > 0; at--) {
        const { kernel, stride, padding, dilation } = this.levels[at].layer;
        found[at - 1] = new Map();
        for (const [index, many] of found[at]) {
          if (index < 0 || index >= this.levels[at].size) continue; // padding is not computed from anything
          for (let a = 0; a < kernel; a++) {
            const below = index * stride - padding + a * dilation;
            found[at - 1].set(below, (found[at - 1].get(below) ?? 0) + many);
          }
        }
      }
      return found;
    }

    show() {
      const { level, cell } = this.chosen;
      const found = this.paths();
      for (const [at, row] of this.rows.entries()) {
        const counts = found[at] ?? new Map();
        const most = Math.max(...counts.values());
        for (const mark of row.children) {
          const many = counts.get(Number(mark.dataset.index)) ?? 0;
          mark.classList.toggle("on", many > 0);
          mark.style.setProperty("--share", `${many ? 25 + (75 * many) / most : 0}%`);
        }
        this.drawFan(at, found);
      }
      const { field, start, jump } = this.levels[level];
      const pixels = [...found[0].keys()].filter((index) => index >= 0 && index < this.pixels).sort((a, b) => a - b);
      const first = start + cell * jump - (field - 1) / 2;
      const outside = Math.max(0, -first) + Math.max(0, first + field - this.pixels);
      const gaps = pixels.length && pixels.at(-1) - pixels[0] + 1 > pixels.length;
      const text = words.sees(cell + 1, level, pixels.length, pixels[0] + 1, pixels.at(-1) + 1)
        + (outside ? words.outside(field, outside) : gaps ? words.gaps(field) : "");
      this.answer.textContent = text;
      this.rows.slice(1).forEach((row, k) => {
        const here = k + 1 === level;
        row.setAttribute("aria-valuenow", here ? cell + 1 : Math.floor((this.levels[k + 1].size - 1) / 2) + 1);
        if (here) row.setAttribute("aria-valuetext", text);
        else row.removeAttribute("aria-valuetext");
      });
    }

    /** Lines from the numbers that are seen in a layer to the ends of what they read below. */
    drawFan(at, found) {
      const fan = this.fans[at];
      fan.replaceChildren();
      if (!at || !found[at]) return;
      const { jump, start, size, layer: { kernel, stride, padding, dilation } } = this.levels[at];
      const below = this.levels[at - 1];
      const inside = [...found[at].keys()].filter((index) => index >= 0 && index < size);
      for (const index of inside) {
        for (const a of [0, kernel - 1]) {
          const end = below.start + (index * stride - padding + a * dilation) * below.jump;
          fan.append(draw("line", { x1: this.share(start + index * jump), y1: 0, x2: this.share(end), y2: 10 }));
        }
      }
    }

    fillTable() {
      const row = ({ size, field, jump, formula }, level) => make(
        "tr", {},
        make("th", { scope: "row" }, level ? words.layer(level) : words.imageRow),
        make("td", {}, written(size)), make("td", {}, formula ?? written(field)), make("td", {}, written(jump)),
      );
      this.body.replaceChildren(...this.levels.map(row));
    }
  });
})();
