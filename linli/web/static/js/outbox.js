/* A form that could not leave is kept on the phone and leaves by itself.

   <form data-outbox="report" data-outbox-title="text" hx-post=… enctype="multipart/form-data"> must
   carry a submission_key, so that the server takes it once however often it is sent. When the
   network fails, the whole form with its photos goes into IndexedDB (outbox-store.js, which comes
   before this script); it is sent when the network is back, on the next page of Linli, and every
   half minute while one is open. The page shows the state in <section data-outbox-list …>, whose
   data- attributes hold the words. */
(function () {
  "use strict";

  var store = window.linliOutbox;
  var PAUSE_MILLISECONDS = 30000;
  var CORRECTING = "linli-outbox-correcting";
  var isSending = false;
  var sent = [];

  /* --- Keeping -------------------------------------------------------------------------- */

  function keep(form) {
    return store.entryOf(form).then(store.put).then(function () {
      beginAnew(form);
      draw();
      box().scrollIntoView({ block: "center" });
    }, function () {
      say("lost");
    });
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
    form.querySelector("[name=submission_key]").value = newKey();
  }

  function newKey() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var digits = Array.from(bytes).map(function (byte) { return ("0" + byte.toString(16)).slice(-2); });
    return [4, 6, 8, 10, 16].map(function (end, index) {
      return digits.slice([0, 4, 6, 8, 10][index], end).join("");
    }).join("-");
  }

  /* --- Sending -------------------------------------------------------------------------- */

  function token() {
    var field = document.querySelector("[name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  }

  function send(entry) {
    return fetch(entry.url, {
      method: "POST",
      body: store.dataOf(entry),
      credentials: "same-origin",
      redirect: "error",
      headers: { "X-Linli-Outbox": "1", "X-CSRFToken": token() }
    }).then(function (response) {
      var isJson = (response.headers.get("Content-Type") || "").indexOf("json") >= 0;
      if (response.ok && isJson) {
        return response.json().then(function (answer) { return accept(entry, answer); });
      }
      if (isJson && response.status === 422) {
        return response.json().then(function (answer) {
          entry.state = "refused";
          entry.sentences = answer.sentences;
          return store.put(entry);
        });
      }
      return null; /* Busy, or signed out: it stays and is tried again. */
    }, function () { return null; });
  }

  function accept(entry, answer) {
    var report = { title: entry.title, url: answer.url, code: answer.code, isPrivate: answer.private };
    sent.push(report);
    document.dispatchEvent(new CustomEvent("outbox:sent", { detail: report }));
    return store.drop(entry.key);
  }

  function sendAll() {
    if (isSending || navigator.onLine === false) return Promise.resolve();
    isSending = true;
    return store.all().then(function (entries) {
      var waiting = entries.filter(function (entry) { return entry.state === "waiting"; });
      if (!waiting.length) return null;
      draw(true);
      return waiting.reduce(function (before, entry) {
        return before.then(function () { return send(entry); });
      }, Promise.resolve());
    }).catch(function () { return null; }).then(function () {
      isSending = false;
      draw();
    });
  }

  /* --- Showing -------------------------------------------------------------------------- */

  function box() { return document.querySelector("[data-outbox-list]"); }
  function words(name) { return box().getAttribute("data-" + name) || ""; }

  function paragraph(text, isStrong) {
    var element = document.createElement("p");
    var inside = isStrong ? element.appendChild(document.createElement("strong")) : element;
    inside.textContent = text;
    return element;
  }

  function button(name, onClick) {
    var element = document.createElement("button");
    element.type = "button";
    element.className = "btn btn-quiet";
    element.textContent = words(name);
    element.addEventListener("click", onClick);
    return element;
  }

  function say(name) {
    if (!box()) return;
    box().hidden = false;
    box().textContent = "";
    box().appendChild(paragraph(words(name), true));
    box().scrollIntoView({ block: "center" });
  }

  function drawWaiting(entry, isUnderWay) {
    var part = document.createElement("div");
    var row = document.createElement("div");
    row.className = "btn-row";
    part.appendChild(paragraph(entry.title, true));
    if (entry.state === "refused") {
      part.appendChild(paragraph(words("refused") + " " + entry.sentences.join(" ")));
      row.appendChild(button("correct", function () { correct(entry); }));
    } else {
      part.appendChild(paragraph(words(isUnderWay ? "sending" : "waiting")));
      row.appendChild(button("again", sendAll));
    }
    row.appendChild(button("drop", function () {
      if (window.confirm(words("sure"))) store.drop(entry.key).then(function () { draw(); });
    }));
    part.appendChild(row);
    return part;
  }

  function drawSent(entry) {
    var part = document.createElement("div");
    var link = document.createElement("a");
    link.href = entry.url;
    link.textContent = words("follow");
    part.appendChild(paragraph(entry.title, true));
    var line = paragraph(words("sent") + " " + (entry.code || "") + " ");
    line.appendChild(link);
    part.appendChild(line);
    return part;
  }

  function draw(isUnderWay) {
    if (!box()) return;
    store.all().then(function (entries) {
      box().textContent = "";
      sent.forEach(function (entry) { box().appendChild(drawSent(entry)); });
      entries.forEach(function (entry) { box().appendChild(drawWaiting(entry, isUnderWay)); });
      box().hidden = !box().children.length;
    }, function () { return null; });
  }

  /* --- Correcting ----------------------------------------------------------------------- */

  function correct(entry) {
    var form = document.querySelector("form[data-outbox]");
    if (!form) {
      window.sessionStorage.setItem(CORRECTING, entry.key);
      window.location.assign(entry.page);
      return;
    }
    store.fill(form, entry);
    store.drop(entry.key).then(function () { draw(); });
    form.scrollIntoView();
  }

  function goOnCorrecting() {
    var key = window.sessionStorage.getItem(CORRECTING);
    if (!key || !document.querySelector("form[data-outbox]")) return;
    window.sessionStorage.removeItem(CORRECTING);
    store.all().then(function (entries) {
      entries.filter(function (entry) { return entry.key === key; }).forEach(correct);
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

  document.addEventListener("htmx:sendError", failed, true);
  document.addEventListener("htmx:timeout", failed, true);
  window.addEventListener("online", sendAll);
  document.addEventListener("DOMContentLoaded", function () {
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
