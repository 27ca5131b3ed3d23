/* <draw-digit>: LeNet, as trained when the site was built, reads what the reader draws, and shows what it computes. */
(() => {
  "use strict";

  const { inLanguage, load, make, button, written, colour } = widgets;

  const BOARD = 28; // strokes are kept in the units of a training image, whatever the size of the board
  const BOX = 20; // height or width, the larger, of a training digit
  const PEN = 2.7; // the width of its strokes
  const CENTRE = 14.5; // where its centre of mass lies, from the left and from the top: the middle of a pixel
  const ZOOM = 10; // pixels of the board's canvas for each unit
  const SHOWN = { 28: 3, 14: 4, 10: 5, 5: 8, 1: 14 }; // pixels for a cell of a map of this size
  const COLUMNS = { 120: 20, 84: 21, 16: 8 }; // maps beside each other, by how many there are
  const TERMS = 84; // pixels for the width of a picture of what was multiplied

  const words = inLanguage({
    en: {
      board: "Drawing board. Arrow keys move the pen, the space bar inks its cell, Shift and an arrow key draw a line.",
      clear: "Clear",
      undo: "Undo",
      example: "A test digit",
      seen: "What the net sees",
      scores: "Scores",
      digit: "Digit",
      score: "Score",
      share: "Softmax",
      empty: "Draw a digit, or take one of the test digits.",
      answer: (digit, share) => `The net reads ${digit}, with ${share}.`,
      percent: (share) => `${written(Math.round(1000 * share) / 10)} %`,
      image: "image",
      names: { conv: "convolution", avg: "mean pooling", max: "max pooling", linear: "linear layer" },
      acts: { sigmoid: "sigmoid", tanh: "tanh", relu: "ReLU" },
      maps: (name, n, height, width) => `${name}: ${n} maps of ${height} × ${width}`,
      numbers: (name, n) => `${name}: ${n} numbers`,
      hint: "Point at a cell, or move over the cells with the arrow keys: below stands how it was computed, and the frames show what it was computed from.",
      pixel: (place, value) => `Image, ${place}: ${value}.`,
      place: (i, j) => `row ${i + 1}, column ${j + 1}`,
      map: (name, c, place) => `${name}, map ${c + 1}, ${place}`,
      unit: (name, c) => `${name}, number ${c + 1}`,
      mean: (numbers, value) => `the mean of ${numbers.join(", ")} is ${value}`,
      largest: (numbers, value) => `the largest of ${numbers.join(", ")} is ${value}`,
      sum: (n, products, bias, value) => `${n} products add up to ${products}, the bias is ${bias}, together ${value}`,
      act: (name, value) => `${name} makes it ${value}`,
      input: "Input",
      inputs: "What it was computed from",
      weights: "The weights",
      products: "The products, input times weight: move over them with the arrow keys",
      term: (place, input, weight, product) => `${place}: ${input} × ${weight} = ${product}.`,
      noNet: "The net did not load.",
    },
  });

  // The net: maps are {channels, height, width, values}, values row by row, channel by channel

  /** Layers as docs/_build/make/lenet.py packed them, with their weights as numbers. */
  function unpack(layers) {
    return layers.map((layer) => {
      if (!layer.weight) return layer;
      const scale = new Float32Array(bytes(layer.scale).buffer);
      const whole = new Int8Array(bytes(layer.weight).buffer);
      const each = whole.length / scale.length;
      const weight = Float32Array.from(whole, (value, k) => value * scale[Math.floor(k / each)]);
      return { ...layer, weight, bias: new Float32Array(bytes(layer.bias).buffer) };
    });
  }

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  }

  const ACTIVATIONS = {
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    tanh: Math.tanh,
    relu: (x) => Math.max(x, 0),
  };

  /** What a layer makes of maps. */
  function apply(layer, X) {
    if (layer.kind in ACTIVATIONS) return { ...X, values: X.values.map(ACTIVATIONS[layer.kind]) };
    if (layer.kind === "flatten") return { channels: X.values.length, height: 1, width: 1, values: X.values };
    const { channels, height, width } = sizes(layer, X);
    const values = new Float64Array(channels * height * width);
    let k = 0;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
        values[k++] = compute(layer, inputsOf(layer, X, c, i, j), c);
      }
    }
    return { channels, height, width, values };
  }

  function sizes(layer, X) {
    if (layer.kind === "linear") return { channels: layer.shape[0], height: 1, width: 1 };
    const kernel = layer.kernel ?? layer.shape[2];
    const size = (n) => convolutions.convSize(n, { ...layer, kernel });
    return { channels: layer.shape ? layer.shape[0] : X.channels, height: size(X.height), width: size(X.width) };
  }

  /** The numbers that cell (i, j) of channel c is computed from, in the order of its weights. */
  function inputsOf(layer, X, c, i, j) {
    if (layer.kind === "linear") return X.values;
    const kernel = layer.kernel ?? layer.shape[2];
    const [first, last] = layer.kind === "conv" ? [0, X.channels] : [c, c + 1];
    const padding = layer.kind === "max" ? -Infinity : 0; // what lies outside counts as
    const inputs = [];
    for (let channel = first; channel < last; channel++) {
      for (let a = 0; a < kernel; a++) {
        const row = i * layer.stride - layer.padding + a;
        for (let b = 0; b < kernel; b++) {
          const column = j * layer.stride - layer.padding + b;
          const inside = row >= 0 && row < X.height && column >= 0 && column < X.width;
          inputs.push(inside ? at(X, channel, row, column) : padding);
        }
      }
    }
    return inputs;
  }

  function weightsOf(layer, c) {
    const count = layer.weight.length / layer.shape[0];
    return layer.weight.subarray(c * count, (c + 1) * count);
  }

  /** One number of a layer, from the numbers that it reads. */
  function compute(layer, inputs, c) {
    if (layer.kind === "max") return Math.max(...inputs);
    let sum = 0;
    if (layer.kind === "avg") {
      for (const input of inputs) sum += input;
      return sum / inputs.length;
    }
    const weights = weightsOf(layer, c);
    for (let k = 0; k < inputs.length; k++) sum += inputs[k] * weights[k];
    return sum + layer.bias[c];
  }

  /** Everything that the layers compute, one after the other; the image comes first. */
  function forward(layers, image) {
    const outputs = [{ channels: 1, height: BOARD, width: BOARD, values: image }];
    for (const layer of layers) outputs.push(apply(layer, outputs.at(-1)));
    return outputs;
  }

  function softmax(scores) {
    const most = Math.max(...scores);
    const powers = Array.from(scores, (score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }

  // The image: strokes become pixels as the training digits did

  /** A drawing as a training image: scaled until it fits 20 × 20, its centre of mass where theirs is. */
  function normalised(strokes) {
    const points = strokes.flat();
    const range = (k) => {
      const along = points.map((point) => point[k]);
      return [Math.min(...along), Math.max(...along)];
    };
    const [[left, right], [top, bottom]] = [range(0), range(1)];
    const scale = Math.min((BOX - PEN) / Math.max(right - left, bottom - top, 1e-9), 4);
    const put = (dx, dy) =>
      strokes.map((stroke) =>
        stroke.map(([x, y]) => [
          (x - (left + right) / 2) * scale + CENTRE + dx,
          (y - (top + bottom) / 2) * scale + CENTRE + dy,
        ]),
      );
    const image = pixels(put(0, 0));
    let [mass, x, y] = [0, 0, 0];
    image.forEach((ink, k) => {
      mass += ink;
      x += ink * ((k % BOARD) + 0.5);
      y += ink * (Math.floor(k / BOARD) + 0.5);
    });
    return pixels(put(CENTRE - x / mass, CENTRE - y / mass));
  }

  /** Ink from 0 to 1 in each pixel, under strokes with a round pen. */
  function pixels(strokes) {
    return Float64Array.from({ length: BOARD * BOARD }, (_, k) => {
      const [x, y] = [(k % BOARD) + 0.5, Math.floor(k / BOARD) + 0.5];
      let near = Infinity;
      for (const stroke of strokes) {
        stroke.forEach((point, n) => { near = Math.min(near, distance(x, y, stroke[Math.max(n - 1, 0)], point)); });
      }
      return Math.min(Math.max(PEN / 2 + 0.5 - near, 0), 1);
    });
  }

  /** From (x, y) to the straight line between two points. */
  function distance(x, y, [x1, y1], [x2, y2]) {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0), 1);
    return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
  }

  // Pictures: maps beside each other

  const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  /** A canvas with maps beside each other. `tell` hears of the cell to which a pointer or the arrow keys lead. */
  class Picture {
    constructor(label, tell) {
      this.cell = [0, 0, 0];
      const point = (event) => {
        const cell = this.under(event);
        if (cell) tell(...cell);
      };
      this.canvas = make("canvas", {
        tabindex: 0, role: "application", "aria-label": label,
        onpointermove: point,
        onpointerdown: point,
        onfocus: () => tell(...this.cell),
        onkeydown: (event) => {
          const arrow = ARROWS[event.key];
          if (!arrow) return;
          event.preventDefault();
          tell(...moved(this, arrow));
        },
      });
    }

    /** Make room for maps of a shape: so many of them beside each other, so many pixels for a cell. */
    fit({ channels, height, width }, columns, zoom) {
      const gap = width > 1 ? 4 : 1;
      const step = width * zoom + gap;
      Object.assign(this, { channels, height, width, columns, zoom, step });
      Object.assign(this.canvas, { width: columns * step - gap, height: Math.ceil(channels / columns) * step - gap });
    }

    under(event) {
      const { canvas, channels, height, width, columns, zoom, step } = this;
      const box = canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * canvas.width;
      const y = ((event.clientY - box.top) / box.height) * canvas.height;
      const c = Math.floor(y / step) * columns + Math.floor(x / step);
      const [i, j] = [Math.floor((y % step) / zoom), Math.floor((x % step) / zoom)];
      return c >= 0 && c < channels && i >= 0 && i < height && j >= 0 && j < width ? [c, i, j] : undefined;
    }

    /** Draw maps; `ink` gives the colour of a number. Frame the rows and columns that are marked. */
    draw({ values }, ink, marked) {
      const { canvas, channels, height, width, columns, zoom, step } = this;
      const pen = canvas.getContext("2d");
      pen.clearRect(0, 0, canvas.width, canvas.height);
      const size = height * width;
      for (let c = 0; c < channels; c++) {
        const [x, y] = [(c % columns) * step, Math.floor(c / columns) * step];
        drawCells(pen, values.slice(c * size, (c + 1) * size), width, x, y, zoom, ink);
        if (marked && (!marked.channels || marked.channels.includes(c))) {
          const [top, bottom] = marked.rows;
          const [left, right] = marked.columns;
          frame(pen, x + left * zoom, y + top * zoom, (right - left + 1) * zoom, (bottom - top + 1) * zoom);
        }
      }
    }
  }

  /** The cell to which an arrow key leads: within a map, and over its edge into the next map. */
  function moved({ channels, height, width, columns, cell: [c, i, j] }, [down, right]) {
    let x = (c % columns) * width + j + right;
    let y = Math.floor(c / columns) * height + i + down;
    x = Math.min(Math.max(x, 0), Math.min(columns, channels) * width - 1);
    y = Math.min(Math.max(y, 0), Math.ceil(channels / columns) * height - 1);
    const map = Math.floor(y / height) * columns + Math.floor(x / width);
    return map < channels ? [map, y % height, x % width] : [c, i, j];
  }

  const grey = (low, high) => (value) => `rgb(${Array(3).fill(Math.round((255 * (value - low)) / (high - low || 1)))})`;
  const GREY = grey(0, 1);
  const greys = (values) => grey(Math.min(...values), Math.max(...values)); // black is the smallest, white the largest

  /** Mid-grey for zero, so that one sees what is negative. */
  function signed(values) {
    const largest = Math.max(...values.map(Math.abs));
    return (value) => `rgb(${colour(value, largest)})`;
  }

  function drawCells(pen, values, width, x, y, zoom, ink) {
    values.forEach((value, k) => {
      pen.fillStyle = ink(value);
      pen.fillRect(x + (k % width) * zoom, y + Math.floor(k / width) * zoom, zoom, zoom);
    });
  }

  /** A frame that can be seen on black, on white and on grey. */
  function frame(pen, x, y, width, height) {
    for (const [ink, line] of [["#000", 4], ["#fbbf24", 2]]) {
      Object.assign(pen, { strokeStyle: ink, lineWidth: line, lineJoin: "miter" });
      pen.strokeRect(x + 1, y + 1, Math.max(width - 2, 1), Math.max(height - 2, 1));
    }
  }

  customElements.define("draw-digit", class extends HTMLElement {
    async connectedCallback() {
      this.strokes = [];
      this.pen = [BOARD / 2, BOARD / 2]; // row and column, for the keys
      let net;
      try {
        net = await load("lenet", this);
      } catch {
        this.append(make("p", { class: "widget-complaint" }, words.noNet));
        return;
      }
      this.layers = unpack(net.layers);
      this.outputs = forward(this.layers, new Float64Array(BOARD * BOARD)); // so that the shapes are known
      this.examples = bytes(net.examples);
      this.next = 0;
      this.build();
      this.example();
    }

    build() {
      this.board = this.makeBoard();
      this.answer = make("p", { class: "widget-answer", "aria-live": "polite" });
      this.rows = make("tbody");
      const head = [words.digit, words.score, words.share].map((text) => make("th", { scope: "col" }, text));
      const scores = make(
        "table", { class: "digit-scores" },
        make("caption", {}, words.scores), make("thead", {}, make("tr", {}, ...head)), this.rows,
      );
      const buttons = make(
        "div", { class: "widget-fields" },
        button(words.clear, () => { this.strokes = []; this.read(); }),
        button(words.undo, () => { this.strokes.pop(); this.read(); }),
        button(words.example, () => this.example()),
      );
      this.views = this.makeViews();
      this.told = make("p", { "aria-live": "polite" }, words.hint);
      this.terms = this.makeTerms();
      this.replaceChildren(
        make("div", { class: "digit-panes" }, make("div", {}, this.board, buttons, this.answer), scores),
        ...this.views.map((view) => make("div", { class: "digit-view" }, make("p", {}, view.title), view.picture.canvas)),
        make("div", { class: "digit-told" }, this.told, this.terms.element),
      );
    }

    makeBoard() {
      const at = (event) => {
        const box = board.getBoundingClientRect();
        return [((event.clientX - box.left) / box.width) * BOARD, ((event.clientY - box.top) / box.height) * BOARD];
      };
      const board = make("canvas", {
        width: BOARD * ZOOM, height: BOARD * ZOOM, tabindex: 0, role: "application", "aria-label": words.board,
        class: "digit-board",
        onpointerdown: (event) => {
          board.setPointerCapture(event.pointerId);
          this.strokes.push([at(event)]);
          this.read();
        },
        onpointermove: (event) => {
          if (!board.hasPointerCapture(event.pointerId)) return;
          this.strokes.at(-1)?.push(at(event));
          this.read();
        },
        onkeydown: (event) => {
          const step = ARROWS[event.key];
          if (!step && event.key !== " ") return;
          event.preventDefault();
          if (step && event.shiftKey) this.ink();
          if (step) this.pen = this.pen.map((n, k) => Math.min(Math.max(n + step[k], 0), BOARD - 1));
          if (!step || event.shiftKey) this.ink();
          this.drawBoard();
        },
        onfocus: () => this.drawBoard(),
        onblur: () => this.drawBoard(),
      });
      return board;
    }

    /** Ink the cell of the pen; a cell beside the last one goes on with its stroke. */
    ink() {
      const point = [this.pen[1] + 0.5, this.pen[0] + 0.5];
      const last = this.strokes.at(-1)?.at(-1);
      const far = last ? Math.max(Math.abs(last[0] - point[0]), Math.abs(last[1] - point[1])) : Infinity;
      if (far === 0) return;
      if (far <= 1) this.strokes.at(-1).push(point);
      else this.strokes.push([point]);
      this.read();
    }

    example() {
      this.strokes = [];
      const size = BOARD * BOARD;
      const start = this.next * size;
      this.next = (this.next + 1) % (this.examples.length / size);
      this.read(Float64Array.from(this.examples.subarray(start, start + size), (value) => value / 255));
    }

    /** Run the net on the drawing, or on an image that is given. */
    read(image) {
      this.shown = image;
      this.drawBoard();
      const empty = !image && !this.strokes.length;
      const seen = image ?? (empty ? new Float64Array(BOARD * BOARD) : normalised(this.strokes));
      this.outputs = forward(this.layers, seen);
      const scores = this.outputs.at(-1).values;
      const shares = softmax(scores);
      const best = scores.indexOf(Math.max(...scores));
      this.answer.textContent = empty ? words.empty : words.answer(best, words.percent(shares[best]));
      this.rows.replaceChildren(...Array.from(scores, (score, digit) =>
        make(
          "tr", { class: digit === best && !empty && "best" },
          make("th", { scope: "row" }, String(digit)),
          make("td", {}, written(score)),
          make("td", {}, make("span", { class: "widget-bar", style: `width: ${100 * shares[digit]}%` }),
            make("span", { class: "digit-share" }, words.percent(shares[digit]))),
        ),
      ));
      if (this.pointed) this.tell(...this.pointed);
      else for (const view of this.views) this.drawView(view);
    }

    drawBoard() {
      const pen = this.board.getContext("2d");
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, BOARD * ZOOM, BOARD * ZOOM);
      if (this.shown) drawCells(pen, this.shown, BOARD, 0, 0, ZOOM, GREY);
      Object.assign(pen, { strokeStyle: "#fff", lineWidth: 2 * ZOOM, lineCap: "round", lineJoin: "round" });
      for (const stroke of this.strokes) {
        pen.beginPath();
        pen.moveTo(stroke[0][0] * ZOOM, stroke[0][1] * ZOOM);
        for (const [x, y] of stroke) pen.lineTo(x * ZOOM, y * ZOOM);
        pen.stroke();
      }
      if (document.activeElement === this.board) frame(pen, this.pen[1] * ZOOM, this.pen[0] * ZOOM, ZOOM, ZOOM);
    }

    // What the layers computed

    /** A view for the image and for each layer that is worth one; an activation is shown with the layer before it. */
    makeViews() {
      const counts = {};
      const views = [this.makeView(0, -1, words.seen, words.image)];
      this.layers.forEach((layer, k) => {
        if (layer.kind in ACTIVATIONS || layer.kind === "flatten") return;
        const next = this.layers[k + 1]?.kind;
        const last = next in ACTIVATIONS ? k + 2 : k + 1; // the output to show
        counts[layer.kind] = (counts[layer.kind] ?? 0) + 1;
        const name = `${words.names[layer.kind]} ${counts[layer.kind]}`;
        views.push(this.makeView(last, k, last === k + 2 ? `${name}, ${words.acts[next]}` : name, name));
      });
      return views;
    }

    makeView(output, layer, title, name) {
      const shape = this.outputs[output];
      const { channels, height, width } = shape;
      const many = width > 1 ? words.maps(title, channels, height, width) : words.numbers(title, channels);
      const view = { output, layer, name, title: layer < 0 ? title : many };
      view.picture = new Picture(view.title, (...cell) => this.tell(view, ...cell));
      view.picture.fit(shape, COLUMNS[channels] ?? channels, SHOWN[width] ?? 4);
      return view;
    }

    /** Say how a cell was computed, and frame it and what it was computed from. */
    tell(view, c, i, j) {
      this.pointed = [view, c, i, j];
      view.picture.cell = [c, i, j];
      const layer = this.layers[view.layer];
      const value = (output) => written(at(this.outputs[output], c, i, j));
      const place = words.place(i, j);
      if (!layer) this.told.textContent = words.pixel(place, value(0));
      else {
        const inputs = inputsOf(layer, this.outputs[view.layer], c, i, j);
        const computed = compute(layer, inputs, c);
        const parts = [];
        if (layer.weight) {
          const bias = layer.bias[c];
          parts.push(words.sum(inputs.length, written(computed - bias), written(bias), written(computed)));
        } else {
          parts.push(words[layer.kind === "max" ? "largest" : "mean"](Array.from(inputs, written), written(computed)));
        }
        if (view.output === view.layer + 2) {
          parts.push(words.act(words.acts[this.layers[view.layer + 1].kind], value(view.output)));
        }
        const name = view.name[0].toUpperCase() + view.name.slice(1);
        const who = this.outputs[view.output].width > 1 ? words.map(name, c, place) : words.unit(name, c);
        this.told.textContent = `${who}: ${parts.join("; ")}.`;
        if (layer.weight) this.showTerms(view, inputs, weightsOf(layer, c));
      }
      this.terms.element.hidden = !layer?.weight;
      this.mark(view, c, i, j);
    }

    /** Three pictures, inputs × weights = products, and a sentence on the product that is framed. */
    makeTerms() {
      const [inputs, weights, products] = ["inputs", "weights", "products"].map(
        (name) => new Picture(words[name], (...cell) => this.tellTerm(...cell)),
      );
      for (const one of [inputs, weights]) one.canvas.tabIndex = -1; // the keys move over the products
      const told = make("p", { "aria-live": "polite" });
      const element = make(
        "div", { class: "digit-terms", hidden: true },
        make("div", { class: "digit-products" }, inputs.canvas, "×", weights.canvas, "=", products.canvas), told,
      );
      return { element, told, pictures: [inputs, weights, products] };
    }

    /** Show what is multiplied, as maps of the shape in which the layer reads it; the largest product is framed. */
    showTerms(view, inputs, weights) {
      const flat = this.layers[view.layer - 1]?.kind === "flatten";
      const below = this.outputs[flat ? view.layer - 1 : view.layer];
      const layer = this.layers[view.layer];
      const size = layer.kind === "conv" ? layer.shape[2] : below.width;
      const shape = { channels: inputs.length / size ** 2, height: size, width: size };
      const columns = Math.ceil(Math.sqrt(shape.channels));
      const products = Float64Array.from(weights, (weight, k) => weight * inputs[k]);
      this.terms.maps = [inputs, weights, products].map((values) => ({ ...shape, values }));
      for (const one of this.terms.pictures) one.fit(shape, columns, Math.floor(TERMS / columns / size));
      const sizes = products.map(Math.abs);
      const most = sizes.indexOf(Math.max(...sizes));
      this.tellTerm(Math.floor(most / size ** 2), Math.floor(most / size) % size, most % size);
    }

    tellTerm(c, i, j) {
      const { maps, pictures, told } = this.terms;
      const place = maps[0].width > 1 ? words.map(words.input, c, words.place(i, j)) : words.unit(words.input, c);
      told.textContent = words.term(place, ...maps.map((map) => written(at(map, c, i, j))));
      const marked = { channels: [c], rows: [i, i], columns: [j, j] };
      pictures.forEach((one, k) => {
        one.cell = [c, i, j];
        one.draw(maps[k], k ? signed(maps[k].values) : greys(maps[k].values), marked);
      });
    }

    /** Frame a cell in its view, and its window in the views below. */
    mark(view, c, i, j) {
      for (const one of this.views) delete one.marked;
      view.marked = { channels: [c], rows: [i, i], columns: [j, j] };
      let window = view.marked;
      for (let k = view.output - 1; k >= 0; k--) {
        window = below(this.layers[k], window, this.outputs[k]);
        const lower = this.views.find((one) => one.output === k);
        if (lower) lower.marked = window;
      }
      for (const one of this.views) this.drawView(one);
    }

    drawView({ picture, output, marked }) {
      const maps = this.outputs[output];
      picture.draw(maps, output ? greys(maps.values) : GREY, marked);
    }
  });

  /** The window of a layer's input that a window of its output was computed from. */
  function below(layer, { channels, rows, columns }, shape) {
    if (layer.kind in ACTIVATIONS) return { channels, rows, columns };
    if (layer.kind === "linear" || layer.kind === "flatten") {
      return { rows: [0, shape.height - 1], columns: [0, shape.width - 1] }; // of all channels
    }
    const kernel = layer.kernel ?? layer.shape[2];
    const reach = ([first, last], n) => [
      Math.max(first * layer.stride - layer.padding, 0),
      Math.min(last * layer.stride - layer.padding + kernel - 1, n - 1),
    ];
    return {
      channels: layer.kind === "conv" ? undefined : channels,
      rows: reach(rows, shape.height),
      columns: reach(columns, shape.width),
    };
  }

  function at({ height, width, values }, c, i, j) {
    return values[(c * height + i) * width + j];
  }
})();
