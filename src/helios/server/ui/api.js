// The server, as this page sees it.

import { sentences } from "./element.js";

const UNREACHED = "The server cannot be reached. Is it running, and this device connected?";
const AGAIN_MS = 3000;
const MOST_VAIN = 4;

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

/** No answer came, or only a part of one: what was asked for may be had once the server is reached again. */
export class Lost extends Error {
  /** @param {unknown} [cause] @param {string} [message] */
  constructor(cause, message = UNREACHED) {
    super(message, { cause });
  }
}

/** A request; its answer may be of any status. */
async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (options?.signal?.aborted) throw error;
    // The browser's own words ("Failed to fetch") say nothing of what to do.
    throw new Lost(error);
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

/**
 * Upload a file. Where the connection is lost it goes on from the byte where it was, as soon as the server is reached.
 * @param {File} file
 * @param {(fraction: number) => void} onFraction hears how far it is
 * @param {(isLost: boolean) => void} onLost hears that it waits, and that it goes on
 * @returns {Promise<any>}
 */
export async function upload(file, onFraction, onLost) {
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let offset = 0;
  for (let vain = 0; ;) {
    try {
      return await uploadRest(file, id, offset, onFraction);
    } catch (error) {
      if (error instanceof ServerError && error.status !== 409) throw error;
      onLost(true);
      const { received, most } = await persist(() => get(`/api/audio/upload/${id}`), () => {});
      // A server that takes no more ends the connection, amid what is sent.
      if (file.size > most) throw new Error(`It is larger than this server takes: ${Math.round(most / 2 ** 20)} MiB.`, { cause: error });
      vain = received > offset ? 0 : vain + 1;
      // The server is there and yet nothing comes: the file itself cannot be read.
      if (vain >= MOST_VAIN) throw new Error("It cannot be sent: is it still where it was? Choose it again.", { cause: error });
      offset = received;
      if (vain) await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
      onLost(false);
    }
  }
}

/** The rest of a file; fetch cannot tell how far it is, so this does not use it. */
function uploadRest(file, id, offset, onFraction) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const name = encodeURIComponent(file.name.slice(0, 180));
    request.open("POST", `/api/audio?name=${name}&upload=${id}&offset=${offset}&size=${file.size}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onFraction((offset + event.loaded) / file.size);
    request.onerror = () => reject(new Lost());
    request.onload = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* an answer without a body */ }
      if (request.status === 200) resolve(body);
      else if (request.status === 401) authorised().then(() => uploadRest(file, id, offset, onFraction)).then(resolve, reject);
      else reject(new ServerError(request.status, body));
    };
    request.send(file.slice(offset));
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
      onLost(new Lost());
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
