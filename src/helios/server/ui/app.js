// The page: the stage, the form that describes a film, and the list of films.

import { listen, onTokenNeeded, persist, post } from "./api.js";
import { byId, say, scrollTo } from "./element.js";
import { forget, jobOf, more, onJob, refresh, setUpFilter, STATES, togglePause, update } from "./jobs.js";
import { meter, offerRange, portray, start } from "./make.js";
import { Making } from "./making.js";
import { Rows } from "./rows.js";
import { setUpStrip } from "./strip.js";
import { setUpStudio } from "./studio.js";

onTokenNeeded(() => new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
  const dialog = byId("login");
  let known = false;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    try {
      await post("/api/login", { token: byId("token").value });
      known = true;
      byId("token").value = "";
      say(byId("login-error"), "");
      dialog.close();
      resolve();
    } catch (error) {
      say(byId("login-error"), error.message);
    }
  };
  // A browser closes a dialog at the second Escape, whatever the page says to it.
  dialog.onclose = () => { if (!known) dialog.showModal(); };
  dialog.oncancel = (event) => event.preventDefault();
}));

function lost(error) {
  byId("summary").textContent = error.message;
}

byId("more").addEventListener("click", () => more().catch(lost));
setUpFilter(lost);
byId("pause").addEventListener("click", () => togglePause().catch(lost));

// The address that a phone was shown: what stands after "#" never left the browser.
const shown = /^#token=(.+)$/.exec(location.hash);
if (shown) {
  history.replaceState(null, "", location.pathname);
  await post("/api/login", { token: decodeURIComponent(shown[1]) }).catch(() => {});
}

const rows = new Rows(jobOf, STATES);
const making = new Making();
onJob((job) => {
  rows.update(job);
  making.update(job);
});
/** @type {ReturnType<typeof setUpStudio> | null} */
let stage = null;
const missed = async () => {
  await refresh();
  rows.refresh();
  stage?.regained();
};
setUpStrip();
await listen(update, forget, missed, lost);
const studio = stage = setUpStudio({ onTime: meter, onRange: offerRange, onWhole: portray });
const onSubmitted = (made) => {
  making.begin(made.flatMap(({ jobIds }) => jobIds));
  if (made.length > 1 || made.some(({ error }) => error)) rows.show(made);
  scrollTo(byId("queue"), "start");
};
await persist(() => start({ ...studio, onSubmitted }, studio.seen), lost);
