// The service worker: keeps the page and its models on the device, so that it opens without a network.

declare const self: ServiceWorkerGlobalScope;

/** Made from the bytes of all files below. */
declare const __VERSION__: string;
/** What is kept at once, and what when it is first fetched: addresses beside this file. */
declare const __FILES__: readonly string[];
declare const __LATER__: readonly string[];

const PAGE = `pupil-page-${__VERSION__}`;
/** Large models outlive versions of the page; their address has their hash. */
const MODELS = "pupil-models";

const address = (path: string) => new URL(path, self.registration.scope).href;

self.addEventListener("install", (event) => {
  const requests = __FILES__.map((path) => new Request(address(path), { cache: "reload" }));
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("pupil-page-") && name !== PAGE).map((name) => caches.delete(name)));
    const models = await caches.open(MODELS);
    const known = new Set(__LATER__.map(address));
    const old = (await models.keys()).filter(({ url }) => !known.has(url));
    await Promise.all(old.map((request) => models.delete(request)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) {
    event.respondWith(answer(request));
  }
});

async function answer(request: Request): Promise<Response> {
  const page = await caches.open(PAGE);
  const kept = await page.match(request.mode === "navigate" ? address("./") : request, { ignoreSearch: request.mode === "navigate" });
  if (kept !== undefined) {
    return kept;
  }
  if (!__LATER__.map(address).includes(request.url)) {
    return fetch(request);
  }
  const models = await caches.open(MODELS);
  const model = await models.match(request.url);
  if (model !== undefined) {
    return model;
  }
  const response = await fetch(request);
  if (response.ok) {
    await models.put(request.url, response.clone());
  }
  return response;
}
