// The server, as this page sees it.

import { sentences } from "./element.js";

export const UNREACHED = "The server cannot be reached. Is it running, and this device connected?";
const AGAIN_MS = 3000;

let askForToken = null;
let asking = null;

/** Says how to ask for the token; called once by the page. */
export function onTokenNeeded(ask) {
  askForToken = ask;
}

async function authorised() {
  asking ??= askForToken().finally(() => { asking = null; });
  await asking;
}

export class ServerError extends Error {
  constructor(status, body) {
    super(sentences(body.error, body.hint) || `The server answered ${status}.`);
    this.status = status;
  }
}

/** A request; its answer may be of any status. */
async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (options?.signal?.aborted) throw error;
    // The browser's own words ("Failed to fetch") say nothing of what to do.
    throw new Error(UNREACHED, { cause: error });
  }
}

export async function call(path, options = {}) {
  const reply = await reach(path, options);
  if (reply.status === 401 && path !== "/api/login") {
    await authorised();
    return call(path, options);
  }
  if (!reply.ok) {
    throw new ServerError(reply.status, await reply.json().catch(() => ({})));
  }
  return reply;
}

export async function get(path) {
  return (await call(path)).json();
}

/** Send something as it is. */
export async function send(path, body, headers, signal) {
  return (await call(path, { method: "POST", headers, body, signal })).json();
}

export function post(path, body, signal) {
  return send(path, JSON.stringify(body ?? {}), { "content-type": "application/json" }, signal);
}

/** Upload a file; fetch cannot tell how far it is, so this does not use it. */
export function upload(file, onFraction) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/audio?name=${encodeURIComponent(file.name.slice(0, 180))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onFraction(event.loaded / event.total);
    request.onerror = () => reject(new Error(UNREACHED));
    request.onload = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* an answer without a body */ }
      if (request.status === 200) resolve(body);
      else if (request.status === 401) authorised().then(() => upload(file, onFraction)).then(resolve, reject);
      else reject(new ServerError(request.status, body));
    };
    request.send(file);
  });
}

/** Do something with the server, again until it succeeds; `onProblem` hears why it did not. */
export async function persist(action, onProblem) {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      onProblem(error);
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
    }
  }
}

/**
 * Hear of every change of a job and of jobs that were forgotten; `onOpen` is called whenever
 * changes may have been missed, `onLost` when they may be missed from now on.
 */
export function listen(onJob, onForgotten, onOpen, onLost) {
  let source = null;
  async function open() {
    // An event stream does not say why it was refused; an ordinary request does, and asks for the
    // token if that is why.
    await persist(onOpen, onLost);
    if (document.hidden || source) return;
    source = new EventSource("/api/events");
    source.addEventListener("job", (event) => onJob(JSON.parse(event.data)));
    source.addEventListener("forgotten", (event) => onForgotten(JSON.parse(event.data).id));
    source.onopen = () => onOpen().catch(onLost);
    source.onerror = (event) => {
      onLost(new Error(UNREACHED));
      if (/** @type {EventSource} */ (event.target).readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(open, AGAIN_MS);
    };
  }
  // A browser has six connections to a server for all its tabs together: those that nobody looks
  // at hold none.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) open();
    else {
      source?.close();
      source = null;
    }
  });
  return open();
}
