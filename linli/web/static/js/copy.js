/* Copy a text with one press: <button data-copy="…" data-copied="Copied">. */
(function () {
  "use strict";

  function byHand(text) {
    var box = document.createElement("textarea");
    box.value = text;
    box.setAttribute("readonly", "");
    box.className = "visually-hidden";
    document.body.appendChild(box);
    box.select();
    try {
      return document.execCommand("copy");
    } finally {
      document.body.removeChild(box);
    }
  }

  function say(button) {
    var label = button.querySelector("[data-copy-label]") || button;
    var before = label.textContent;
    label.textContent = button.getAttribute("data-copied");
    window.setTimeout(function () { label.textContent = before; }, 2000);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var text = button.getAttribute("data-copy");
    /* Without https there is no clipboard object; the old way still works. */
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(function () { say(button); }, function () {
        if (byHand(text)) say(button);
      });
    } else if (byHand(text)) {
      say(button);
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
