// The offline shell. Knows the built files and nothing of money: /v1 and /sandbox never pass here.
const CACHE = `tael-shell-${'__VERSION__'}`;
const SHELL = '__SHELL__';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  const forget = (names) =>
    Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(
    caches
      .keys()
      .then(forget)
      .then(() => self.clients.claim()),
  );
});

const isShell = (url) => SHELL.includes(url.pathname);

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate') {
    // The newest page if there is a network, else the page that fits the files kept here.
    event.respondWith(fetch(event.request).catch(() => caches.match('/')));
    return;
  }
  if (isShell(url)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(event.request)));
  }
});
