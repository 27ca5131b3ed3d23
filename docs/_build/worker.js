"use strict"; // as the theme's script is, before which this is put

// A page that was opened as a file may not start a worker: browsers refuse. There, its script runs in a hidden frame.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "search";
      frame.srcdoc = "<!doctype html><title>search</title>";
      this.inside = new Promise((ready) => {
        frame.onload = async () => {
          const inside = frame.contentWindow;
          inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
          inside.importScripts = async (...addresses) => {
            for (const one of addresses)
              await new Promise((loaded) => {
                const script = inside.document.createElement("script");
                script.src = one;
                script.onload = loaded;
                inside.document.head.append(script);
              });
          };
          await inside.importScripts(address);
          ready(inside);
        };
      });
      document.body.append(frame);
    }
    async postMessage(data) {
      const inside = await this.inside;
      inside.dispatchEvent(new inside.MessageEvent("message", { data }));
    }
  };
