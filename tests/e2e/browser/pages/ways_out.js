// Every way out of a page that is known; `url`, `port` and `udp` say where to.
const make = (tag, values) => Object.assign(document.createElement(tag), values);
// Code that does not come would end the render: here it is expected.
const add = (tag, values) =>
  document.body.append(Object.assign(make(tag, values), { onerror: () => {} }));
const outcomes = {};
const attempt = (name, run) => {
  outcomes[name] = "";
  const done = (text) => { outcomes[name] ||= text; };
  try { run(done); } catch (e) { done("refused"); }
};
for (const rel of ["preconnect", "dns-prefetch", "prefetch", "preload", "stylesheet", "icon",
                   "modulepreload", "manifest", "prerender"])
  add("link", {rel, href: url + "/" + rel, as: "image"});
for (const tag of ["img", "script", "iframe", "video", "audio", "embed", "source", "track"])
  add(tag, {src: url + "/" + tag});
add("object", {data: url + "/object"});
add("a", {href: "/", ping: url + "/ping"});
document.body.style.background = `url(${url}/css)`;
const rules = document.createElement("script"); rules.type = "speculationrules";
const urls = [url + "/speculation"];
rules.textContent = JSON.stringify({prefetch: [{urls}], prerender: [{urls}]});
document.body.append(rules);
navigator.sendBeacon(url + "/beacon", "x");
add("iframe", {name: "inner"});
const form = make("form", {action: url + "/form", method: "post", target: "inner"});
document.body.append(form);
form.submit();
const sandboxed = document.createElement("iframe"); sandboxed.sandbox = "allow-scripts";
sandboxed.srcdoc = `<img src="${url}/sandboxed"><script>
  fetch("${url}/sandboxed2", {mode: "no-cors"});
  try { new WebSocket("ws://127.0.0.1:${port}/sandboxed3"); } catch {}<\/script>`;
document.body.append(sandboxed);
attempt("socket", (done) => { const s = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  s.onopen = () => done("open"); s.onerror = () => done("refused"); });
attempt("events", (done) => { const s = new EventSource(url + "/events");
  s.onopen = () => done("open"); s.onerror = () => done("refused"); });
attempt("transport", (done) => { new WebTransport(`https://127.0.0.1:${port}/`).ready.then(
  () => done("open"), () => done("refused")); });
attempt("peer", (done) => { const p = new RTCPeerConnection(
    {iceServers: [{urls: `stun:127.0.0.1:${udp}`}]});
  p.onicecandidate = (e) => { if (e.candidate) done("candidate " + e.candidate.candidate);
    else done("refused"); };
  p.createDataChannel("x");
  p.createOffer().then((o) => p.setLocalDescription(o)).catch(() => done("refused")); });
attempt("worker", (done) => { navigator.serviceWorker.register("worker.js").then(
  () => done("open"), () => done("refused")); });
attempt("shared", (done) => { const w = new SharedWorker("worker.js");
  w.port.onmessage = () => done("open"); w.onerror = () => done("refused"); });
attempt("dedicated", (done) => { const w = new Worker(URL.createObjectURL(new Blob([`
  fetch("${url}/dedicated", {mode: "no-cors"}).then(
    () => postMessage("open"), () => postMessage("refused"));
  try { new WebSocket("ws://127.0.0.1:${port}/dedicated2"); } catch {}`])));
  w.onmessage = (e) => done(e.data); w.onerror = () => done("refused"); });
attempt("popup", (done) => { done(window.open(url + "/popup") ? "window" : "refused"); });
window.outcomes = outcomes;
