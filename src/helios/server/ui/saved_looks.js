// Looks by name: kept in this browser, and as files for others.

import { byId, element, say } from "./element.js";

const KEPT = "helios.looks";
const VERSION = 1;
const OWN = new Set(["heliosLook", "template", "name", "look"]);

/** Sets up the row of saved looks; `onTemplate` chooses a template, and says whether there is one. */
export class SavedLooks {
  constructor(looks, onTemplate) {
    this.looks = looks;
    this.onTemplate = onTemplate;
    this.known = new Set();
    byId("looks").addEventListener("change", () => this.take());
    byId("look-save").addEventListener("click", () => this.ask());
    byId("look-remove").addEventListener("click", () => this.remove());
    byId("look-export").addEventListener("click", () => this.export());
    byId("look-import").addEventListener("click", () => byId("look-file").click());
    byId("look-file").addEventListener("change", () => this.import());
    byId("naming").querySelector("form").addEventListener("submit", () => this.save(byId("look-name").value.trim()));
    byId("look-cancel").addEventListener("click", () => byId("naming").close());
    window.addEventListener("storage", (event) => { if (event.key === KEPT) this.update(); });
  }

  get all() {
    try {
      return JSON.parse(localStorage.getItem(KEPT) ?? "{}") ?? {};
    } catch {
      return {};
    }
  }

  get ofTemplate() {
    return this.all[this.looks.template] ?? {};
  }

  /** The looks of the template that is chosen; `names` are what its looks may say. */
  show(names) {
    this.known = new Set(names);
    this.update();
  }

  update() {
    const names = Object.keys(this.ofTemplate).toSorted();
    const now = JSON.stringify(this.looks.look);
    const same = names.find((name) => JSON.stringify(this.ofTemplate[name]) === now);
    const first = this.looks.isChanged ? "Not saved" : "As the template is";
    byId("looks").replaceChildren(...["", ...names].map((value) => element("option", { value, textContent: value || first })));
    byId("looks").value = same ?? "";
    byId("look-remove").hidden = !same;
    byId("looks").closest("label").hidden = !names.length;
    byId("look-save").hidden = byId("look-export").hidden = !this.looks.isChanged;
  }

  take() {
    const name = byId("looks").value;
    this.looks.replace(name ? this.ofTemplate[name] : {});
  }

  ask() {
    byId("look-name").value = byId("looks").value;
    byId("naming").showModal();
  }

  keep(ofTemplate) {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...this.all, [this.looks.template]: ofTemplate }));
      say(byId("look-note"), "");
    } catch {
      say(byId("look-note"), "This browser keeps nothing for this page: export the look as a file.");
    }
    this.update();
  }

  save(name) {
    if (name) this.keep({ ...this.ofTemplate, [name]: this.looks.look });
  }

  remove() {
    const { [byId("looks").value]: _gone, ...others } = this.ofTemplate;
    this.keep(others);
  }

  export() {
    const { template, look } = this.looks;
    const name = byId("looks").value || "look";
    const text = JSON.stringify({ heliosLook: VERSION, template, name, look }, null, 2);
    const link = element("a", {
      href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
      download: `${name.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")}.look.json`,
    });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async import() {
    const [file] = byId("look-file").files;
    byId("look-file").value = "";
    if (!file) return;
    try {
      const notes = await this.read(JSON.parse(await file.text()));
      say(byId("look-note"), notes.join(" "));
    } catch (error) {
      say(byId("look-note"), `This look cannot be used: ${error.message}`);
    }
  }

  /** Take a look that a file holds; says what of it is not used. */
  async read(given) {
    if (!isObject(given)) throw new Error("it is no JSON object.");
    const isWrapped = "heliosLook" in given;
    if (isWrapped) demandVersion(given.heliosLook);
    const look = isWrapped ? given.look : given;
    if (!isObject(look)) throw new Error("it changes nothing.");
    if (isWrapped && !(await this.onTemplate(given.template))) throw new Error(`there is no template ${given.template} here.`);
    this.looks.replace(look);
    const beside = isWrapped ? Object.keys(given).filter((key) => !OWN.has(key)) : [];
    const foreign = this.known.size ? Object.keys(look).filter((key) => !this.known.has(key)) : [];
    return [
      beside.length ? `Not used of the file: ${beside.join(", ")}.` : "",
      foreign.length ? `This template has no ${foreign.join(", ")}: that stays in the look and changes nothing.` : "",
    ].filter(Boolean);
  }
}

/** @param {unknown} version of a look's file */
function demandVersion(version) {
  if (version === VERSION) return;
  if (!Number.isInteger(version) || Number(version) < VERSION) throw new Error(`its "heliosLook" has to be ${VERSION}, and is ${JSON.stringify(version)}.`);
  throw new Error(`it is newer than this Helios: looks of version ${version} are not known here, only those of version ${VERSION}. `
    + "Update Helios, or export the look again from the Helios that is used here.");
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
