// The page: a form that makes films, and the list of films.

import { listen, onTokenNeeded, post } from "./api.js";
import { byId, say } from "./element.js";
import { more, refresh, togglePause, update } from "./jobs.js";
import { start } from "./make.js";

onTokenNeeded(() => new Promise((resolve) => {
  const dialog = byId("login");
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    try {
      await post("/api/login", { token: byId("token").value });
      byId("token").value = "";
      dialog.close();
      resolve();
    } catch (error) {
      say(byId("login-error"), error.message);
    }
  };
  dialog.oncancel = (event) => event.preventDefault();
}));

byId("more").addEventListener("click", more);
byId("pause").addEventListener("click", togglePause);

await refresh();
listen(update, refresh, () => { byId("summary").textContent = "The server cannot be reached; trying again"; });
await start(() => byId("queue").scrollIntoView({ behavior: "smooth", block: "start" }));
