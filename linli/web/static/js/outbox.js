/* A form that could not leave is kept on the phone and leaves by itself.

   <form data-outbox="report" data-outbox-title="text" hx-post=… enctype="multipart/form-data"> must
   carry a submission_key, so that the server takes it once however often it is sent. When the
   network fails, the whole form with its photos goes into IndexedDB; it is sent when the network
   is back, on the next page of Linli, and every half minute while one is open. The page shows the
   state in <section data-outbox-list …>, whose data- attributes hold the words. */
(function () {
  "use strict";

  var DATABASE = "linli-outbox";
  var STORE = "forms";
  var PAUSE_MILLISECONDS = 30000;
  var CORRECTING = "linli-outbox-correcting";
  var isSending = false;
  var sent = [];

  /* --- Keeping -------------------------------------------------------------------------- */

  function open() {
    return new Promise(function (resolve, reject) {
      if (!window.indexedDB) {
        reject(new Error("no indexedDB"));
        return;
      }
      var asked = window.indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore(STORE, { keyPath: "key" }); };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function withStore(mode, work) {
    return open().then(function (database) {
      return new Promise(function (resolve, reject) {
        var transaction = database.transaction(STORE, mode);
        var asked = work(transaction.objectStore(STORE));
        transaction.oncomplete = function () {
          database.close();
          resolve(asked.result);
        };
        transaction.onerror = function () { reject(transaction.error); };
        transaction.onabort = function () { reject(transaction.error); };
      });
    });
  }

  function put(entry) { return withStore("readwrite", function (store) { return store.put(entry); }); }
  function drop(key) { return withStore("readwrite", function (store) { return store.delete(key); }); }
  function all() { return withStore("readonly", function (store) { return store.getAll(); }); }

  /* Files are copied into plain memory: a photo that is only pointed at may be gone tomorrow. */
  function copyOf(value) {
    if (typeof value === "string") return Promise.resolve({ text: value });
    return new Response(value).arrayBuffer().then(function (bytes) {
      return { bytes: bytes, name: value.name, type: value.type };
    });
  }

  function entryOf(form) {
    var fields = Array.from(new FormData(form).entries()).filter(function (pair) {
      if (pair[0] === "csrfmiddlewaretoken") return false;
      return typeof pair[1] === "string" || pair[1].size > 0;
    });
    return Promise.all(fields.map(function (pair) {
      return copyOf(pair[1]).then(function (value) { return { name: pair[0], value: value }; });
    })).then(function (kept) {
      var named = form.querySelector("[name=" + form.getAttribute("data-outbox-title") + "]");
      return {
        key: form.querySelector("[name=submission_key]").value,
        url: form.getAttribute("action"),
        page: window.location.pathname + window.location.search,
        title: ((named && named.value) || "").slice(0, 60),
        fields: kept,
        keptAt: Date.now(),
        state: "waiting",
        sentences: []
      };
    });
  }

  function keep(form) {
    return entryOf(form).then(put).then(function () {
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

  function dataOf(entry) {
    var data = new FormData();
    entry.fields.forEach(function (field) {
      if (field.value.bytes) {
        data.append(field.name, new Blob([field.value.bytes], { type: field.value.type }), field.value.name);
      } else {
        data.append(field.name, field.value.text);
      }
    });
    return data;
  }

  function send(entry) {
    return fetch(entry.url, {
      method: "POST",
      body: dataOf(entry),
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
          return put(entry);
        });
      }
      return null; /* Busy, or signed out: it stays and is tried again. */
    }, function () { return null; });
  }

  function accept(entry, answer) {
    sent.push({ title: entry.title, url: answer.url, code: answer.code });
    document.dispatchEvent(new CustomEvent("outbox:sent", {
      detail: { title: entry.title, url: answer.url, code: answer.code }
    }));
    return drop(entry.key);
  }

  function sendAll() {
    if (isSending || navigator.onLine === false) return Promise.resolve();
    isSending = true;
    return all().then(function (entries) {
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
      if (window.confirm(words("sure"))) drop(entry.key).then(function () { draw(); });
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
    all().then(function (entries) {
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
    fill(form, entry);
    drop(entry.key).then(function () { draw(); });
    form.scrollIntoView();
  }

  function goOnCorrecting() {
    var key = window.sessionStorage.getItem(CORRECTING);
    if (!key || !document.querySelector("form[data-outbox]")) return;
    window.sessionStorage.removeItem(CORRECTING);
    all().then(function (entries) {
      entries.filter(function (entry) { return entry.key === key; }).forEach(correct);
    }, function () { return null; });
  }

  function fill(form, entry) {
    var files = [];
    entry.fields.forEach(function (field) {
      if (field.value.bytes) {
        files.push(new File([field.value.bytes], field.value.name, { type: field.value.type }));
        return;
      }
      var input = form.querySelector("[name=" + field.name + "]");
      if (!input) return;
      if (input.type === "checkbox") input.checked = true;
      else if (input.type !== "radio" && input.type !== "file") input.value = field.value.text;
    });
    var picker = form.querySelector("input[type=file]");
    if (picker && files.length && window.DataTransfer) {
      var transfer = new DataTransfer();
      files.forEach(function (file) { transfer.items.add(file); });
      picker.files = transfer.files;
      picker.dispatchEvent(new Event("change", { bubbles: true }));
    }
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
