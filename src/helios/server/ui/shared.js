// The page of a link to one film: for whoever has it, without a token.

import { byId, sentences } from "./element.js";
import { watched } from "./watched.js";

const UNREACHED = "The server cannot be reached. Is it running, and this device connected?";

async function show() {
  const note = byId("shared-note");
  const address = location.pathname;
  try {
    const reply = await fetch(`${address}/about`);
    const told = await reply.json();
    if (!reply.ok) {
      byId("shared-name").textContent = "No film here";
      note.textContent = sentences(told.error, told.hint);
      return;
    }
    const end = new Date(told.until * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    document.title = `${told.name} · Helios`;
    byId("shared-name").textContent = told.name;
    note.textContent = `This link shows the film until ${end}.`;
    byId("shared-film").append(watched(address, told));
  } catch {
    note.textContent = UNREACHED;
  }
}

show();
