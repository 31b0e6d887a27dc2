// Beside the button that makes films: how far those are that it was pressed for last.

import { byId, clock } from "./element.js";
import { hasEnded, jobOf, STATES, workOf } from "./jobs.js";

export class Making {
  constructor() {
    /** @type {Map<string, any>} jobs by their ids; null until something is heard of one */
    this.jobs = new Map();
  }

  /** Films were asked for. @param {string[]} ids of their jobs */
  begin(ids) {
    this.jobs = new Map(ids.map((id) => [id, jobOf(id)]));
    this.show();
  }

  /** A job has changed. */
  update(job) {
    if (!this.jobs.has(job.id)) return;
    this.jobs.set(job.id, job);
    this.show();
  }

  show() {
    const jobs = [...this.jobs.values()];
    const ended = jobs.filter((job) => job && hasEnded(job));
    const working = jobs.find((job) => job?.status === "processing");
    const isOver = ended.length === jobs.length;
    const [bar, text] = [byId("making-bar"), byId("making-text")];
    byId("making").hidden = !jobs.length;
    bar.hidden = isOver;
    bar.value = jobs.reduce((sum, job) => sum + (job && hasEnded(job) ? 100 : job?.progress ?? 0), 0) / jobs.length;
    const left = working?.etaS ? `${clock(working.etaS)} left` : "";
    const each = jobs.length === 1 && !working ? STATES[jobs[0]?.status ?? "pending"] : "";
    const sum = jobs.length > 1 ? `${ended.length} of ${jobs.length} films ended` : "";
    text.textContent = [sum, working && workOf(working), working && left, each].filter(Boolean).join(" · ");
  }
}
