/* A form that could not leave is kept on the phone and leaves by itself.

   <form data-outbox="report" data-outbox-title="text" hx-post=… enctype="multipart/form-data"> must
   carry a submission_key, so that the server takes it once however often it is sent. When the
   network fails, the whole form with its photos goes into IndexedDB (kept.js, outbox-store.js); it
   is sent when the network is back, on the next page of Linli, and every half minute while one is
   open, and only while its owner is signed in. data-outbox-about names what it is about;
   data-outbox-next is where one goes on meanwhile: such a form is about one thing. Opened again
   without a network it shows what waits, and what was written about it last is laid over that.
   outbox-show.js shows how it stands. */
(function () {
  "use strict";

  var store = window.linliOutbox;
  var kept = self.linliKept;
  var shows = window.linliOutboxShow;
  var PAUSE_MILLISECONDS = 30000;
  var CORRECTING = "linli-outbox-correcting";
  var STATE = "/offline/state/";
  var isSending = false;
  var isAway = false;
  var pressed = null;
  var sent = [];

  /* --- Keeping -------------------------------------------------------------------------- */

  function keep(form) {
    var next = form.getAttribute("data-outbox-next");
    var button = pressed && form.contains(pressed) ? pressed : null;
    return store.entryOf(form, button).then(function (entry) {
      return (next ? replaceEarlier(entry, form) : Promise.resolve()).then(function () { return kept.put(entry); });
    }).then(function () {
      if (next) {
        window.location.assign(next);
        return;
      }
      beginAnew(form);
      draw().then(shows.lead);
    }, function () {
      shows.say("lost");
    });
  }

  function replaceEarlier(entry, form) {
    return waitingFor(entry.url, entry.owner).then(function (earlier) {
      return Promise.all(earlier.map(function (one) {
        if (one.key !== form.getAttribute("data-outbox-laid")) store.layOver(entry, one);
        return kept.drop(one.key);
      }));
    });
  }

  function waitingFor(url, owner) {
    return kept.all().then(function (entries) {
      return entries.filter(function (one) { return one.url === url && one.owner === owner; })
        .sort(function (one, other) { return other.keptAt - one.keptAt; });
    });
  }

  /* A page that was kept shows what stood before: what waits to be sent is newer. */
  function layIn(form) {
    var owner = document.body.getAttribute("data-account") || "";
    waitingFor(form.getAttribute("action"), owner).then(function (found) {
      if (!found.length || found[0].state !== "waiting") return;
      store.fill(form, found[0]);
      form.setAttribute("data-outbox-laid", found[0].key);
    }, function () { return null; });
  }

  /* The next report can be written at once, still without a network: it needs a key of its own. */
  function beginAnew(form) {
    form.reset();
    ["longitude", "latitude"].forEach(function (name) {
      var input = form.querySelector("[name=" + name + "]");
      if (input) input.value = "";
    });
    form.querySelectorAll("[data-empty-on-reset]").forEach(function (element) {
      element.textContent = "";
    });
    renew(form);
  }

  function renew(form) {
    form.querySelector("[name=submission_key]").value = store.newKey();
  }

  /* --- Sending -------------------------------------------------------------------------- */

  /* Who is signed in now, and the token of today: a page kept since yesterday knows neither. */
  function contact() {
    return fetch(STATE, { credentials: "same-origin", redirect: "error", cache: "no-store" })
      .then(function (response) {
        if (!response.ok) throw new Error("no contact");
        return response.json();
      });
  }

  function send(entry, token) {
    return fetch(entry.url, {
      method: "POST",
      body: store.dataOf(entry),
      credentials: "same-origin",
      redirect: "error",
      headers: { "X-Linli-Outbox": "1", "X-CSRFToken": token }
    }).then(function (response) {
      var isJson = (response.headers.get("Content-Type") || "").indexOf("json") >= 0;
      if (response.ok && isJson) {
        return response.json().then(function (answer) { return accept(entry, answer); });
      }
      if (isJson && response.status === 422) {
        return response.json().then(function (answer) { return refuse(entry, answer.sentences); });
      }
      if (response.status === 403 || response.status === 404) return refuse(entry, []);
      return null; /* Busy: it stays and is tried again. */
    }, function () { return null; });
  }

  function refuse(entry, sentences) {
    entry.state = "refused";
    entry.sentences = sentences;
    return kept.put(entry);
  }

  function accept(entry, answer) {
    var report = { title: entry.title, url: answer.url, code: answer.code, isPrivate: answer.private };
    return kept.drop(entry.key).then(function () {
      sent.push(report);
      document.dispatchEvent(new CustomEvent("outbox:sent", { detail: report }));
    });
  }

  function sendAll() {
    if (isSending || navigator.onLine === false) return Promise.resolve();
    isSending = true;
    return kept.all().then(function (entries) {
      var waiting = entries.filter(function (entry) { return entry.state === "waiting"; });
      if (!waiting.length) return null;
      return contact().then(function (found) {
        var own = waiting.filter(function (entry) { return !entry.owner || entry.owner === found.account; });
        isAway = own.length < waiting.length;
        if (own.length) draw(true);
        return own.sort(function (one, other) { return one.keptAt - other.keptAt; })
          .reduce(function (before, entry) {
            return before.then(function () { return send(entry, found.token); });
          }, Promise.resolve());
      });
    }).catch(function () { return null; }).then(function () {
      isSending = false;
      return draw();
    });
  }

  /* --- Showing and correcting -------------------------------------------------------------- */

  /* What somebody entered is theirs to read: whoever else holds the phone sees nothing of it. */
  function isOurs(entry) {
    return !entry.owner || entry.owner === document.body.getAttribute("data-account");
  }

  function draw(isUnderWay) {
    return kept.all().then(function (entries) {
      shows.draw(entries.filter(isOurs), sent, { isUnderWay: isUnderWay, isAway: isAway }, {
        again: sendAll,
        correct: correct,
        drop: function (entry) { kept.drop(entry.key).then(function () { draw(); }); }
      });
    }, function () { return null; });
  }

  function correct(entry) {
    var form = Array.from(document.querySelectorAll("form[data-outbox]")).find(function (one) {
      return one.getAttribute("action") === entry.url;
    });
    if (!form) {
      window.sessionStorage.setItem(CORRECTING, entry.key);
      window.location.assign(entry.page);
      return;
    }
    store.fill(form, entry);
    kept.drop(entry.key).then(function () { draw(); });
    form.scrollIntoView();
  }

  function goOnCorrecting() {
    var key = window.sessionStorage.getItem(CORRECTING);
    if (!key || !document.querySelector("form[data-outbox]")) return;
    window.sessionStorage.removeItem(CORRECTING);
    kept.all().then(function (entries) {
      entries.filter(function (entry) {
        return entry.key === key && document.querySelector('form[action="' + entry.url + '"]');
      }).forEach(correct);
    }, function () { return null; });
  }

  /* --- When ------------------------------------------------------------------------------ */

  function failed(event) {
    var form = event.detail.elt;
    if (form.matches && form.matches("form[data-outbox]")) {
      event.stopPropagation();
      keep(form);
    }
  }

  /* The phone's own time is kept beside the server's: which button, and when. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("form[data-outbox] button");
    if (!button) return;
    pressed = button;
    var time = button.form && button.form.querySelector("[name=phone_at]");
    if (time) time.value = new Date().toISOString();
  }, true);
  document.addEventListener("htmx:sendError", failed, true);
  document.addEventListener("htmx:timeout", failed, true);
  window.addEventListener("online", sendAll);
  document.addEventListener("DOMContentLoaded", function () {
    /* A page that was kept shows the same key each time it is opened: each form needs its own. */
    if (document.body.hasAttribute("data-kept")) {
      document.querySelectorAll("form[data-outbox]").forEach(renew);
      document.querySelectorAll("form[data-outbox-next]").forEach(layIn);
    }
    draw();
    goOnCorrecting();
    sendAll();
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) sendAll();
  });
  window.setInterval(function () {
    if (!document.hidden) sendAll();
  }, PAUSE_MILLISECONDS);
})();
