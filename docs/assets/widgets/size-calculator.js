/* <size-calculator net="lenet">: a chain of layers, the size behind each one worked out, and what it all costs. */
(() => {
  "use strict";

  const { span, convSize, transposedSize, poolSize, neverRead } = convolutions;
  const { inLanguage, make, number, choice, tick, button, code, written } = widgets;

  const KEY = "#sizes="; // what the address of a shared net begins with
  const BYTES = 4; // of a number in float32

  // A net is text, in the address and here: the input, then a layer each. conv6k5p2-sigmoid is a convolution to 6
  // channels with kernel 5 and padding 2, and a sigmoid after it. What is not said has PyTorch's default.
  const PRESETS = {
    layer: "3x32x32/conv16k3p1",
    back: "1x28x28/conv8k3s2p1-relu/up1k3s2p1o1",
    lenet: "1x28x28/conv6k5p2-sigmoid/avgk2/conv16k5-sigmoid/avgk2/flatten/linear120-sigmoid/linear84-sigmoid/linear10",
    alexnet:
      "1x224x224/conv96k11s4p2-relu/maxk3s2/conv256k5p2-relu/maxk3s2/conv384k3p1-relu/conv384k3p1-relu/" +
      "conv256k3p1-relu/maxk3s2/flatten/linear4096-drop/linear4096-drop/linear10",
    vgg: "1x224x224/" + vgg([1, 64], [1, 128], [2, 256], [2, 512], [2, 512]) +
      "flatten/linear4096-drop/linear4096-drop/linear10",
    nin: `1x224x224/${nin(96, "k11s4")}maxk3s2/${nin(256, "k5p2")}maxk3s2/${nin(384, "k3p1")}maxk3s2/` +
      `${nin(10, "k3p1")}global/flatten`,
    googlenet:
      "1x96x96/conv64k7s2p3-relu/maxk3s2p1/conv64k1-relu/conv192k3p1-relu/maxk3s2p1/" +
      "inception64,96,128,16,32,32/inception128,128,192,32,96,64/maxk3s2p1/" +
      "inception192,96,208,16,48,64/inception160,112,224,24,64,64/inception128,128,256,24,64,64/" +
      "inception112,144,288,32,64,64/inception256,160,320,32,128,128/maxk3s2p1/" +
      "inception256,160,320,32,128,128/inception384,192,384,48,128,128/global/flatten/linear10",
    resnet:
      "1x96x96/conv64k7s2p3-norm/maxk3s2p1/residual64/residual64/residual128s2/residual128/" +
      "residual256s2/residual256/residual512s2/residual512/global/flatten/linear10",
    mobilenet:
      "1x64x64/conv32k3s2p1-norm/" + separable(32, 64) + separable(64, 128, "s2") + separable(128, 128) +
      separable(128, 256, "s2") + separable(256, 256) + separable(256, 512, "s2") + separable(512, 512).repeat(5) +
      separable(512, 1024, "s2") + separable(1024, 1024) + "global/flatten/linear10",
    keras: "1x28x28/conv8k2-relu/maxk4/flatten/linear10",
  };

  function vgg(...blocks) {
    return blocks.map(([many, channels]) => `conv${channels}k3p1-relu/`.repeat(many) + "maxk2/").join("");
  }

  function nin(channels, options) {
    return `conv${channels}${options}-relu/` + `conv${channels}k1-relu/`.repeat(2);
  }

  function separable(before, after, stride = "") {
    return `conv${before}k3${stride}p1g${before}-norm/conv${after}k1-norm/`;
  }

  const words = inLanguage({
    en: {
      net: "Net",
      nets: {
        own: "your own", layer: "one convolution", back: "smaller and larger again", lenet: "LeNet", alexnet: "AlexNet",
        vgg: "VGG-11", nin: "NiN", googlenet: "GoogLeNet", resnet: "ResNet-18", mobilenet: "MobileNet",
        keras: "Keras digit net",
      },
      input: ["Input channels", "Height", "Width"],
      headings: ["Layer", "Output", "Parameters", "Multiply–accumulates", "Memory"],
      caption: "Sizes and costs, layer by layer. Press a layer to change it.",
      kinds: {
        conv: "convolution", up: "transposed convolution", max: "max pooling", avg: "average pooling",
        global: "global average pooling", flatten: "flatten", linear: "linear", residual: "residual block",
        inception: "Inception block",
      },
      kind: "Layer",
      fields: {
        out: "Outputs", k: "Kernel", s: "Stride", p: "Padding", d: "Dilation", g: "Groups", o: "Output padding",
        ceil: "Round up (ceil_mode)", same: "Same padding", then: "Then",
      },
      branches: ["1×1", "1×1, then", "3×3", "1×1, then", "5×5", "pool, 1×1"],
      then: {
        "": "nothing", relu: "ReLU", sigmoid: "sigmoid", norm: "batch norm, ReLU", drop: "ReLU, dropout",
      },
      add: "Add a layer below", up: "Move up", remove: "Remove",
      together: "Together",
      mean: (h, w) => `mean of ${h} × ${w}`,
      kept: (n) => `stays ${n}`,
      late: "one less: the last window would start behind the image",
      lost: (rows, columns, padding) =>
        `never read at the end: rows ${rows}, columns ${columns}${padding ? " (only padding)" : ""}`,
      needsImage: "This layer needs an image. After flatten there is none.",
      needsFlat: "Put flatten before it. Otherwise PyTorch takes each row of the image by itself.",
      noFit: (reach, n) => `The kernel spans ${reach} pixels, but the image with its padding has only ${n}.`,
      empty: "Nothing is left: padding cuts away more than there is.",
      halfPadding: (k) => `The padding may be at most half the window: ${Math.floor(k / 2)}.`,
      groups: (g, c, out) => `${g} groups must divide both the ${c} channels before and the ${out} after.`,
      sameStride: "Same padding keeps the size, a stride makes it smaller: PyTorch refuses both together.",
      outputPadding: "The output padding must be smaller than the stride or the dilation.",
      unknown: "The address names a net that this page cannot read.",
      sequential: "The same as nn.Sequential",
      share: "Once you change something, the address of this page holds your net: copy it to share it.",
      memory: "Memory: parameters and outputs in float32, 4 bytes a number.",
    },
  });

  const DEFAULTS = { out: 1, k: 3, s: 1, p: 0, d: 1, g: 1, o: 0, ceil: false, then: "" };
  const LOWEST = { ...DEFAULTS, k: 1 };
  const HIGHEST = { out: 8192, k: 64, s: 64, p: 64, d: 64, g: 8192, o: 64 };
  const ARGUMENTS = { s: "stride", p: "padding", d: "dilation", g: "groups", o: "output_padding", ceil: "ceil_mode" };

  /* Each kind: which fields it has, what comes out, and its line of PyTorch. */
  const KINDS = {
    conv: {
      fields: ["out", "k", "s", "p", "same", "d", "g", "then"],
      apply(layer, { c, h, w }) {
        const { out, k, s, p, g } = layer;
        if (c % g || out % g) throw words.groups(g, c, out);
        if (p === "same" && s > 1) throw words.sameStride;
        const [oh, ow] = slide(layer, h, w, (n) => convSize(n, names(layer)));
        const weights = out * (c / g) * k * k;
        return {
          shape: { c: out, h: oh, w: ow }, parameters: weights + out, macs: weights * oh * ow,
          computed: p === "same" ? words.kept(sides(h, w)) : axes(h, w, (n) => floor(layer, n)),
          note: lost(layer, h, w),
        };
      },
      python: (layer, { c }) => `nn.Conv2d(${c}, ${layer.out}, kernel_size=${layer.k}${options(layer)})`,
    },
    up: {
      fields: ["out", "k", "s", "p", "d", "o", "then"],
      apply(layer, { c, h, w }) {
        const { out, k, s, p, d, o } = layer;
        if (o >= Math.max(s, d)) throw words.outputPadding;
        const size = (n) => transposedSize(n, names(layer));
        if (Math.min(size(h), size(w)) < 1) throw words.empty;
        const weights = c * out * k * k;
        return {
          shape: { c: out, h: size(h), w: size(w) }, parameters: weights + out, macs: weights * h * w,
          computed: axes(h, w, (n) => `(${n} − 1)·${s} − 2·${p} + ${d}·(${k} − 1) + ${o} + 1 = ${size(n)}`),
        };
      },
      python: (layer, { c }) => `nn.ConvTranspose2d(${c}, ${layer.out}, kernel_size=${layer.k}${options(layer)})`,
    },
    max: { fields: ["k", "s", "p", "d", "ceil"], apply: pool, python: (layer) => `nn.MaxPool2d(${layer.k}${options(layer)})` },
    avg: { fields: ["k", "s", "p", "ceil"], apply: pool, python: (layer) => `nn.AvgPool2d(${layer.k}${options(layer)})` },
    global: {
      fields: [],
      apply: (_, { c, h, w }) => ({ shape: { c, h: 1, w: 1 }, computed: words.mean(h, w) }),
      python: () => "nn.AdaptiveAvgPool2d(1)",
    },
    flatten: {
      fields: [], flat: true,
      apply: (_, { c, h, w, n }) => (n ? { shape: { n } } : { shape: { n: c * h * w }, computed: `${c}·${h}·${w} = ${c * h * w}` }),
      python: () => "nn.Flatten()",
    },
    linear: {
      fields: ["out", "then"], flat: true,
      apply: ({ out }, { n }) => ({ shape: { n: out }, parameters: n * out + out, macs: n * out }),
      python: (layer, { n }) => `nn.Linear(${n}, ${layer.out})`,
    },
    residual: {
      fields: ["out", "s"],
      apply({ out, s }, { c, h, w }) {
        const block = { k: 3, p: 1, s, d: 1 };
        const [oh, ow] = slide(block, h, w, (n) => convSize(n, names(block)));
        const shortcut = changes({ out, s }, c) ? [c * out] : [];
        const convs = [9 * c * out, 9 * out * out, ...shortcut];
        return {
          shape: { c: out, h: oh, w: ow },
          parameters: total(convs) + convs.length * out + 2 * 2 * out, // weights, biases, two batch norms
          macs: total(convs) * oh * ow,
          computed: axes(h, w, (n) => floor(block, n)),
        };
      },
      python: (layer, { c }) =>
        `Residual(${c}, ${layer.out}${changes(layer, c) ? ", use_1x1conv=True" : ""}${options(layer)})`,
    },
    inception: {
      fields: ["branches"],
      apply({ branches: [c1, a2, b2, a3, b3, c4] }, { c, h, w }) {
        const weights = c * (c1 + a2 + a3 + c4) + 9 * a2 * b2 + 25 * a3 * b3;
        const out = c1 + b2 + b3 + c4;
        return {
          shape: { c: out, h, w }, parameters: weights + out + a2 + a3, macs: weights * h * w,
          computed: `${c1} + ${b2} + ${b3} + ${c4} = ${out}`,
        };
      },
      python: ({ branches: [c1, a2, b2, a3, b3, c4] }, { c }) => `Inception(${c}, ${c1}, (${a2}, ${b2}), (${a3}, ${b3}), ${c4})`,
    },
  };

  const THEN = {
    relu: ["nn.ReLU()"], sigmoid: ["nn.Sigmoid()"], norm: ["nn.BatchNorm2d(C)", "nn.ReLU()"],
    drop: ["nn.ReLU()", "nn.Dropout(0.5)"],
  };

  const LAYER = new RegExp(`^(${Object.keys(KINDS).join("|")})([\\d,]*)((?:[kspdgo]\\d+|psame|c)*)(?:-([a-z]+))?$`);

  function pool(layer, { c, h, w }) {
    const { k, p, s = k, d, ceil } = layer;
    if (p > k / 2) throw words.halfPadding(k);
    const size = (n) => poolSize(n, names(layer));
    const [oh, ow] = slide(layer, h, w, size);
    const formula = (n) => {
      const all = Math.ceil((n + 2 * p - span(k, d)) / s) + 1;
      return ceil && all > size(n) ? `${floor(layer, n, all)}; ${words.late}: ${size(n)}` : floor(layer, n, size(n));
    };
    return { shape: { c, h: oh, w: ow }, computed: axes(h, w, formula), note: ceil ? "" : lost(layer, h, w) };
  }

  /** Both output lengths of a sliding window; says why where there is none. */
  function slide({ k, p, d }, h, w, size) {
    const small = Math.min(h, w);
    if (size(small) < 1) throw words.noFit(span(k, d), small + 2 * p);
    return [size(h), size(w)];
  }

  function names({ k, s = k, p, d, o, ceil }) {
    return { kernel: k, stride: s, padding: p, dilation: d, outputPadding: o, ceil };
  }

  function axes(h, w, formula) {
    return h === w ? formula(h) : `${formula(h)}; ${formula(w)}`;
  }

  function sides(h, w) {
    return h === w ? h : `${h} × ${w}`;
  }

  /** ⌊(28 + 2·2 − 5) / 1⌋ + 1 = 28, and what is rounded where something is. */
  function floor({ k, p, s = k, d, ceil }, n, result = convSize(n, { kernel: k, padding: p, stride: s, dilation: d })) {
    const [left, right] = ceil ? "⌈⌉" : "⌊⌋";
    const moves = (n + 2 * p - span(k, d)) / s;
    const reach = d === 1 ? `${k}` : `${d}·(${k} − 1) − 1`;
    const rounded = Number.isInteger(moves) ? "" : `${left}${written(moves)}${right} + 1 = `;
    return `${left}(${n} + 2·${p} − ${reach}) / ${s}${right} + 1 = ${rounded}${result}`;
  }

  function lost(layer, h, w) {
    const [rows, columns] = [h, w].map((n) => neverRead(n, names(layer)));
    return rows || columns ? words.lost(rows, columns, Math.max(rows, columns) <= layer.p) : "";
  }

  function changes({ out, s }, c) {
    return s > 1 || out !== c;
  }

  function total(values) {
    return values.reduce((sum, value) => sum + value, 0);
  }

  function options(layer) {
    return Object.keys(ARGUMENTS).filter((name) => chosen(layer, name)).map((name) => {
      const value = { true: "True", same: '"same"' }[layer[name]] ?? layer[name];
      return `, ${ARGUMENTS[name]}=${value}`;
    }).join("");
  }

  function chosen(layer, name) {
    const { fields } = KINDS[layer.kind];
    return fields.includes(name) && layer[name] !== (pools(layer) && name === "s" ? undefined : DEFAULTS[name]);
  }

  function pools({ kind }) {
    return kind === "max" || kind === "avg";
  }

  /** "1x28x28/conv6k5p2-sigmoid/…" as {input, layers}; throws where it cannot be read. */
  function parse(text) {
    const [input, ...layers] = text.split("/");
    const shape = /^(\d{1,4})x(\d{1,4})x(\d{1,4})$/.exec(input);
    if (!shape || shape.slice(1).some((side) => Number(side) < 1)) throw words.unknown;
    const [c, h, w] = shape.slice(1).map(Number);
    return { input: { c, h, w }, layers: layers.map(parseLayer) };
  }

  function parseLayer(text) {
    const [, kind, outs, letters, then = ""] = LAYER.exec(text) ?? [];
    if (!kind || (then && !THEN[then])) throw words.unknown;
    const layer = { ...blank(kind), then };
    if (kind === "inception") layer.branches = outs.split(",").map(Number);
    else if (outs) layer.out = Number(outs);
    for (const [, letter, value] of letters.matchAll(/([kspdgoc])(\d+|same)?/g)) {
      if (letter === "c") layer.ceil = true;
      else layer[letter] = value === "same" ? value : Number(value);
    }
    const within = (value, name) => value === undefined || value === "same" || (value >= LOWEST[name] && value <= HIGHEST[name]);
    const { branches = Array(6).fill(1) } = layer;
    const right = Object.keys(HIGHEST).every((name) => within(layer[name], name));
    if (!right || branches.length !== 6 || !branches.every((many) => within(many, "out"))) throw words.unknown;
    return layer;
  }

  /** A layer of this kind with nothing chosen; a pooling's stride follows its window. */
  function blank(kind) {
    const layer = { kind, ...DEFAULTS };
    if (pools(layer)) Object.assign(layer, { k: 2, s: undefined });
    if (kind === "inception") layer.branches = [8, 8, 16, 4, 8, 8];
    return layer;
  }

  function unparse({ input: { c, h, w }, layers }) {
    const line = (layer) => {
      const outs = layer.branches ?? (KINDS[layer.kind].fields.includes("out") ? layer.out : "");
      const letters = [..."kspdgo"].filter((name) => chosen(layer, name) || (name === "k" && KINDS[layer.kind].fields.includes("k")));
      const said = letters.map((name) => name + layer[name]).join("");
      return layer.kind + outs + said + (layer.ceil ? "c" : "") + (layer.then ? `-${layer.then}` : "");
    };
    return [`${c}x${h}x${w}`, ...layers.map(line)].join("/");
  }

  /** What each layer makes of what comes in; from the first that cannot be on, nothing but the reason. */
  function walk({ input, layers }) {
    let shape = input;
    let broken = false;
    return layers.map((layer) => {
      if (broken) return {};
      try {
        const flat = shape.n !== undefined;
        if (flat && !KINDS[layer.kind].flat) throw words.needsImage;
        if (!flat && layer.kind === "linear") throw words.needsFlat;
        const row = { parameters: 0, macs: 0, ...KINDS[layer.kind].apply(layer, shape) };
        const lines = [KINDS[layer.kind].python(layer, shape), ...(THEN[layer.then] ?? [])];
        row.python = lines.map((line) => line.replace("(C)", `(${row.shape.c})`));
        if (layer.then === "norm") row.parameters += 2 * row.shape.c;
        row.bytes = BYTES * (row.parameters + count(row.shape));
        shape = row.shape;
        return row;
      } catch (reason) {
        if (typeof reason !== "string") throw reason;
        broken = true;
        return { fault: reason };
      }
    });
  }

  function count({ c, h, w, n }) {
    return n ?? c * h * w;
  }

  function shapeText({ c, h, w, n }) {
    return n === undefined ? `${c} × ${h} × ${w}` : String(n);
  }

  function bytesText(bytes) {
    const [unit, name] = bytes < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
    return `${written(bytes / unit)} ${name}`;
  }

  function describe(layer) {
    const { fields } = KINDS[layer.kind];
    const has = (name) => fields.includes(name);
    return [
      words.kinds[layer.kind] + (has("out") ? ` ${layer.out}` : ""),
      ...(layer.branches ? [layer.branches.join(" ")] : []),
      ...(has("k") ? [`${layer.k}×${layer.k}`] : []),
      ...Object.keys(ARGUMENTS).filter((name) => chosen(layer, name)).map((name) =>
        (layer[name] === "same" ? words.fields.same : layer[name] === true ? words.fields[name]
          : `${words.fields[name]} ${layer[name]}`).toLowerCase()),
    ].join(", ") + (layer.then ? ` → ${words.then[layer.then]}` : "");
  }

  customElements.define("size-calculator", class extends HTMLElement {
    connectedCallback() {
      this.read = () => this.readAddress();
      addEventListener("hashchange", this.read);
      this.preset = this.getAttribute("net") ?? "lenet";
      this.net = parse(PRESETS[this.preset]);
      this.build();
      this.readAddress();
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this.read);
    }

    build() {
      this.fields = make("div", { class: "widget-fields" });
      this.body = make("tbody");
      this.sum = make("tfoot");
      const head = make("tr", {}, ...words.headings.map((heading) => make("th", { scope: "col" }, heading)));
      const table = make(
        "table", { class: "widget-table", "aria-label": words.caption },
        make("thead", {}, head), this.body, this.sum,
      );
      this.complaint = make("p", { class: "widget-complaint", role: "status" });
      this.answer = make("p", { class: "widget-unseen", "aria-live": "polite" });
      this.code = code();
      this.replaceChildren(
        this.fields, this.complaint,
        make("p", { class: "widget-hint" }, words.caption),
        make("div", { class: "widget-scroll", tabindex: 0, role: "region", "aria-label": words.caption }, table),
        this.answer,
        make("p", { class: "widget-hint" }, `${words.memory} ${words.share}`),
        make("details", {}, make("summary", {}, words.sequential), this.code),
      );
      this.rebuild();
    }

    readAddress() {
      if (!location.hash.startsWith(KEY)) return;
      try {
        this.net = parse(decodeURIComponent(location.hash.slice(KEY.length)));
        this.preset = Object.keys(PRESETS).find((name) => PRESETS[name] === unparse(this.net)) ?? "own";
        this.complaint.textContent = "";
        this.rebuild();
      } catch {
        this.complaint.textContent = words.unknown;
      }
      this.scrollIntoView();
    }

    changed(anew = false) {
      this.preset = "own";
      this.fields.querySelector("select").value = "own";
      history.replaceState(history.state, "", KEY + unparse(this.net));
      if (anew) this.rebuild();
      else this.refresh();
    }

    rebuild() {
      const { input } = this.net;
      this.fields.replaceChildren(
        choice({
          label: words.net, options: Object.entries(words.nets), value: this.preset,
          change: (name) => {
            if (!PRESETS[name]) return;
            this.net = parse(PRESETS[name]);
            history.replaceState(history.state, "", KEY + PRESETS[name]);
            this.preset = name;
            this.rebuild();
            this.fields.querySelector("select").focus();
          },
        }),
        ...["c", "h", "w"].map((side, k) =>
          number({
            label: words.input[k], value: input[side], min: 1, max: 4096,
            change: (value) => { input[side] = value; this.changed(); },
          })),
      );
      this.body.replaceChildren(...this.net.layers.map((layer, at) => this.row(at)));
      this.refresh();
    }

    row(at) {
      const name = make("button", { type: "button", class: "widget-layer", "aria-expanded": false, onclick: () => this.edit(at) });
      const computed = make("div", { class: "widget-computed" });
      return make("tr", {}, make("th", { scope: "row" }, name, computed), ...[1, 2, 3, 4].map(() => make("td")));
    }

    refresh() {
      const rows = walk(this.net);
      const show = (value) => (value === undefined ? "" : written(value));
      const lines = [...this.body.querySelectorAll("tr:not(.widget-editor)")];
      for (const [at, row] of rows.entries()) {
        const [head, output, parameters, macs, memory] = lines[at].children;
        const [name, computed] = head.children;
        name.textContent = describe(this.net.layers[at]);
        computed.textContent = row.fault ?? [row.computed, row.note].filter(Boolean).join(" · ");
        computed.classList.toggle("widget-complaint", Boolean(row.fault));
        output.textContent = row.shape ? shapeText(row.shape) : "";
        parameters.textContent = show(row.parameters);
        macs.textContent = show(row.macs);
        memory.textContent = row.bytes === undefined ? "" : bytesText(row.bytes);
      }
      const fault = rows.find((row) => row.fault)?.fault;
      const last = rows.at(-1)?.shape ?? this.net.input;
      const sums = fault
        ? ["", "", "", ""]
        : [
          shapeText(last), show(total(rows.map((row) => row.parameters))), show(total(rows.map((row) => row.macs))),
          bytesText(total(rows.map((row) => row.bytes))),
        ];
      this.sum.replaceChildren(
        make("tr", {}, make("th", { scope: "row" }, words.together), ...sums.map((text) => make("td", {}, text))),
      );
      this.answer.textContent = fault ?? `${words.headings[1]}: ${sums[0]}. ${words.headings[2]}: ${sums[1]}.`;
      this.code.show(fault ? `# ${fault}` : this.python(rows, last));
    }

    edit(at) {
      const buttons = [...this.body.querySelectorAll(".widget-layer")];
      const isOpen = buttons[at].getAttribute("aria-expanded") === "true";
      this.body.querySelector(".widget-editor")?.remove();
      buttons.forEach((other) => other.setAttribute("aria-expanded", false));
      if (isOpen) return;
      buttons[at].setAttribute("aria-expanded", true);
      buttons[at].closest("tr").after(make("tr", { class: "widget-editor" }, make("td", { colspan: 5 }, this.editor(at))));
    }

    editor(at) {
      const { layers } = this.net;
      const layer = layers[at];
      const { fields } = KINDS[layer.kind];
      const set = (name) => (value) => { layer[name] = value; this.changed(); };
      const field = {
        then: () => choice({
          label: words.fields.then, value: layer.then, change: set("then"),
          options: Object.entries(words.then).filter(([name]) => layer.kind !== "linear" || name !== "norm"),
        }),
        ceil: () => tick({ label: words.fields.ceil, value: layer.ceil, change: set("ceil") }),
        same: () => tick({
          label: words.fields.same, value: layer.p === "same",
          change: (same) => { layer.p = same ? "same" : 0; this.changed(true); this.reopen(at, "input[type=checkbox]"); },
        }),
        branches: () => make("div", { class: "widget-fields" }, ...words.branches.map((label, k) =>
          number({ label, value: layer.branches[k], min: 1, max: 8192, change: (many) => { layer.branches[k] = many; this.changed(); } }))),
      };
      const shown = fields.filter((name) => !(name === "p" && layer.p === "same"));
      const rearrange = (label, open, act) => button(label, () => {
        act();
        this.changed(true);
        this.reopen(Math.min(open, layers.length - 1), "select");
      });
      const next = KINDS[layer.kind].flat ? blank("linear") : { ...blank("conv"), out: 8 };
      const moves = [
        rearrange(words.add, at + 1, () => layers.splice(at + 1, 0, next)),
        ...(at > 0 ? [rearrange(words.up, at - 1, () => layers.splice(at - 1, 2, layer, layers[at - 1]))] : []),
        ...(layers.length > 1 ? [rearrange(words.remove, at, () => layers.splice(at, 1))] : []),
      ];
      return make(
        "div", {},
        make(
          "div", { class: "widget-fields" },
          choice({
            label: words.kind, options: Object.entries(words.kinds), value: layer.kind,
            change: (kind) => { layers[at] = blank(kind); this.changed(true); this.reopen(at, "select"); },
          }),
          ...shown.map((name) => field[name]?.() ?? number({
            label: words.fields[name], value: layer[name] ?? layer.k, min: LOWEST[name], max: HIGHEST[name], change: set(name),
          })),
        ),
        make("div", { class: "widget-fields" }, ...moves),
      );
    }

    /** After the rows were made again: the editor below a layer, and the keyboard where it was. */
    reopen(at, selector) {
      this.edit(at);
      this.body.querySelector(`.widget-editor ${selector}`)?.focus();
    }

    python(rows, last) {
      const { c, h, w } = this.net.input;
      const kinds = new Set(this.net.layers.map((layer) => layer.kind));
      return [
        "import torch",
        "from torch import nn",
        ...(kinds.has("inception") ? ["from solutions.ex34_inception import Inception"] : []),
        ...(kinds.has("residual") ? ["from solutions.ex35_resnet import Residual"] : []),
        "",
        "net = nn.Sequential(",
        ...rows.flatMap((row) => row.python.map((line) => `    ${line},`)),
        ")",
        `print(net(torch.zeros(2, ${c}, ${h}, ${w})).shape)  # (2, ${shapeText(last).replaceAll(" ×", ",")})`,
      ].join("\n");
    }
  });
})();
