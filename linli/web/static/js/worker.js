/* The service worker of the field face (kept.js comes before it in the same answer): pages that a
   day outside needs are kept when there is a network and shown when there is none. It sends nothing;
   what waits to be sent is outbox.js's, which works in every open page. */
(function () {
  "use strict";

  var PAGES = "linli-pages";
  var SHELL = "linli-shell-";
  var STATE = "/offline/state/";
  var NO_PAGE = "/offline/";
  var VERSION = "X-Linli-Version";
  var COPIED = ["Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"];
  var PATIENCE_MILLISECONDS = 8000;
  var HASHED = /\.[0-9a-f]{12}\.\w+$/;
  var ASSET = /(?:src|href)="(\/static\/[^"#?]+)["#?]/g;
  var isKeeping = null;

  /* --- Keeping ------------------------------------------------------------------------------ */

  function ask(path) {
    return fetch(path, {
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
      headers: { "X-Linli-Keep": "1" }
    }).then(function (response) {
      if (!response.ok) throw new Error(path + ": " + response.status);
      return response;
    });
  }

  function assetsOf(text) {
    var found = [];
    text.replace(ASSET, function (_all, path) {
      if (found.indexOf(path) < 0) found.push(path);
      return "";
    });
    return found;
  }

  function keepAssets(text, release) {
    return caches.open(SHELL + release).then(function (shell) {
      return Promise.all(assetsOf(text).map(function (path) {
        return shell.match(path).then(function (known) { return known || shell.add(path); });
      }));
    });
  }

  function keepPage(pages, page, release) {
    return pages.match(page.url).then(function (known) {
      if (known && known.headers.get(VERSION) === page.version) return null;
      return ask(page.url).then(function (response) {
        var headers = new Headers();
        COPIED.forEach(function (name) {
          if (response.headers.has(name)) headers.set(name, response.headers.get(name));
        });
        headers.set(VERSION, page.version);
        return response.text().then(function (text) {
          return keepAssets(text, release).then(function () {
            return pages.put(page.url, new Response(text, { headers: headers }));
          });
        });
      }).catch(function () {
        return pages.delete(page.url); /* Gone, or the network is: an old page would mislead. */
      });
    });
  }

  function dropOthers(pages, list) {
    var wanted = list.pages.map(function (page) { return page.url; });
    return pages.keys().then(function (requests) {
      return Promise.all(requests.map(function (request) {
        return wanted.indexOf(new URL(request.url).pathname) < 0 ? pages.delete(request) : false;
      }));
    }).then(function () { return caches.keys(); }).then(function (names) {
      return Promise.all(names.map(function (name) {
        return name.indexOf(SHELL) === 0 && name !== SHELL + list.release ? caches.delete(name) : false;
      }));
    });
  }

  /* One after the other: an office's PC serves everybody's phones. */
  function keepAll(account) {
    return ask(STATE).then(function (response) { return response.json(); }).then(function (list) {
      if (list.account !== account) return null; /* Somebody else signed in meanwhile. */
      return caches.open(PAGES).then(function (pages) {
        return list.pages.reduce(function (before, page) {
          return before.then(function () { return keepPage(pages, page, list.release); });
        }, Promise.resolve()).then(function () { return dropOthers(pages, list); });
      }).then(function () { return self.linliKept.owner(); }).then(function (known) {
        /* Whoever signed out while we were at it leaves nothing either. */
        if (!known || known.account !== account) return self.linliKept.wipePages();
        return tell({ kept: list.pages.length });
      });
    });
  }

  function tell(what) {
    return self.clients.matchAll({ type: "window" }).then(function (found) {
      found.forEach(function (client) { client.postMessage(what); });
    });
  }

  self.addEventListener("message", function (event) {
    if (!event.data || !event.data.keep) return;
    isKeeping = (isKeeping || Promise.resolve()).then(function () {
      return keepAll(event.data.keep);
    }).catch(function () { return null; });
    event.waitUntil(isKeeping);
  });

  /* --- Showing ------------------------------------------------------------------------------ */

  function keptPage(path) {
    return self.linliKept.expire().then(function (found) {
      if (!found.mayShow) return undefined;
      return caches.open(PAGES).then(function (pages) { return pages.match(path); });
    }).catch(function () { return undefined; });
  }

  function later(milliseconds) {
    return new Promise(function (_resolve, reject) {
      setTimeout(function () { reject(new Error("too slow")); }, milliseconds);
    });
  }

  function page(request) {
    var path = new URL(request.url).pathname;
    var live = fetch(request);
    if (request.method !== "GET") return live.catch(noPage);
    return keptPage(path).then(function (kept) {
      if (!kept) return live.catch(noPage);
      return Promise.race([live, later(PATIENCE_MILLISECONDS)]).catch(function () { return kept; });
    });
  }

  function noPage(error) {
    return keptPage(NO_PAGE).then(function (kept) {
      if (!kept) throw error;
      return kept;
    });
  }

  function asset(request) {
    var path = new URL(request.url).pathname;
    if (!HASHED.test(path)) {
      return fetch(request).catch(function (error) {
        return caches.match(path).then(function (kept) {
          if (!kept) throw error;
          return kept;
        });
      });
    }
    return caches.match(path).then(function (kept) { return kept || fetch(request); });
  }

  self.addEventListener("fetch", function (event) {
    var request = event.request;
    var url = new URL(request.url);
    if (url.origin !== self.location.origin) return;
    if (request.mode === "navigate") event.respondWith(page(request));
    else if (request.method === "GET" && url.pathname.indexOf("/static/") === 0) {
      event.respondWith(asset(request));
    }
  });

  self.addEventListener("install", function () { self.skipWaiting(); });
  self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });
})();
