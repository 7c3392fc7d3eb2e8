// The service worker (/sw.js says what `kept` is): keeps the page for work without a signal and its
// assets, nothing else. Every other page comes from the network and is never kept.
import { sendAlone } from "./queue.js";
import { currentUser, openDatabase, Store } from "./store.js";

const { version, page, assets } = self.kept;
const CACHE = `commonweal-offline-${version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const response = await fetch(page, { credentials: "same-origin", cache: "no-store", headers: { accept: "text/html" } });
      // Not the sign-in page, nor a page of somebody's Wi-Fi.
      if (!response.ok || response.redirected) throw new Error("the page cannot be kept now");
      await cache.put(page, response);
      await cache.addAll(assets);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("commonweal-offline-") && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = url.origin === self.location.origin && event.request.method === "GET" && (url.pathname === page || assets.includes(url.pathname));
  if (!ours) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(CACHE);
      return (await cache.match(url.pathname)) ?? fetch(event.request);
    })(),
  );
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "commonweal-offline") return;
  event.waitUntil(
    (async () => {
      const database = await openDatabase();
      const user = await currentUser(database);
      if (!user) return;
      const result = await sendAlone(await Store.of(database, user.id));
      // The browser tries again later.
      if (result && ["no-signal", "busy"].includes(result.state)) throw new Error(result.state);
    })(),
  );
});
