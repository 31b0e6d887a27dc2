// A stand-in for the class Helios of npm's @helios-project/core: what the pages here need of its
// public contract, written anew.
"use strict";

class Signal {
  #value;
  #listeners = new Set();

  constructor(value) {
    this.#value = value;
  }
  get value() {
    return this.#value;
  }
  set(value) {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of this.#listeners) listener(value);
  }
  peek() {
    return this.#value;
  }
  subscribe(listener) {
    this.#listeners.add(listener);
    listener(this.#value);
    return () => this.#listeners.delete(listener);
  }
}

class Helios {
  #checks = new Set();
  #isBound = false;

  constructor({ duration, fps, inputProps = {} }) {
    this.duration = new Signal(duration);
    this.fps = new Signal(fps);
    this.currentFrame = new Signal(0);
    this.inputProps = new Signal(inputProps);
  }
  getState() {
    const [duration, fps, currentFrame] = [this.duration, this.fps, this.currentFrame].map((signal) => signal.value);
    return { duration, fps, currentFrame, currentTime: currentFrame / fps, inputProps: this.inputProps.value };
  }
  subscribe(callback) {
    return this.currentFrame.subscribe(() => callback(this.getState()));
  }
  seek(frame) {
    this.currentFrame.set(Math.min(Math.max(frame, 0), this.duration.value * this.fps.value));
  }
  bindToDocumentTimeline() {
    if (this.#isBound) return;
    this.#isBound = true;
    const poll = () => {
      if (!this.#isBound) return;
      const milliseconds = document.timeline.currentTime;
      if (milliseconds !== null) this.currentFrame.set((milliseconds / 1000) * this.fps.value);
      requestAnimationFrame(poll);
    };
    requestAnimationFrame(poll);
  }
  unbindFromDocumentTimeline() {
    this.#isBound = false;
  }
  registerStabilityCheck(check) {
    this.#checks.add(check);
    return () => this.#checks.delete(check);
  }
  async waitUntilStable() {
    await Promise.all([...this.#checks].map((check) => check()));
  }
}
