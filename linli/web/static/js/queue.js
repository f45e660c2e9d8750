/* The desk by keyboard: j/k move in the queue, Enter opens, a goes to the likeliest step, / searches,
   n enters a call, ? shows the keys. The list itself is links, so it works without this. */
(function () {
  "use strict";

  function rows() {
    return Array.from(document.querySelectorAll("[data-row]"));
  }

  function isTyping(element) {
    return element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  }

  function move(by) {
    var all = rows();
    if (!all.length) return;
    var here = all.indexOf(document.activeElement);
    if (here < 0) here = all.findIndex(function (row) { return row.hasAttribute("aria-current"); });
    var next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function press(selector) {
    var target = document.querySelector(selector);
    if (!target) return false;
    target.focus();
    if (target.tagName === "A") target.click();
    return true;
  }

  function step() {
    /* An open form is for looking at first: go to its button, do not send it. */
    return press("#steps [data-key-send]") || press("#steps [data-key-step]");
  }

  function help() {
    var keys = document.getElementById("keys");
    if (keys && typeof keys.showModal === "function" && !keys.open) keys.showModal();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    var acts = {
      j: function () { move(1); },
      k: function () { move(-1); },
      a: step,
      n: function () { press("[data-key='n']"); },
      "/": function () { press("[data-key='/']"); },
      "?": help
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });

  /* A matter opened beside its queue: mark its row, and on a phone show it in the queue's place. */
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "matter") return;
    var opened = event.detail.requestConfig && event.detail.requestConfig.elt;
    rows().forEach(function (row) {
      if (row === opened) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    document.querySelector(".panes").classList.add("shows-matter");
    event.detail.target.scrollTop = 0;
    if (window.matchMedia("(max-width: 61.99rem)").matches) window.scrollTo(0, 0);
  });

  document.addEventListener("DOMContentLoaded", function () {
    var current = document.querySelector("[data-row][aria-current]");
    if (current) current.scrollIntoView({ block: "center" });
  });
})();
