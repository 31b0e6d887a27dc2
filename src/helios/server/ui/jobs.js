// The list of films: what each one is doing, and what can be done with it.

import { call, get, post } from "./api.js";
import { byId, clock, element, length, say, scrollTo, sentences } from "./element.js";
import { formatOf, nameOfFilm } from "./formats.js";
import { Glimpses } from "./glimpses.js";
import { templates, titleOf } from "./templates.js";
import { watched } from "./watched.js";

const PAGE = 30;
const NOTHING = "Nothing here yet. Films you make appear here, also after you close this page.";
const known = new Map();
let shown = PAGE;
// Of which status films are listed; of all without one.
let wanted = "";
const glimpses = new Glimpses(() => summarise());
// What was heard of a job after a list was asked for is newer than the list, whenever that comes.
const heardAt = new Map();
let moment = 0;
let lastAsked = 0;
let onShown = (_job) => {};

/** Says who hears of every job that is shown anew. */
export function onJob(listener) {
  onShown = listener;
}

/** A job that is known, by its id. */
export const jobOf = (id) => known.get(id)?.job ?? null;

const STAGES = { analyzing: "Listening", rendering: "Rendering", encoding: "Joining", metadata: "Finishing" };
export const STATES = { pending: "Waiting", processing: "Working", paused: "Paused", completed: "Done", failed: "Failed", cancelled: "Cancelled" };

/** What is being done of a job that is worked on, and how far that is. */
export const workOf = (job) => `${STAGES[job.stage] ?? "Starting"} ${job.progress.toFixed(0)} %`;
export const hasEnded = ({ status }) => ["completed", "failed", "cancelled"].includes(status);

export async function refresh() {
  const asked = lastAsked = ++moment;
  // Cards name templates by their titles.
  const [{ jobs, total }] = await Promise.all([get(`/api/render?limit=${shown}${wanted && `&status=${wanted}`}`), templates()]);
  if (asked < lastAsked) return;
  const isOlder = (id) => heardAt.get(id) > asked;
  const ids = new Set(jobs.map((job) => job.id));
  for (const id of [...known.keys()]) if (!ids.has(id) && !isOlder(id)) drop(id);
  for (const job of [...jobs].reverse()) if (!isOlder(job.id)) show(job);
  byId("more").hidden = total <= jobs.length;
  await summarise();
}

function drop(id) {
  const entry = known.get(id);
  if (entry) glimpses.remove(entry);
  entry?.item.remove();
  known.delete(id);
  sayIfEmpty();
}

function sayIfEmpty() {
  say(byId("empty"), known.size ? "" : wanted ? `None is ${STATES[wanted].toLowerCase()}.` : NOTHING);
}

/** Offer to list the films of one status. */
export function setUpFilter(onProblem) {
  const choices = Object.entries({ "": "All films", ...STATES });
  byId("which").replaceChildren(...choices.map(([value, textContent]) => element("option", { value, textContent })));
  byId("which").addEventListener("change", () => {
    wanted = byId("which").value;
    shown = PAGE;
    // Those that stayed would not stand where they belong among the others.
    for (const id of [...known.keys()]) drop(id);
    refresh().then(sayIfEmpty).catch(onProblem);
  });
}

/** A job was removed, here or elsewhere. */
export function forget(id) {
  heardAt.set(id, ++moment);
  drop(id);
  summarise();
}

export function more() {
  shown += PAGE;
  return refresh();
}

/** A job changed. */
export function update(job) {
  heardAt.set(job.id, ++moment);
  show(job);
}

/** Show a job as it is now; one that is new goes on top. */
function show(job) {
  let entry = known.get(job.id);
  if (entry && entry.job.revision > job.revision && entry.job.status !== job.status) return;
  if (wanted && job.status !== wanted) {
    if (entry) drop(job.id);
    onShown(job);
    summarise();
    return;
  }
  if (!entry) {
    entry = create(job);
    known.set(job.id, entry);
    byId("jobs").prepend(entry.item);
  }
  const isNews = entry.job?.status !== job.status;
  entry.job = job;
  draw(entry, isNews);
  sayIfEmpty();
  glimpses.look(entry);
  onShown(job);
  if (isNews) summarise();
}

let summaryTimer = 0;
let explaining = 0;
function summarise() {
  clearTimeout(summaryTimer);
  summaryTimer = setTimeout(async () => {
    const status = await get("/api/render/status").catch(() => null);
    if (!status) return;
    const waiting = status.pending + status.paused;
    byId("summary").textContent = [status.isPaused && "Queue paused", status.processing && `${status.processing} working`, waiting && `${waiting} waiting`]
      .filter(Boolean).join(", ");
    byId("turns").hidden = !(status.isPaused || waiting || status.processing);
    byId("turns").classList.toggle("paused", status.isPaused);
    byId("turns-note").textContent = status.isPaused ? "The queue is paused: no film begins until it is resumed." : "";
    byId("pause").textContent = status.isPaused ? "Resume the queue" : "Pause the queue";
    byId("pause").dataset.paused = status.isPaused ? "yes" : "";
    explainAll();
  }, 150);
}

export async function togglePause() {
  await post(byId("pause").dataset.paused ? "/api/render/resume" : "/api/render/pause");
  summarise();
}

