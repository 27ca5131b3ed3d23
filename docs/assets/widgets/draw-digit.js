/* <draw-digit>: LeNet, as trained when the site was built, reads what the reader draws, and shows what it computes. */
(() => {
  "use strict";

  const { inLanguage, load, make, button, written } = widgets;

  const BOARD = 28; // strokes are kept in the units of a training image, whatever the size of the board
  const BOX = 20; // height or width, the larger, of a training digit
  const PEN = 2.7; // the width of its strokes
  const CENTRE = 14.5; // where its centre of mass lies, from the left and from the top: the middle of a pixel
  const ZOOM = 10; // pixels of the board's canvas for each unit
  const SHOWN = { 28: 3, 14: 4, 10: 5, 5: 8, 1: 14 }; // pixels for a cell of a map of this size
  const COLUMNS = { 120: 20, 84: 21, 16: 8 }; // maps beside each other, by how many there are

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
      mean: (n, value) => `the mean of ${n} numbers is ${value}`,
      largest: (n, value) => `the largest of ${n} numbers is ${value}`,
      sum: (n, products, bias, value) => `${n} products add up to ${products}, the bias is ${bias}, together ${value}`,
      act: (name, value) => `${name} makes it ${value}`,
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
      for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) values[k++] = cell(layer, X, c, i, j).value;
    }
    return { channels, height, width, values };
  }

  function sizes(layer, X) {
    if (layer.kind === "linear") return { channels: layer.shape[0], height: 1, width: 1 };
    const kernel = layer.kernel ?? layer.shape[2];
    const size = (n) => convolutions.convSize(n, { ...layer, kernel });
    return { channels: layer.shape ? layer.shape[0] : X.channels, height: size(X.height), width: size(X.width) };
  }

  /** One number of a layer, and how it came about: how many numbers it is made of, and their sum without the bias. */
  function cell(layer, X, c, i, j) {
    if (layer.kind === "linear") {
      const count = X.values.length;
      let sum = 0;
      for (let k = 0; k < count; k++) sum += X.values[k] * layer.weight[c * count + k];
      return { count, sum, value: sum + layer.bias[c] };
    }
    const kernel = layer.kernel ?? layer.shape[2];
    const inputs = layer.kind === "conv" ? [...Array(X.channels).keys()] : [c];
    let [sum, largest, w] = [0, -Infinity, c * inputs.length * kernel * kernel];
    for (const input of inputs) {
      for (let a = 0; a < kernel; a++) {
        const row = i * layer.stride - layer.padding + a;
        for (let b = 0; b < kernel; b++, w++) {
          const column = j * layer.stride - layer.padding + b;
          if (row < 0 || row >= X.height || column < 0 || column >= X.width) continue;
          const value = X.values[(input * X.height + row) * X.width + column];
          sum += layer.kind === "conv" ? value * layer.weight[w] : value;
          largest = Math.max(largest, value);
        }
      }
    }
    const count = inputs.length * kernel * kernel;
    if (layer.kind === "max") return { count, sum, value: largest };
    return { count, sum, value: layer.kind === "avg" ? sum / count : sum + layer.bias[c] };
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

  const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

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
      this.told = make("p", { class: "digit-told", "aria-live": "polite" }, words.hint);
      this.replaceChildren(
        make("div", { class: "digit-panes" }, make("div", {}, this.board, buttons, this.answer), scores),
        ...this.views.map((view) => make("div", { class: "digit-view" }, make("p", {}, view.title), view.canvas)),
        this.told,
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
      if (this.shown) drawCells(pen, this.shown, BOARD, 0, 0, ZOOM, 0, 1);
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
      const { channels, height, width } = this.outputs[output];
      const view = { output, layer, name, cell: [0, 0, 0], columns: COLUMNS[channels] ?? channels };
      view.zoom = SHOWN[width] ?? 4;
      view.gap = width > 1 ? 4 : 1;
      const step = width * view.zoom + view.gap;
      const many = width > 1 ? words.maps(title, channels, height, width) : words.numbers(title, channels);
      view.title = layer < 0 ? title : many;
      const point = (event) => {
        const box = view.canvas.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * view.canvas.width;
        const y = ((event.clientY - box.top) / box.height) * view.canvas.height;
        const c = Math.floor(y / step) * view.columns + Math.floor(x / step);
        const [i, j] = [Math.floor((y % step) / view.zoom), Math.floor((x % step) / view.zoom)];
        if (c >= 0 && c < channels && i >= 0 && i < height && j >= 0 && j < width) this.tell(view, c, i, j);
      };
      view.canvas = make("canvas", {
        width: view.columns * step - view.gap,
        height: Math.ceil(channels / view.columns) * step - view.gap,
        tabindex: 0, role: "application", "aria-label": view.title,
        onpointermove: point,
        onpointerdown: point,
        onfocus: () => this.tell(view, ...view.cell),
        onkeydown: (event) => {
          const arrow = ARROWS[event.key];
          if (!arrow) return;
          event.preventDefault();
          this.tell(view, ...moved(this.outputs[output], view, arrow));
        },
      });
      return view;
    }

    /** Say how a cell was computed, and frame it and what it was computed from. */
    tell(view, c, i, j) {
      this.pointed = [view, c, i, j];
      view.cell = [c, i, j];
      const layer = this.layers[view.layer];
      const value = (output) => written(at(this.outputs[output], c, i, j));
      const place = words.place(i, j);
      if (!layer) this.told.textContent = words.pixel(place, value(0));
      else {
        const { count, sum, value: computed } = cell(layer, this.outputs[view.layer], c, i, j);
        const parts = [];
        if (layer.weight) parts.push(words.sum(count, written(sum), written(layer.bias[c]), written(computed)));
        else parts.push(words[layer.kind === "max" ? "largest" : "mean"](count, written(computed)));
        if (view.output === view.layer + 2) {
          parts.push(words.act(words.acts[this.layers[view.layer + 1].kind], value(view.output)));
        }
        const name = view.name[0].toUpperCase() + view.name.slice(1);
        const who = this.outputs[view.output].width > 1 ? words.map(name, c, place) : words.unit(name, c);
        this.told.textContent = `${who}: ${parts.join("; ")}.`;
      }
      this.mark(view, c, i, j);
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

    drawView({ canvas, output, columns, zoom, gap, marked }) {
      const pen = canvas.getContext("2d");
      const { channels, height, width, values } = this.outputs[output];
      const low = output ? Math.min(...values) : 0;
      const high = output ? Math.max(...values) : 1;
      pen.clearRect(0, 0, canvas.width, canvas.height);
      const step = width * zoom + gap;
      for (let c = 0; c < channels; c++) {
        const [x, y] = [(c % columns) * step, Math.floor(c / columns) * step];
        const size = height * width;
        drawCells(pen, values.subarray(c * size, (c + 1) * size), width, x, y, zoom, low, high);
        if (marked && (!marked.channels || marked.channels.includes(c))) {
          const [top, bottom] = marked.rows;
          const [left, right] = marked.columns;
          frame(pen, x + left * zoom, y + top * zoom, (right - left + 1) * zoom, (bottom - top + 1) * zoom);
        }
      }
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

  /** The cell to which an arrow key leads: within a map, and over its edge into the next map. */
  function moved({ channels, height, width }, { columns, cell: [c, i, j] }, [down, right]) {
    let x = (c % columns) * width + j + right;
    let y = Math.floor(c / columns) * height + i + down;
    x = Math.min(Math.max(x, 0), Math.min(columns, channels) * width - 1);
    y = Math.min(Math.max(y, 0), Math.ceil(channels / columns) * height - 1);
    const map = Math.floor(y / height) * columns + Math.floor(x / width);
    return map < channels ? [map, y % height, x % width] : [c, i, j];
  }

  /** Squares from black, for `low`, to white, for `high`. */
  function drawCells(pen, values, width, x, y, zoom, low, high) {
    values.forEach((value, k) => {
      const grey = Math.round((255 * (value - low)) / (high - low || 1));
      pen.fillStyle = `rgb(${grey},${grey},${grey})`;
      pen.fillRect(x + (k % width) * zoom, y + Math.floor(k / width) * zoom, zoom, zoom);
    });
  }

  /** A frame that can be seen on black, on white and on grey. */
  function frame(pen, x, y, width, height) {
    for (const [colour, line] of [["#000", 4], ["#fbbf24", 2]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: line, lineJoin: "miter" });
      pen.strokeRect(x + 1, y + 1, Math.max(width - 2, 1), Math.max(height - 2, 1));
    }
  }
})();
