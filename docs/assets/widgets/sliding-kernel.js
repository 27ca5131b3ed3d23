/* <sliding-kernel image="counting" kernel="counting">: a kernel that the reader moves over an image, with every sum. */
(() => {
  "use strict";

  const { convSize, conv2d, terms, flip, span, table } = convolutions;
  const { inLanguage, make, number, choice, tick, button, code, written, paint, valueOf } = widgets;

  const STEP = 700; // milliseconds at one place while it plays

  const IMAGES = {
    counting: ["0 1 2", "3 4 5", "6 7 8"],
    square: ["0 0 0 0 0 0", "0 0 0 0 0 0", "0 0 9 9 0 0", "0 0 9 9 0 0", "0 0 0 0 0 0", "0 0 0 0 0 0"],
    step: ["1 1 1 8 8 8", "1 1 1 8 8 8", "1 1 1 8 8 8", "1 1 1 8 8 8", "1 1 1 8 8 8", "1 1 1 8 8 8"],
    diagonal: ["9 1 0 0 0 0", "1 9 1 0 0 0", "0 1 9 1 0 0", "0 0 1 9 1 0", "0 0 0 1 9 1", "0 0 0 0 1 9"],
    pixel: ["0 0 0 0 0", "0 0 0 0 0", "0 0 1 0 0", "0 0 0 0 0", "0 0 0 0 0"],
  };
  const KERNELS = { counting: ["0 1", "2 3"], ...widgets.kernels, corner: ["1 2 3", "4 5 6", "7 8 9"] };

  const words = inLanguage({
    en: {
      image: "Image",
      kernel: "Kernel",
      result: "Result",
      images: {
        counting: "0 to 8", square: "bright square", step: "dark to bright", diagonal: "diagonal line",
        pixel: "one bright pixel", own: "your own",
      },
      kernels: { counting: "0 to 3", ...widgets.words.kernels, corner: "1 to 9", own: widgets.words.own },
      imageSize: "Image size",
      kernelSize: "Kernel size",
      padding: "Padding",
      stride: "Stride",
      dilation: "Dilation",
      flip: "Turn the kernel (true convolution)",
      back: "Back",
      step: "Step",
      play: "Play",
      pause: "Pause",
      size: (name, X) => `${name}, ${X.length} × ${X[0].length}`,
      cell: (i, j) => `row ${i + 1}, column ${j + 1}`,
      sum: (i, j, sum) => `Row ${i + 1}, column ${j + 1}: ${sum}`,
      noFit: (reach, n) => `The kernel spans ${reach} pixels, but the image with its padding has only ${n}. It fits nowhere.`,
      hint: "Type into the image or the kernel; arrow keys move from cell to cell. Drag the window over the image, or point at a cell of the result.",
      pytorch: "The same in PyTorch",
    },
  });

  customElements.define("sliding-kernel", class extends HTMLElement {
    connectedCallback() {
      this.image = this.getAttribute("image") ?? "counting";
      this.kernel = this.getAttribute("kernel") ?? "counting";
      this.X = IMAGES[this.image].map((row) => row.split(" ")); // as typed: "1/9" stays a fraction
      this.K = KERNELS[this.kernel].map((row) => row.split(" "));
      this.options = { padding: 0, stride: 1, dilation: 1 };
      this.flipped = false;
      this.place = [0, 0];
      this.build();
    }

    disconnectedCallback() {
      this.pause();
    }

    build() {
      this.fields = make("div", { class: "widget-fields" });
      this.grids = {
        image: this.grid("image"),
        kernel: this.grid("kernel"),
        result: this.grid("result"),
      };
      this.makeDraggable();
      this.sum = make("p", { class: "widget-answer", "aria-live": "polite" });
      this.complaint = make("p", { class: "widget-complaint", role: "status" });
      this.player = button(words.play, () => (this.timer ? this.pause() : this.play()));
      this.back = button(words.back, () => this.move(-1));
      this.step = button(words.step, () => this.move(1));
      this.code = code();
      this.replaceChildren(
        this.fields,
        make(
          "div", { class: "widget-panes" },
          this.grids.image, make("span", { "aria-hidden": true }, "∗"),
          this.grids.kernel, make("span", { "aria-hidden": true }, "="),
          this.grids.result,
        ),
        this.sum,
        make("div", { class: "widget-fields" }, this.back, this.step, this.player),
        this.complaint,
        make("p", { class: "widget-hint" }, words.hint),
        make("details", {}, make("summary", {}, words.pytorch), this.code),
      );
      this.fillFields();
      this.refresh(true);
    }

    /** The choices above. Made again when a preset brings new sizes. */
    fillFields() {
      const named = (names) => Object.entries(names);
      const option = (name, max) =>
        number({
          label: words[name], value: this.options[name], min: name === "padding" ? 0 : 1, max,
          change: (value) => { this.options[name] = value; this.refresh(true); },
        });
      const preset = (name, presets, letter) =>
        choice({
          label: words[name], options: named(words[`${name}s`]), value: this[name],
          change: (value) => {
            this[name] = value;
            if (presets[value]) this[letter] = presets[value].map((row) => row.split(" "));
            this.refresh(true);
            this.sizes[letter].querySelector("input").value = this[letter].length;
          },
        });
      const size = (label, name, letter, min, max) =>
        number({
          label, value: this[letter].length, min, max,
          change: (n) => {
            this[letter] = table(n, n, (i, j) => this[letter][i]?.[j] ?? "0");
            this.own(name);
            this.refresh(true);
          },
        });
      this.sizes = {
        X: size(words.imageSize, "image", "X", 2, 8),
        K: size(words.kernelSize, "kernel", "K", 1, 5),
      };
      this.presets = { image: preset("image", IMAGES, "X"), kernel: preset("kernel", KERNELS, "K") };
      this.fields.replaceChildren(
        this.presets.image, this.sizes.X, this.presets.kernel, this.sizes.K,
        option("padding", 2), option("stride", 4), option("dilation", 3),
        tick({ label: words.flip, value: this.flipped, change: (value) => { this.flipped = value; this.refresh(); } }),
      );
    }

    /** Say that image or kernel is no preset any more. */
    own(name) {
      this[name] = "own";
      this.presets[name].querySelector("select").value = "own";
    }

    /** A table of cells, of which one takes part in the tab order. */
    grid(name) {
      const role = name === "result" ? "grid" : undefined;
      const grid = make("table", { class: "widget-grid", role, "data-name": name });
      grid.addEventListener("keydown", (event) => {
        const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
        if (down === undefined) return;
        const { row, column } = event.target.closest("td").dataset;
        const next = this.cell(name, Number(row) + down, Number(column) + right)?.querySelector("input, span");
        event.preventDefault();
        if (next?.tabIndex >= -1 && !next.closest(".pad")) next.focus();
      });
      grid.addEventListener("focusin", (event) => {
        grid.querySelectorAll("[tabindex='0']").forEach((cell) => { cell.tabIndex = -1; });
        event.target.tabIndex = 0;
        event.target.select?.();
      });
      return grid;
    }

    cell(name, row, column) {
      return this.grids[name].querySelector(`td[data-row="${row}"][data-column="${column}"]`);
    }

    /** Compute and show everything. `anew`: sizes may have changed, so the tables are made again. */
    refresh(anew = false) {
      const X = this.X.map((row) => row.map(valueOf));
      const used = this.K.map((row) => row.map(valueOf));
      const K = this.flipped ? flip(used) : used;
      const { padding, dilation } = this.options;
      const reach = span(K.length, dilation);
      const fits = convSize(X.length, { kernel: K.length, ...this.options }) >= 1;
      this.numbers = { X, K, Y: fits ? conv2d(X, K, this.options) : [] };
      if (anew) {
        this.pause();
        this.place = [0, 0];
        this.fill("image", this.X, padding);
        this.fill("kernel", this.K);
        this.fill("result", this.numbers.Y);
        this.complaint.textContent = fits ? "" : words.noFit(reach, X.length + 2 * padding);
      }
      this.colour("image", X);
      this.colour("kernel", used);
      this.colour("result", this.numbers.Y);
      this.code.show(this.python());
      this.show();
    }

    /** Make the cells of a table; padding goes around it. */
    fill(name, values, padding = 0) {
      const editable = name !== "result";
      const rows = [];
      for (let i = -padding; i < values.length + padding; i++) {
        const row = make("tr");
        for (let j = -padding; j < values[0].length + padding; j++) {
          const inside = values[i]?.[j] !== undefined;
          row.append(make(
            "td", { "data-row": i, "data-column": j, class: inside ? undefined : "pad" },
            !inside ? make("span", {}, "0") : editable ? this.input(name, i, j) : this.output(i, j),
          ));
        }
        rows.push(row);
      }
      const grid = this.grids[name];
      const caption = values.length ? words.size(words[name], values) : words[name];
      const columns = (values[0]?.length ?? 0) + 2 * padding;
      grid.style.setProperty("--columns", columns);
      grid.classList.toggle("dense", columns > 8);
      grid.replaceChildren(make("caption", {}, caption), make("tbody", {}, ...rows));
    }

    /** A cell to type into. */
    input(name, i, j) {
      const values = name === "image" ? this.X : this.K;
      return make("input", {
        type: "text", autocomplete: "off", spellcheck: "false", value: values[i][j],
        "aria-label": `${words[name]}, ${words.cell(i, j)}`, tabindex: i || j ? -1 : 0,
        oninput: ({ target }) => {
          const text = target.value.trim();
          const right = !Number.isNaN(valueOf(text));
          target.setAttribute("aria-invalid", !right);
          this.complaint.textContent = right ? "" : widgets.words.noNumber;
          if (!right) return;
          values[i][j] = text.replace("-", "−");
          this.own(name);
          this.refresh();
        },
      });
    }

    /** A cell of the result: to point at or to focus. */
    output(i, j) {
      const go = () => { if (!this.timer) this.go(i, j); };
      const stop = () => { this.pause(); this.go(i, j); };
      return make("span", { tabindex: i || j ? -1 : 0, onpointerenter: go, onfocus: stop });
    }

    colour(name, values) {
      const largest = Math.max(...values.flat().map(Math.abs));
      for (const [i, row] of values.entries()) {
        for (const [j, number] of row.entries()) {
          const cell = this.cell(name, i, j).firstChild;
          paint(cell, number, largest);
          if (name === "result") cell.textContent = written(number);
        }
      }
    }

    go(i, j) {
      this.place = [i, j];
      this.show();
    }

    /** Mark the window, the cell that it makes, and write out the sum. */
    show() {
      const { X, K, Y } = this.numbers;
      const [i, j] = this.place;
      this.querySelectorAll("td.on").forEach((cell) => {
        cell.classList.remove("on");
        cell.removeAttribute("data-weight");
        cell.removeAttribute("aria-selected");
      });
      const last = Y.length * (Y[0]?.length ?? 0) - 1;
      const now = i * (Y[0]?.length ?? 0) + j;
      this.back.disabled = now <= 0;
      this.step.disabled = now >= last;
      this.player.disabled = last < 0;
      this.sum.textContent = "";
      if (last < 0) return;
      const added = terms(X, K, i, j, this.options);
      for (const { row, column, weight } of added) {
        const cell = this.cell("image", row, column);
        cell.classList.add("on");
        cell.dataset.weight = `×${written(weight)}`;
      }
      const cell = this.cell("result", i, j);
      cell.classList.add("on");
      cell.setAttribute("aria-selected", true);
      const sum = added.map(({ pixel, weight }) => `${factor(pixel)} · ${factor(weight)}`).join(" + ");
      this.sum.textContent = words.sum(i, j, `${sum} = ${written(Y[i][j])}`);
    }

    /** One place on, or back. */
    move(by) {
      const columns = this.numbers.Y[0].length;
      const next = this.place[0] * columns + this.place[1] + by;
      this.go(Math.floor(next / columns), next % columns);
    }

    /** Walk over the image; what is still to come stays hidden meanwhile. */
    play() {
      if (this.step.disabled) this.go(0, 0);
      this.sum.setAttribute("aria-live", "off");
      this.player.textContent = words.pause;
      this.timer = setInterval(() => {
        if (this.step.disabled) this.pause();
        else this.move(1);
        this.hideWhatComes();
      }, STEP);
      this.hideWhatComes();
    }

    pause() {
      clearInterval(this.timer);
      this.timer = undefined;
      this.sum?.setAttribute("aria-live", "polite");
      if (this.player) this.player.textContent = words.play;
      this.hideWhatComes();
    }

    hideWhatComes() {
      const [i, j] = this.place;
      this.grids.result.querySelectorAll("td").forEach((cell) => {
        const { row, column } = cell.dataset;
        cell.classList.toggle("later", Boolean(this.timer) && (row > i || (row == i && column > j)));
      });
    }

    /** Whoever drags a cell of the window takes the window along. */
    makeDraggable() {
      const grid = this.grids.image;
      let start;
      grid.addEventListener("pointerdown", (event) => {
        const cell = event.target.closest("td.on");
        start = cell && { row: cell.dataset.row, column: cell.dataset.column, place: this.place };
      });
      grid.addEventListener("pointermove", (event) => {
        if (!start || !event.buttons) return;
        const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("td");
        if (!cell || !grid.contains(cell)) return;
        this.pause();
        grid.setPointerCapture(event.pointerId);
        const moved = ["row", "column"].map((axis, k) => {
          const places = k ? this.numbers.Y[0].length : this.numbers.Y.length;
          const by = Math.round((cell.dataset[axis] - start[axis]) / this.options.stride);
          return Math.min(Math.max(start.place[k] + by, 0), places - 1);
        });
        if (String(moved) !== String(this.place)) this.go(...moved);
      });
      grid.addEventListener("dragstart", (event) => event.preventDefault()); // selected digits stay where they are
      for (const end of ["pointerup", "pointercancel"]) grid.addEventListener(end, () => { start = undefined; });
    }

    /** Lines of Python that compute the same. */
    python() {
      const list = (values) => `[${values.map((row) => `[${row.join(", ")}]`).join(", ")}]`.replaceAll("−", "-");
      const defaults = { padding: 0, stride: 1, dilation: 1 };
      const chosen = Object.entries(this.options).filter(([name, value]) => value !== defaults[name]);
      const options = chosen.map(([name, value]) => `, ${name}=${value}`).join("");
      return [
        "import torch",
        "import torch.nn.functional as F",
        "",
        `X = torch.tensor(${list(this.X)}, dtype=torch.float32)`,
        `K = torch.tensor(${list(this.K)}, dtype=torch.float32)`,
        `Y = F.conv2d(X[None, None], K${this.flipped ? ".flip(0, 1)" : ""}[None, None]${options})[0, 0]`,
      ].join("\n");
    }
  });

  function factor(number) {
    return number < 0 ? `(${written(number)})` : written(number);
  }
})();