function create(job) {
  const entry = {
    film: element("span", { className: "film" }),
    state: element("span", { className: "state" }),
    bar: element("progress", { max: 100 }),
    note: element("p", { className: "note" }),
    why: element("p", { className: "why", hidden: true }),
    actions: element("div", { className: "actions" }),
    picture: element("img", { className: "glimpse", alt: "", hidden: true }),
    job: null,
    isInSight: false,
  };
  entry.bar.setAttribute("aria-label", "Progress");
  entry.item = element("li", { className: "job" },
    element("div", { className: "head" }, entry.picture, element("div", { className: "facts" },
      element("div", { className: "top" }, entry.film, entry.state), entry.bar, entry.note, entry.why)), entry.actions);
  entry.item.dataset.id = job.id;
  glimpses.add(entry);
  return entry;
}

function draw(entry, isNews) {
  const { job } = entry;
  const name = job.outputPath ?? job.config.output?.split("/").pop() ?? job.config.composition;
  entry.item.dataset.status = job.status;
  entry.film.textContent = name;
  entry.film.title = `${name} (${job.id})`;
  const working = job.status === "processing";
  entry.state.textContent = working ? workOf(job) : STATES[job.status];
  entry.bar.hidden = !(working || (job.status === "paused" && job.progress));
  entry.bar.value = job.progress;
  entry.note.textContent = [titleOf(job.config.composition), nameOfFilm(job.config), detail(job)].filter(Boolean).join(" · ");
  if (isNews) entry.actions.replaceChildren(...actions(entry));
  if (job.status !== "pending") say(entry.why, "");
}

function detail(job) {
  if (job.status === "failed") return sentences(job.error, job.hint);
  if (job.status === "completed") return job.durationS ? `${length(job.durationS)} of film` : "";
  if (job.status !== "processing" || !job.framesTotal) return "";
  const speed = job.fps ? `${job.fps.toFixed(1)} fps` : "";
  const left = job.etaS === null ? "" : `${clock(job.etaS)} left`;
  return [`${job.framesDone} of ${job.framesTotal} frames`, speed, left].filter(Boolean).join(" · ");
}

/** Say on the cards in sight why their films wait, and who goes before them. */
async function explainAll() {
  const mine = explaining += 1;
  for (const entry of known.values()) {
    if (entry.job.status !== "pending" || !entry.isInSight) continue;
    const { why } = await get(`/api/render/${entry.job.id}/why`).catch(() => ({ why: "" }));
    if (mine !== explaining) return;
    if (entry.job.status === "pending") say(entry.why, why);
  }
}

function actions(entry) {
  const { id, status } = entry.job;
  const button = (text, action) => {
    const made = element("button", { type: "button", className: "quiet", textContent: text });
    made.addEventListener("click", async () => {
      made.disabled = true;
      try {
        await action();
      } catch (error) {
        entry.note.textContent = error.message;
      } finally {
        made.disabled = false;
      }
    });
    return made;
  };
  const act = (verb) => post(`/api/render/${id}/${verb}`);
  const end = (query = "") => call(`/api/render/${id}${query}`, { method: "DELETE" });
  const log = button("Log", () => showLog(id));
  const remove = button("Remove", async () => { await end("?forget=true"); await refresh(); });
  switch (status) {
    case "pending":
      return [button("Pause", () => act("pause")), button("Make next", async () => { await act("first"); summarise(); }), button("Cancel", () => end())];
    case "processing":
      return [button("Pause", () => act("pause")), log, button("Cancel", () => end())];
    case "paused":
      return [button("Resume", () => act("resume")), button("Cancel", () => end())];
    case "completed":
      return [
        element("a", { className: "button", href: `/api/render/${id}/download`, textContent: "Download" }),
        playButton(entry), button("Share", () => share(id)), remove,
      ];
    default:
      return [button("Try again", () => act("retry")), log, remove];
  }
}

/** Show a link to a film that needs no token, for a day. */
async function share(id) {
  const { url, until, code } = await post(`/api/render/${id}/share`, { hours: 24 });
  const isOwn = isLoopback(new URL(url).hostname);
  const end = new Date(until * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  byId("share-link").value = url;
  byId("share-code").hidden = isOwn;
  byId("share-code").src = isOwn ? "" : code;
  byId("share-until").replaceChildren(...isOwn
    ? [`This link works on this computer only, until ${end}. For other people and phones, start the server with `,
      element("code", { textContent: "helios serve --lan" }), "."]
    : [`Whoever has this link sees the film, until ${end}.`]);
  byId("share").showModal();
  const link = byId("share-link");
  const copy = byId("share-copy");
  copy.textContent = "Copy link";
  // Browsers let pages at addresses without TLS copy only what is selected.
  copy.onclick = () => {
    link.select();
    copy.textContent = document.execCommand("copy") ? "Copied" : "Copy it by hand";
  };
  copy.focus();
}

/** Whether an address leads each machine to itself. */
const isLoopback = (host) => /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(host);

/** Plays the film in its card, and puts it away again. */
function playButton(entry) {
  const made = element("button", { type: "button", className: "quiet", textContent: "Play" });
  made.addEventListener("click", () => {
    const old = entry.item.querySelector(".player");
    made.textContent = old ? "Play" : "Close";
    if (old) old.remove();
    else play(entry);
  });
  return made;
}

async function play(entry) {
  const box = watched(`/api/render/${entry.job.id}/download?inline=true`, await formatOf(entry.job.config.type).catch(() => null));
  entry.item.append(box);
  // Below the last card there may be none of it in sight.
  scrollTo(entry.item, "center");
}

async function showLog(id) {
  const text = await (await call(`/api/render/${id}/log`)).text();
  byId("log-text").textContent = text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z/gm, (time) => new Date(time).toLocaleString());
  byId("log").showModal();
}
