/* <photo-bench>: a kernel on a photograph, ours or the reader's own, before and after. */
(() => {
  "use strict";

  const { conv2d, table } = convolutions;
  const { inLanguage, load, make, number, choice, written, valueOf } = widgets;

  const WIDEST = 336; // pixels of a side of the reader's own photograph, so that it takes no time
  const KERNELS = {
    edge: ["0 0 0", "0 1 −1", "0 0 0"],
    ...widgets.kernels,
    blur: Array(5).fill("1/25 1/25 1/25 1/25 1/25"), // of 3 × 3 pixels one would hardly see it
    emboss: ["−2 −1 0", "−1 1 1", "0 1 2"],
  };

  const words = inLanguage({
    en: {
      kernel: "Kernel",
      kernels: { edge: "left minus right", emboss: "emboss", ...widgets.words.kernels, own: widgets.words.own },
      size: "Kernel size",
      file: "Your own photograph (it stays in this page)",
      weight: (i, j) => `Kernel, row ${i + 1}, column ${j + 1}`,
      before: "Before",
      after: "After",
      noFit: "The photograph is smaller than the kernel.",
      noPhoto: "This file is no picture that the browser can read.",
      noData: "The photograph did not load. Choose one of your own.",
      result: (height, width, low, high) => `The result has ${height} × ${width} numbers, from ${low} to ${high}.`,
      signed: (sum) => `The weights add up to ${sum}, so 0 is shown as mid-grey, and what is negative is darker.`,
      plain: (sum) => `The weights add up to ${sum}, so 0 is shown black and 1 white. What lies outside is cut off.`,
    },
  });

  function typed(preset) {
    return KERNELS[preset]?.map((row) => row.split(" "));
  }

  customElements.define("photo-bench", class extends HTMLElement {
    async connectedCallback() {
      this.preset = this.getAttribute("kernel") ?? "vertical";
      this.K = typed(this.preset);
      this.complaint = make("p", { class: "widget-complaint", role: "status" });
      this.answer = make("p", { class: "widget-answer", "aria-live": "polite" });
      this.weights = make("div", { class: "photo-weights" });
      this.before = make("canvas", { role: "img", "aria-label": words.before });
      this.after = make("canvas", { role: "img", "aria-label": words.after });
      const pane = (caption, canvas) => make("div", {}, make("p", {}, caption), canvas);
      this.size = number({
        label: words.size, value: this.K.length, min: 1, max: 7,
        change: (n) => this.use("own", table(n, n, (i, j) => this.K[i]?.[j] ?? "0")),
      });
      this.choice = choice({
        label: words.kernel, options: Object.entries(words.kernels), value: this.preset,
        change: (name) => this.use(name, typed(name) ?? this.K),
      });
      const file = make("input", { type: "file", accept: "image/*", onchange: () => this.open(file.files[0]) });
      this.replaceChildren(
        make(
          "div", { class: "widget-fields" }, this.choice, this.size,
          make("label", { class: "widget-field" }, make("span", {}, words.file), file),
        ),
        this.weights, this.complaint,
        make("div", { class: "photo-panes" }, pane(words.before, this.before), pane(words.after, this.after)),
        this.answer,
      );
      this.use(this.preset, this.K);
      try {
        const photo = await load("photo", this);
        if (!this.X) await this.show(photo); // unless the reader was faster
      } catch {
        this.complaint.textContent = words.noData;
      }
    }

    /** Take the reader's own file. It is read by this page and goes nowhere else. */
    async open(file) {
      if (!file) return;
      const address = URL.createObjectURL(file);
      try {
        await this.show(address);
        this.complaint.textContent = "";
      } catch {
        this.complaint.textContent = words.noPhoto;
      }
      URL.revokeObjectURL(address);
    }

    async show(address) {
      const photo = make("img", { src: address });
      await photo.decode();
      const shrink = Math.min(1, WIDEST / Math.max(photo.naturalWidth, photo.naturalHeight));
      const width = Math.max(1, Math.round(photo.naturalWidth * shrink));
      const height = Math.max(1, Math.round(photo.naturalHeight * shrink));
      const pen = make("canvas", { width, height }).getContext("2d");
      pen.drawImage(photo, 0, 0, width, height);
      const { data } = pen.getImageData(0, 0, width, height);
      const part = (i, j, k) => data[4 * (i * width + j) + k] / 255;
      this.X = table(height, width, (i, j) => 0.299 * part(i, j, 0) + 0.587 * part(i, j, 1) + 0.114 * part(i, j, 2));
      paint(this.before, this.X, (value) => value);
      this.compute();
    }

    /** Use a kernel: `name` says which, `K` holds what is typed in its cells. */
    use(name, K) {
      this.K = K.map((row) => [...row]);
      this.choice.querySelector("select").value = name;
      this.size.querySelector("input").value = K.length;
      this.weights.style.setProperty("--columns", K.length);
      this.weights.replaceChildren(...this.K.flatMap((row, i) => row.map((entry, j) => this.weight(entry, i, j))));
      this.compute();
    }

    weight(entry, i, j) {
      const input = make("input", {
        type: "text", value: entry, "aria-label": words.weight(i, j), autocomplete: "off",
        oninput: () => {
          this.K[i][j] = input.value;
          input.setAttribute("aria-invalid", Number.isNaN(valueOf(input.value)));
          this.choice.querySelector("select").value = "own";
          this.compute();
        },
      });
      return input;
    }

    compute() {
      const K = this.K.map((row) => row.map(valueOf));
      const right = !K.flat().some(Number.isNaN);
      this.complaint.textContent = right ? "" : widgets.words.noNumber;
      if (!right || !this.X) return;
      this.Y = conv2d(this.X, K);
      if (!this.Y.length || !this.Y[0].length) {
        this.complaint.textContent = words.noFit;
        return;
      }
      const values = this.Y.flat();
      const low = values.reduce((a, b) => Math.min(a, b));
      const high = values.reduce((a, b) => Math.max(a, b));
      const sum = K.flat().reduce((a, b) => a + b);
      const signed = Math.abs(sum) < 1e-9;
      const largest = Math.max(-low, high) || 1;
      paint(this.after, this.Y, signed ? (value) => 0.5 + value / largest / 2 : (value) => value);
      const size = words.result(this.Y.length, this.Y[0].length, written(low), written(high));
      this.answer.textContent = `${size} ${(signed ? words.signed : words.plain)(written(sum))}`;
    }
  });

  /** Draw a table of numbers: `brightness` of each from 0 to 1, what lies outside is cut off. */
  function paint(canvas, X, brightness) {
    Object.assign(canvas, { width: X[0].length, height: X.length });
    const pen = canvas.getContext("2d");
    const picture = pen.createImageData(canvas.width, canvas.height);
    X.flat().forEach((value, k) => {
      picture.data.fill(Math.round(255 * brightness(value)), 4 * k, 4 * k + 3); // the array itself cuts off
      picture.data[4 * k + 3] = 255;
    });
    pen.putImageData(picture, 0, 0);
  }
})();
