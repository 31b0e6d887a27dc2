// What became of each row of a batch: of several songs, or of a table.

import { get, post } from "./api.js";
import { byId, element, sentences } from "./element.js";

const ENDED_BADLY = ["failed", "cancelled"];
const ENDED = ["completed", ...ENDED_BADLY];

/** @typedef {{ label: string, jobIds: string[], error: string | null }} Row */

export class Rows {
  /**
   * @param {(id: string) => any} jobOf a job that is known, by its id
   * @param {Record<string, string>} states what people call the states of jobs
   */
  constructor(jobOf, states) {
    this.jobOf = jobOf;
    this.states = states;
    /** @type {Array<Row & { state: HTMLElement }>} */
    this.rows = [];
    /** Jobs of the rows: the list of films may be shorter. */
    this.jobs = new Map();
    byId("rows-again").addEventListener("click", () => this.again());
  }

  /** Show the rows of a batch that was asked for, in the place of those before. @param {Row[]} rows */
  show(rows) {
    this.rows = rows.map((row) => ({ ...row, state: element("td") }));
    this.jobs = new Map(rows.flatMap(({ jobIds }) => jobIds).map((id) => [id, this.jobOf(id)]));
    byId("rows").hidden = !rows.length;
    byId("rows-body").replaceChildren(...this.rows.map((row, n) => element("tr", {},
      element("td", { textContent: String(n + 1) }), element("td", { textContent: row.label }), row.state)));
    for (const row of this.rows) this.draw(row);
    this.sum();
  }

  /** A job has changed. */
  update(job) {
    const row = this.rows.find(({ jobIds }) => jobIds.includes(job.id));
    if (!row) return;
    this.jobs.set(job.id, job);
    this.draw(row);
    this.sum();
  }

  /** Changes may have been missed: ask for the jobs that had not ended. */
  async refresh() {
    for (const [id, job] of [...this.jobs]) {
      if (!ENDED.includes(job?.status)) this.update(await get(`/api/render/${id}`).catch(() => job ?? { id }));
    }
  }

  draw(row) {
    const jobs = row.jobIds.map((id) => this.jobs.get(id));
    const bad = jobs.find((job) => job?.status === "failed");
    const statuses = jobs.map((job) => job?.status ?? "pending");
    const done = statuses.filter((status) => status === "completed").length;
    const isBad = Boolean(row.error || bad);
    row.state.className = isBad ? "bad" : "";
    // What the command line calls a flag is a column here.
    if (row.error) row.state.textContent = `Refused: ${row.error.replace(/^--[\w-]+: /, "")}`;
    else if (bad) row.state.textContent = `Failed: ${sentences(bad.error, bad.hint)}`;
    else if (jobs.length === 1) row.state.textContent = this.states[statuses[0]];
    else row.state.textContent = `${done} of ${jobs.length} done`;
  }

  /** Jobs of the batch that failed or were cancelled. */
  get failed() {
    return this.rows.flatMap(({ jobIds }) => jobIds).filter((id) => ENDED_BADLY.includes(this.jobs.get(id)?.status));
  }

  sum() {
    const ids = this.rows.flatMap(({ jobIds }) => jobIds);
    const done = ids.filter((id) => this.jobs.get(id)?.status === "completed").length;
    const refused = this.rows.filter(({ error }) => error).length;
    byId("rows-sum").textContent = [`${done} of ${ids.length} ${ids.length === 1 ? "film" : "films"} done`, refused && `${refused} ${refused === 1 ? "row" : "rows"} refused`].filter(Boolean).join(", ");
    byId("rows-again").hidden = byId("rows-again").disabled = !this.failed.length;
    byId("rows-hint").hidden = !refused;
  }

  async again() {
    const wrong = [];
    for (const id of this.failed) await post(`/api/render/${id}/retry`).catch((error) => wrong.push(error.message));
    this.sum();
    if (wrong.length) byId("rows-sum").textContent = wrong.join(" ");
  }
}
