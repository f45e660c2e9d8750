/* Open and close dialogs: <a href="#id" data-dialog-open>. Without script the link shows it in place. */
(function () {
  "use strict";

  function show(dialog) {
    if (typeof dialog.showModal === "function") {
      if (!dialog.open) dialog.showModal();
    } else {
      dialog.classList.add("is-plain");
      dialog.setAttribute("open", "");
    }
    var first = dialog.querySelector("textarea, input:not([type=hidden]), select, button");
    if (first) first.focus();
  }

  function hide(dialog) {
    if (typeof dialog.close === "function" && dialog.open) dialog.close();
    else dialog.removeAttribute("open");
  }

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      var name = opener.getAttribute("data-dialog-open") || opener.getAttribute("href").slice(1);
      var dialog = document.getElementById(name);
      if (dialog) {
        event.preventDefault();
        show(dialog);
      }
      return;
    }
    var closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      event.preventDefault();
      hide(closer.closest("dialog"));
      return;
    }
    if (event.target.matches && event.target.matches("dialog[data-dialog]")) {
      var box = event.target.getBoundingClientRect();
      var inside = event.clientX >= box.left && event.clientX <= box.right
        && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) hide(event.target);
    }
  });
})();
