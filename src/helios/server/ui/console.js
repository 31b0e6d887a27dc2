// What a page tells its console: while it loads, and while its frames are drawn.

import { byId, element } from "./element.js";

export class PageConsole {
  constructor() {
    this.box = byId("console");
    /** What it told while it loaded. */
    this.loaded = [];
    /** The last of what it told since then. */
    this.drawn = [];
    /** What it tells where it lives in this browser. */
    this.lived = [];
    this.errors = 0;
  }

  /** It was loaded anew. @param {string[]} lines each with its kind, such as `log: here` */
  load(lines) {
    this.loaded = lines;
    this.drawn = [];
    this.show();
  }

  /** A frame of it was drawn, by a page that was loaded for that: what it tells of loading is known.
   *  @param {string[]} lines */
  draw(lines) {
    const news = lines.filter((line) => !this.loaded.includes(line));
    if (news.join("\n") === this.drawn.join("\n")) return;
    this.drawn = news;
    this.show();
  }

  /** It has told more where it lives. @param {string[]} lines */
  live(lines) {
    this.lived = lines;
    this.show();
  }

  show() {
    const drawn = [...this.loaded, ...this.drawn];
    const lines = [...drawn, ...this.lived.filter((line) => !drawn.includes(line))];
    const errors = lines.filter((line) => line.startsWith("error")).length;
    this.box.hidden = !lines.length;
    this.box.querySelector("summary").textContent = `Console (${lines.length})`;
    this.box.querySelector("ol").replaceChildren(...lines.map((line) => {
      const [kind] = line.split(":", 1);
      return element("li", { textContent: line.slice(kind.length + 1).trim(), className: kind });
    }));
    if (errors > this.errors) this.box.open = true;
    this.errors = errors;
  }
}
