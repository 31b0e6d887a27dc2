// The frames of the chosen films as ZIP: drawn while they are downloaded.

import { post } from "./api.js";
import { byId, element } from "./element.js";
import { nameOfFilm } from "./formats.js";

export class Frames {
  /** @param {() => Record<string, any>} settings what would be asked for; `type` lists the films */
  constructor(settings) {
    this.settings = settings;
    this.asking = new AbortController();
    this.told = "";
    byId("frames").addEventListener("click", () => this.ask());
  }

  /** The form has changed: links to frames of another film go; `isReady` says whether a film can be made. */
  changed(isReady) {
    byId("frames").disabled = !isReady;
    if (!this.told || this.told === JSON.stringify(this.settings())) return;
    this.told = "";
    this.asking.abort();
    byId("frame-list").replaceChildren();
  }

  /** A link for each film; where there is one alone, it is followed. */
  async ask() {
    this.asking.abort();
    const { signal } = this.asking = new AbortController();
    const config = this.settings();
    this.told = JSON.stringify(config);
    const rows = config.type.map((type) => element("li", { textContent: `${nameOfFilm({ ...config, type })}: the first frame is being drawn …` }));
    byId("frame-list").replaceChildren(...rows);
    for (const [n, type] of config.type.entries()) {
      try {
        const { id, count, width, height } = await post("/api/frames", { config: { ...config, type: type || undefined } }, signal);
        const link = element("a", { href: `/api/frames/${id}`, download: "", textContent: `Download ${count} ${count === 1 ? "frame" : "frames"}` });
        rows[n].replaceChildren(`${nameOfFilm({ ...config, type })}: `, link, ` of ${width} × ${height}, each drawn while it is downloaded`);
        if (rows.length === 1) link.click();
      } catch (error) {
        if (signal.aborted) return;
        rows[n].textContent = `${nameOfFilm({ ...config, type })}: ${error.message}`;
      }
    }
  }
}
