// The templates there are, asked for once, and their titles.

import { get } from "./api.js";

let asked = null;
const titles = new Map();

export function templates() {
  asked ??= get("/api/templates").then(
    ({ templates: all }) => {
      for (const { name, title } of all) titles.set(name, title);
      return all;
    },
    (error) => { asked = null; throw error; },
  );
  return asked;
}

/** What people call a composition: a template by its title. */
export const titleOf = (composition) => titles.get(composition) ?? composition;
