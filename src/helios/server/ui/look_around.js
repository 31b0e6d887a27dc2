// Looking around in a picture: by dragging, by arrow keys, by turning the phone.

import { element } from "./element.js";
import { EYES, Sphere } from "./sphere.js";

const STEP = Math.PI / 36;
const WIDEST = 2.1;
const NARROWEST = 0.5;
const START_ANGLE = Math.PI / 2.4;
const DEGREE = Math.PI / 180;
const FLAT = "See it flat";
const EYE_NAMES = { one: "One eye", anaglyph: "Red-cyan", split: "Side by side" };

export class LookAround {
  /**
   * @param {HTMLElement} box what the view fills
   * @param {HTMLCanvasElement | HTMLVideoElement} picture what is looked at
   * @throws {Error} the browser cannot draw it; the box is as it was
   */
  constructor(box, picture) {
    this.picture = picture;
    this.canvas = element("canvas", { className: "around", tabIndex: 0 });
    // Where this throws, nothing may lie over the picture.
    this.sphere = new Sphere(this.canvas);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "View: drag, or use the arrow keys, to look around; plus and minus to zoom");
    this.eyes = element("select", {}, ...Object.entries(EYE_NAMES)
      .map(([value, textContent]) => element("option", { value, textContent })));
    this.eyes.setAttribute("aria-label", "Eyes");
    this.turning = element("button", { type: "button", className: "quiet", textContent: "Turn phone", hidden: true });
    this.flat = element("button", { type: "button", className: "quiet", textContent: FLAT });
    this.tools = element("div", { className: "around-tools" }, this.eyes, this.turning, this.flat);
    box.append(this.canvas, this.tools);
    this.layout = null;
    this.onTurned = /** @type {(turned: DeviceOrientationEvent) => void} */ (() => {});
    this.yaw = 0;
    this.pitch = 0;
    this.angle = START_ANGLE;
    /** Where the phone is held to, and how it was turned at first. */
    this.held = null;
    this.first = null;
    this.drawing = 0;
    this.listen();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.canvas);
  }

  /** Look at pictures of a layout, `{ projection, stereo }`; with null at none. */
  show(layout) {
    this.layout = layout;
    this.tools.hidden = !layout;
    this.canvas.hidden = !layout || this.flat.textContent !== FLAT;
    if (!layout) return;
    const isStereo = layout.stereo !== "mono";
    this.eyes.hidden = !isStereo;
    if (!isStereo) this.eyes.value = "one";
    this.turning.hidden = !("DeviceOrientationEvent" in window) || !matchMedia("(pointer: coarse)").matches;
    this.fit();
    this.changed();
  }

  /** The picture is another one. */
  changed() {
    if (!this.layout || !("videoWidth" in this.picture ? this.picture.videoWidth : this.picture.width)) return;
    this.sphere.take(this.picture);
    this.draw();
  }

  fit() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight].map((side) => Math.round(side * ratio));
    if (!width || !height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.draw();
  }

  draw() {
    if (!this.layout || this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.layout) return;
      const turned = this.held ?? aimed(this.yaw, this.pitch);
      this.sphere.draw(this.layout, { turned, angle: this.angle, eyes: EYES[this.eyes.value] });
      this.canvas.dataset.yaw = (this.yaw / DEGREE).toFixed(1);
      this.canvas.dataset.pitch = (this.pitch / DEGREE).toFixed(1);
    });
  }

  turn(yaw, pitch) {
    this.yaw = ((this.yaw + yaw + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    this.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.pitch + pitch));
    this.draw();
  }

  zoom(by) {
    this.angle = Math.max(NARROWEST, Math.min(WIDEST, this.angle * by));
    this.draw();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      let { clientX: x, clientY: y } = event;
      const move = (now) => {
        const each = this.angle / canvas.clientHeight;
        this.turn((x - now.clientX) * each, (now.clientY - y) * each);
        ({ clientX: x, clientY: y } = now);
      };
      const end = () => {
        canvas.removeEventListener("pointermove", move);
        for (const kind of ["pointerup", "pointercancel"]) canvas.removeEventListener(kind, end);
      };
      canvas.addEventListener("pointermove", move);
      for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, end);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY / 800));
    }, { passive: false });
    const keys = {
      ArrowLeft: () => this.turn(-STEP, 0), ArrowRight: () => this.turn(STEP, 0),
      ArrowUp: () => this.turn(0, STEP), ArrowDown: () => this.turn(0, -STEP),
      "+": () => this.zoom(0.9), "-": () => this.zoom(1 / 0.9),
    };
    canvas.addEventListener("keydown", (event) => {
      const action = keys[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    });
    this.eyes.addEventListener("change", () => this.draw());
    this.turning.addEventListener("click", () => this.follow());
    this.flat.addEventListener("click", () => {
      canvas.hidden = !canvas.hidden;
      this.flat.textContent = canvas.hidden ? "Look around" : FLAT;
      this.fit();
    });
  }

  /** Look where the phone is held to, once its owner allows it. */
  async follow() {
    if (this.held) {
      this.held = null;
      window.removeEventListener("deviceorientation", this.onTurned);
      this.turning.textContent = "Turn phone";
      return this.draw();
    }
    const asked = /** @type {any} */ (DeviceOrientationEvent).requestPermission;
    const answer = asked ? await asked.call(DeviceOrientationEvent).catch(() => "denied") : "granted";
    if (answer !== "granted") {
      this.turning.textContent = "Not allowed";
      return undefined;
    }
    this.onTurned = ({ alpha, beta, gamma }) => {
      if (alpha === null) return;
      this.first ??= alpha;
      const upright = (screen.orientation?.angle ?? 0) * DEGREE;
      this.held = heldTo((alpha - this.first) * DEGREE, (beta ?? 0) * DEGREE, (gamma ?? 0) * DEGREE, upright);
      this.draw();
    };
    window.addEventListener("deviceorientation", this.onTurned);
    this.turning.textContent = "Drag instead";
    return undefined;
  }

  close() {
    this.observer.disconnect();
    window.removeEventListener("deviceorientation", this.onTurned);
    this.canvas.remove();
    this.tools.remove();
  }
}

/** The rotation, by columns, of a view turned to the right by `yaw` and up by `pitch`. */
export function aimed(yaw, pitch) {
  const [a, b, c, d] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [a, 0, b, -b * d, c, a * d, -b * c, -d, a * c];
}

/** The same of a phone: its Euler angles are those of the W3C, z then x then y. */
export function heldTo(alpha, beta, gamma, upright) {
  const about = (axis, angle) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return { x: [1, 0, 0, 0, c, s, 0, -s, c], y: [c, 0, -s, 0, 1, 0, s, 0, c], z: [c, s, 0, -s, c, 0, 0, 0, 1] }[axis];
  };
  const turns = [about("x", -Math.PI / 2), about("z", alpha), about("x", beta), about("y", gamma), about("z", -upright)];
  return turns.reduce(product);
}

function product(a, b) {
  return Array.from({ length: 9 }, (_, n) => [0, 1, 2]
    .reduce((sum, k) => sum + a[3 * k + (n % 3)] * b[3 * Math.floor(n / 3) + k], 0));
}
