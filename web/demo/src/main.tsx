// The page: a class list goes in, is scored on this device, and comes out with the scores.

import { render } from "preact";

import { App } from "./app.js";

const root = document.querySelector("main");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}

const status = document.querySelector<HTMLElement>("#offline");
const tell = (text: string, isReady: boolean) => {
  if (status !== null) {
    status.textContent = text;
    status.classList.toggle("ready", isReady);
  }
};
if ("serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("sw.js")
    .then(() => navigator.serviceWorker.ready)
    .then(() => tell("Works offline", true))
    // Pages from a folder or over plain HTTP have no service worker, and work all the same.
    .catch(() => tell("Needs its site to open", false));
} else {
  tell("Needs its site to open", false);
}
