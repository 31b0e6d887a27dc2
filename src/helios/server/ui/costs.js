// How long the chosen films would take to make, and how large they would be, before they are made.

import { post } from "./api.js";
import { byId, element, length } from "./element.js";
import { nameOfFilm } from "./formats.js";

const MB = 1e6;

export class Costs {
  /** @param {() => Record<string, any>} settings what would be asked for; `type` lists the films */
  constructor(settings) {
    this.settings = settings;
    this.measuring = new AbortController();
    this.told = "";
    byId("measure").addEventListener("click", () => this.measure());
  }

  /** The form has changed: what was told of another film goes; `isReady` says whether a film can be made. */
  changed(isReady) {
    byId("measure").disabled = !isReady;
    if (!this.told || this.told === JSON.stringify(this.settings())) return;
    this.told = "";
    this.measuring.abort();
    byId("cost-list").replaceChildren();
  }

  /** Some frames of each film are drawn and encoded by the server, one film after the other. */
  async measure() {
    this.measuring.abort();
    const { signal } = this.measuring = new AbortController();
    const config = this.settings();
    this.told = JSON.stringify(config);
    const rows = config.type.map((type) => element("li", { textContent: `${nameOfFilm({ ...config, type })}: some frames are being measured …` }));
    byId("cost-list").replaceChildren(...rows);
    for (const [n, type] of config.type.entries()) {
      try {
        const costs = await post("/api/preview/costs", { config: { ...config, type: type || undefined } }, signal);
        rows[n].textContent = `${nameOfFilm({ ...config, type })}: about ${span(costs.seconds)} to make ${length(costs.duration)} of film, ${size(costs.filmBytes)}`;
      } catch (error) {
        if (signal.aborted) return;
        rows[n].textContent = `${nameOfFilm({ ...config, type })}: ${error.message}`;
      }
    }
  }
}


/** A time as people say it. */
export function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}

function size(bytes) {
  if (bytes >= 1000 * MB) return `${(bytes / MB / 1000).toFixed(1)} GB`;
  if (bytes >= MB) return `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`;
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
