// What films can become, asked for once.

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
