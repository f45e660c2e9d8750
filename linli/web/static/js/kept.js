/* What this phone keeps: forms that wait to be sent, and who was here last, in IndexedDB; pages for
   when there is no network, in the browser's caches. self.linliKept is for pages and for the
   service worker alike. Nothing of it outlives its time, a sign-out or another person's sign-in. */
(function () {
  "use strict";

  var DATABASE = "linli-outbox";
  var FORMS = "forms";
  var FACTS = "facts";
  var CACHES = "linli-";
  var HOUR_MILLISECONDS = 3600000;

  function open() {
    return new Promise(function (resolve, reject) {
      if (!self.indexedDB) {
        reject(new Error("no indexedDB"));
        return;
      }
      var asked = self.indexedDB.open(DATABASE, 2);
      asked.onupgradeneeded = function () {
        [FORMS, FACTS].forEach(function (name) {
          if (!asked.result.objectStoreNames.contains(name)) {
            asked.result.createObjectStore(name, { keyPath: "key" });
          }
        });
      };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function within(name, mode, work) {
    return open().then(function (database) {
      return new Promise(function (resolve, reject) {
        var transaction = database.transaction(name, mode);
        var asked = work(transaction.objectStore(name));
        function close(then, answer) {
          return function () {
            database.close();
            then(answer());
          };
        }
        transaction.oncomplete = close(resolve, function () { return asked && asked.result; });
        transaction.onerror = close(reject, function () { return transaction.error; });
        transaction.onabort = close(reject, function () { return transaction.error; });
      });
    });
  }

  /* --- Forms ---------------------------------------------------------------------------- */

  function put(entry) { return within(FORMS, "readwrite", function (store) { return store.put(entry); }); }
  function drop(key) { return within(FORMS, "readwrite", function (store) { return store.delete(key); }); }
  function all() { return within(FORMS, "readonly", function (store) { return store.getAll(); }); }

  function dropThose(isOne) {
    return all().then(function (entries) {
      var found = entries.filter(isOne);
      return within(FORMS, "readwrite", function (store) {
        found.forEach(function (entry) { store.delete(entry.key); });
      }).then(function () { return found.length; });
    });
  }

  /* --- Whose phone it is ------------------------------------------------------------------- */

  function owner() {
    return within(FACTS, "readonly", function (store) { return store.get("owner"); });
  }

  function say(fact) {
    return within(FACTS, "readwrite", function (store) { return store.put(fact); });
  }

  function wipePages() {
    if (!self.caches) return Promise.resolve();
    return self.caches.keys().then(function (names) {
      return Promise.all(names.map(function (name) {
        return name.indexOf(CACHES) === 0 ? self.caches.delete(name) : false;
      }));
    });
  }

  /* A live page of this account is here: the server was heard of just now. What somebody else left
     behind goes; returned is how many of their forms that were never sent. */
  function meet(account, hours) {
    return owner().then(function (known) {
      var isOther = known && known.account !== account;
      return (isOther ? wipePages() : Promise.resolve()).then(function () {
        return dropThose(function (entry) { return entry.owner && entry.owner !== account; });
      });
    }).then(function (lost) {
      return say({
        key: "owner", account: account, seenAt: Date.now(),
        pagesHours: hours.pages, unsentHours: hours.unsent
      }).then(function () { return lost; });
    });
  }

  function isPast(since, hours) {
    /* A clock that was put back says nothing about how long ago it was. */
    var age = Date.now() - since;
    return age > hours * HOUR_MILLISECONDS || age < -HOUR_MILLISECONDS;
  }

  /* Throw away what is older than may be. Returned is whether pages may still be shown, and how many
     forms that were never sent went. A form waits longer, and a clock put back does not cost it. */
  function expire() {
    return owner().then(function (known) {
      if (!known) return { mayShow: false, lost: 0 };
      var mayShow = !isPast(known.seenAt, known.pagesHours);
      var until = Date.now() - known.unsentHours * HOUR_MILLISECONDS;
      return (mayShow ? Promise.resolve() : wipePages()).then(function () {
        return dropThose(function (entry) { return entry.owner && entry.keptAt < until; });
      }).then(function (lost) { return { mayShow: mayShow, lost: lost }; });
    });
  }

  /* Leave nothing of an account: it signs out. */
  function forget() {
    return wipePages().then(function () {
      return dropThose(function (entry) { return !!entry.owner; });
    }).then(function () {
      return within(FACTS, "readwrite", function (store) { return store.clear(); });
    });
  }

  self.linliKept = {
    put: put, drop: drop, all: all, owner: owner,
    meet: meet, expire: expire, forget: forget, wipePages: wipePages
  };
})();
