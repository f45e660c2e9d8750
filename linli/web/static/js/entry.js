/* Entering a call by hand and eye alone: Enter sends, a picked place and category are set, and only
   the fields that the chosen next step needs are shown. Without script all of them are shown. */
(function () {
  "use strict";

  var form = document.querySelector("[data-entry]");
  if (!form) return;
  var touched = false;

  function byName(name) {
    return form.elements.namedItem(name);
  }

  function showNeeded() {
    var chosen = form.querySelector("[data-then] input:checked");
    form.querySelectorAll("[data-when]").forEach(function (part) {
      part.hidden = !chosen || part.getAttribute("data-when") !== chosen.value;
    });
  }

  function set(select, value) {
    if (Array.from(select.options).some(function (option) { return option.value === value; })) {
      select.value = value;
    }
  }

  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (!event.target.hasAttribute("data-enter-sends")) return;
    event.preventDefault();
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  });

  form.addEventListener("change", function (event) {
    var target = event.target;
    if (target.hasAttribute("data-pick-spot")) {
      byName("spot").value = target.value;
      byName("place").value = target.getAttribute("data-label");
      byName("text").dispatchEvent(new CustomEvent("spot-picked"));
    } else if (target.hasAttribute("data-same-as")) {
      form.querySelectorAll("[data-same-as]").forEach(function (box) {
        if (box !== target) box.checked = false;
      });
      byName("same_as").value = target.checked ? target.value : "";
    } else if (target.name === "category_id") {
      touched = true;
    } else if (target.name === "then") {
      showNeeded();
    }
  });

  /* Other words for the place mean another place. */
  byName("place").addEventListener("input", function () { byName("spot").value = ""; });

  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-set]");
    if (!button) return;
    touched = true;
    set(document.getElementById(button.getAttribute("data-set")), button.getAttribute("data-value"));
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id === "spots") {
      var only = form.querySelectorAll("[data-pick-spot]");
      var typed = byName("place").value.replace(/\s+/g, "");
      only.forEach(function (choice) {
        if (choice.getAttribute("data-label").replace(/\s+/g, "") === typed) choice.click();
      });
    }
    if (event.detail.target.id !== "hints") return;
    var suggested = form.querySelector("[data-suggested]");
    if (suggested && !touched) set(byName("category_id"), suggested.getAttribute("data-suggested"));
    var same = byName("same_as").value;
    var kept = form.querySelector('[data-same-as][value="' + same + '"]');
    if (kept) kept.checked = true;
    else byName("same_as").value = "";
  });

  showNeeded();
  if (!form.querySelector("[data-focus]")) byName("text").focus();
})();
