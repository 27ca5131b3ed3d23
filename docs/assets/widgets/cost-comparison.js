/* <cost-comparison>: what a convolution costs, done at once, through a 1×1 bottleneck, or depthwise separable. */
(() => {
  "use strict";

  const { inLanguage, make, number, written } = widgets;

  const LARGEST = { inputs: 1024, outputs: 1024, between: 1024, kernel: 11, size: 224 };

  const words = inLanguage({
    en: {
      inputs: "Channels in",
      outputs: "Channels out",
      between: "Bottleneck channels",
      kernel: "Kernel",
      size: "Output height and width",
      standard: "Standard",
      bottleneck: "Bottleneck",
      separable: "Separable",
      step: (kernel, from, to) => `${kernel} × ${kernel}, ${from} → ${to}`,
      depthwise: (kernel, channels) => `${kernel} × ${kernel}, each of ${channels}`,
      layer: "Layer",
      parameters: "Parameters, with biases",
      macs: "Multiply–accumulates",
      percent: (share) => `${written(Math.round(1000 * share) / 10)} %`,
      caption: "The same channels in and out, in three ways",
      answer: (bottleneck, separable) =>
        `Of the standard layer’s work, the bottleneck does ${bottleneck}, the separable layer ${separable}.`,
    },
  });

  /** Each way as its steps: a convolution with its groups. */
  function ways({ inputs, outputs, between, kernel }) {
    return {
      standard: [{ kernel, inputs, outputs, groups: 1 }],
      bottleneck: [
        { kernel: 1, inputs, outputs: between, groups: 1 },
        { kernel, inputs: between, outputs, groups: 1 },
      ],
      separable: [
        { kernel, inputs, outputs: inputs, groups: inputs },
        { kernel: 1, inputs, outputs, groups: 1 },
      ],
    };
  }

  function costs(steps, size) {
    const sum = (term) => steps.reduce((total, step) => total + term(step), 0);
    const weights = ({ kernel, inputs, outputs, groups }) => (outputs * inputs * kernel * kernel) / groups;
    return {
      parameters: sum((step) => weights(step) + step.outputs),
      macs: sum((step) => weights(step) * size * size),
    };
  }

  customElements.define("cost-comparison", class extends HTMLElement {
    connectedCallback() {
      this.settings = {};
      for (const [name, usual] of Object.entries({ inputs: 512, outputs: 512, between: 128, kernel: 3, size: 14 })) {
        this.settings[name] = Number(this.getAttribute(name) ?? usual);
      }
      this.body = make("tbody");
      this.answer = make("p", { class: "widget-answer", "aria-live": "polite" });
      const head = ["layer", "parameters", "macs"].map((name) => make("th", { scope: "col" }, words[name]));
      this.replaceChildren(
        make("div", { class: "cost-sliders" }, ...Object.keys(LARGEST).map((name) => this.slider(name))),
        make(
          "table", { class: "cost-table" },
          make("caption", {}, words.caption), make("thead", {}, make("tr", {}, ...head)), this.body,
        ),
        this.answer,
      );
      this.show();
    }

    /** A field and a slider below it that hold the same number. */
    slider(name) {
      const limits = { min: 1, max: LARGEST[name] };
      const field = number({
        label: words[name], value: this.settings[name], ...limits,
        change: (value) => {
          range.value = value;
          this.settings[name] = value;
          this.show();
        },
      });
      const input = field.querySelector("input");
      const slide = () => {
        input.value = range.value;
        input.dispatchEvent(new Event("input"));
      };
      const range = make("input", {
        type: "range", ...limits, value: this.settings[name], "aria-label": words[name], oninput: slide,
      });
      return make("div", { class: "cost-slider" }, field, range);
    }

    show() {
      const all = Object.entries(ways(this.settings))
        .map(([name, steps]) => ({ name, steps, ...costs(steps, this.settings.size) }));
      const [standard, bottleneck, separable] = all;
      const most = { parameters: 0, macs: 0 };
      for (const way of all) for (const cost in most) most[cost] = Math.max(most[cost], way[cost]);
      this.body.replaceChildren(...all.map((way) =>
        make(
          "tr", {},
          make("th", { scope: "row" }, words[way.name], ...way.steps.map((step) => make("small", {}, described(step)))),
          ...["parameters", "macs"].map((cost) =>
            make(
              "td", {}, written(way[cost]), make("small", {}, words.percent(way[cost] / standard[cost])),
              make("span", { class: "widget-bar", style: `width: ${(100 * way[cost]) / most[cost]}%` }),
            ),
          ),
        ),
      ));
      const share = (way) => words.percent(way.macs / standard.macs);
      this.answer.textContent = words.answer(share(bottleneck), share(separable));
    }
  });

  function described({ kernel, inputs, outputs, groups }) {
    return groups > 1 ? words.depthwise(kernel, inputs) : words.step(kernel, inputs, outputs);
  }
})();
