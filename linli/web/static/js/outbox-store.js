/* Forms that wait on this phone: kept in IndexedDB, turned into a form again or into what is sent.
   window.linliOutbox is for outbox.js, which says when. */
(function () {
  "use strict";

  var DATABASE = "linli-outbox";
  var STORE = "forms";

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

  window.linliOutbox = { put: put, drop: drop, all: all, entryOf: entryOf, dataOf: dataOf, fill: fill };
})();
