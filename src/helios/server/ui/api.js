// The server, as this page sees it.

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
    super([body.error, body.hint].filter(Boolean).join(" ") || `The server answered ${status}.`);
    this.status = status;
  }
}

export async function call(path, options = {}) {
  const reply = await fetch(path, options);
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

export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return (await call(path, { method: "POST", headers, body: JSON.stringify(body ?? {}) })).json();
}

/** Upload a file; fetch cannot tell how far it is, so this does not use it. */
export function upload(file, onFraction) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/audio?name=${encodeURIComponent(file.name.slice(0, 180))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onFraction(event.loaded / event.total);
    request.onerror = () => reject(new Error("The server cannot be reached."));
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

/** Hear of every change of a job; `onOpen` is called whenever changes may have been missed. */
export function listen(onJob, onOpen, onLost) {
  const source = new EventSource("/api/events");
  source.addEventListener("job", (event) => onJob(JSON.parse(event.data)));
  source.onopen = onOpen;
  source.onerror = () => {
    onLost();
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen(onJob, onOpen, onLost), 3000);
    }
  };
}
