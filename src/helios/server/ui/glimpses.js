// Pictures of films on their cards: of the part that was finished last, while a card is in sight.

import { call } from "./api.js";

const AGAIN_MS = 4000;

export class Glimpses {
  /** @param {() => void} onSight hears that other cards are in sight */
  constructor(onSight) {
    /** Entries of the list that want a picture, asked for one after the other. */
    this.waiting = new Set();
    this.isAsking = false;
    this.entries = new WeakMap();
    this.sight = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) {
        const entry = this.entries.get(target);
        entry.isInSight = isIntersecting;
        this.look(entry);
      }
      onSight();
    });
  }

  add(entry) {
    this.entries.set(entry.item, entry);
    this.sight.observe(entry.item);
  }

  remove(entry) {
    this.sight.unobserve(entry.item);
    this.waiting.delete(entry);
    URL.revokeObjectURL(entry.picture.src);
  }

  /** A job has changed, or is seen now. */
  look(entry) {
    const { status, framesDone } = entry.job ?? {};
    const isNews = status === "completed"
      ? entry.shownOf !== status
      : status === "processing" && framesDone && Date.now() - (entry.lookedAt ?? 0) > AGAIN_MS;
    if (!entry.isInSight || !isNews) return;
    this.waiting.add(entry);
    this.ask();
  }

  async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    for (const entry of this.waiting) {
      this.waiting.delete(entry);
      [entry.lookedAt, entry.shownOf] = [Date.now(), entry.job.status];
      const reply = await call(`/api/render/${entry.job.id}/picture`).catch(() => null);
      if (reply?.status === 200 && entry.item.isConnected) {
        URL.revokeObjectURL(entry.picture.src);
        entry.picture.src = URL.createObjectURL(await reply.blob());
        entry.picture.hidden = false;
      }
    }
    this.isAsking = false;
  }
}
