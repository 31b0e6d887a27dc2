// What films can become, asked for once, and what people call it.

import { get } from "./api.js";

let asked = null;

export function formats() {
  asked ??= get("/api/formats").catch((error) => { asked = null; throw error; });
  return asked;
}

/** The format of a name: its size, projection and stereo layout. */
export async function formatOf(name) {
  const { formats: types, platforms } = await formats();
  return [...platforms, ...types].find((format) => format.name === name) ?? null;
}

const FIRST_WORDS = { flat: "", 360: "360°", vr180: "VR180", fulldome: "Dome", tiktok: "TikTok" };

/** What people call a format: `flat-1080p-landscape` is "1080p landscape". */
export function labelOf(name = "") {
  const [first, ...rest] = name.split("-");
  const label = [FIRST_WORDS[first] ?? `${first.slice(0, 1).toUpperCase()}${first.slice(1)}`, ...rest];
  return label.filter(Boolean).join(" ");
}

/** A film of a configuration as people call it: its format, and what part of its size it has. */
export function nameOfFilm({ type, scale = 1 }) {
  return `${type ? labelOf(type) : "As the page"}${String(scale) === "1" ? "" : ` at ${scale} size`}`;
}
