/* A form as it waits on this phone (see kept.js), and back into a form or into what is sent.
   window.linliOutbox is for outbox.js, which says when. */
(function () {
  "use strict";

  /* Files are copied into plain memory: a photo that is only pointed at may be gone tomorrow. */
  function copyOf(value) {
    if (typeof value === "string") return Promise.resolve({ text: value });
    return new Response(value).arrayBuffer().then(function (bytes) {
      return { bytes: bytes, name: value.name, type: value.type };
    });
  }

  function titleOf(form) {
    var named = form.querySelector("[name=" + form.getAttribute("data-outbox-title") + "]");
    var words = [form.getAttribute("data-outbox-about") || "", (named && named.value) || ""];
    return words.join(" ").trim().slice(0, 60);
  }

  /* `pressed` is the button that sent it: what it says belongs to the form. */
  function entryOf(form, pressed) {
    var pairs = Array.from(new FormData(form).entries()).filter(function (pair) {
      if (pair[0] === "csrfmiddlewaretoken") return false;
      return typeof pair[1] === "string" || pair[1].size > 0;
    });
    if (pressed && pressed.name) pairs.push([pressed.name, pressed.value]);
    return Promise.all(pairs.map(function (pair) {
      return copyOf(pair[1]).then(function (value) { return { name: pair[0], value: value }; });
    })).then(function (fields) {
      return {
        key: form.querySelector("[name=submission_key]").value,
        owner: document.body.getAttribute("data-account") || "",
        url: form.getAttribute("action"),
        page: window.location.pathname + window.location.search,
        title: titleOf(form),
        fields: fields,
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

  /* A field that several answers share is ticked where the answer is one of them. The base of an
     edit is what its writer saw: it comes along. A new key is made when it is sent again. */
  function fill(form, entry) {
    var files = [];
    form.querySelectorAll("input[type=checkbox], input[type=radio]").forEach(function (input) {
      input.checked = false;
    });
    entry.fields.forEach(function (field) {
      if (field.value.bytes) {
        files.push(new File([field.value.bytes], field.value.name, { type: field.value.type }));
        return;
      }
      if (field.name === "submission_key") return;
      Array.from(form.elements).forEach(function (input) {
        if (input.name !== field.name || input.tagName === "BUTTON" || input.type === "file") return;
        if (input.type === "checkbox" || input.type === "radio") {
          if (input.value === field.value.text) input.checked = true;
        } else {
          input.value = field.value.text;
        }
      });
    });
    var picker = form.querySelector("input[type=file]");
    if (picker && files.length && window.DataTransfer) {
      var transfer = new DataTransfer();
      files.forEach(function (file) { transfer.items.add(file); });
      picker.files = transfer.files;
      picker.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  /* An edit that stands on the same page as one that waits says nothing of what it left alone: there
     the waiting one counts, with what its writer saw (base_…) under it. */
  function layOver(entry, earlier) {
    function text(one, name) {
      var found = one.fields.find(function (field) { return field.name === name; });
      return found && found.value;
    }
    earlier.fields.forEach(function (field) {
      var mine = text(entry, field.name);
      var seen = text(entry, "base_" + field.name);
      var base = text(earlier, "base_" + field.name);
      if (!mine || !seen || !base) return;
      if (mine.text !== seen.text || field.value.text === base.text) return;
      mine.text = field.value.text;
      seen.text = base.text;
    });
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

  window.linliOutbox = { entryOf: entryOf, dataOf: dataOf, fill: fill, layOver: layOver, newKey: newKey };
})();
