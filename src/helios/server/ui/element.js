// Small helpers to make and find elements.

/**
 * The element of an id, of whatever kind the page has it.
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {object} properties
 * @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** What failed and what to do, in one line. */
export function sentences(message, hint) {
  if (!message || !hint) return message || hint || "";
  return /[.!?:]$/.test(message) ? `${message} ${hint}` : `${message}. ${hint}`;
}

/** Show a message in an element, or with an empty one hide it. */
export function say(target, text) {
  target.textContent = text;
  target.hidden = !text;
}

export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long a film is: a short one with tenths, which `clock` would round away. */
export const length = (seconds) => (seconds < 10 ? `${Number(seconds.toFixed(1))} s` : clock(seconds));

/** Whether the visitor minds nothing that moves by itself. */
export function mayMove() {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Scroll to an element, at once for who does not want motion.
 * @param {Element} where
 * @param {ScrollLogicalPosition} block where in the window it comes to lie
 */
export function scrollTo(where, block) {
  where.scrollIntoView({ block, behavior: mayMove() ? "smooth" : "instant" });
}
