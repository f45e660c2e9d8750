/* Lead the eye and the screen reader: to the summary of errors, and to what a step just said. */
(function () {
  "use strict";

  function lead(root) {
    var target = root.querySelector("[data-focus]");
    if (target) target.focus();
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { lead(document); });
  } else {
    lead(document);
  }

  document.addEventListener("htmx:afterSwap", function (event) {
    lead(event.target);
    if (event.target.id === "notices" && event.target.children.length) {
      event.target.scrollIntoView({ block: "center" });
      event.target.focus();
    }
  });

  /* No answer at all: the network is gone. Say so where refusals are said, and no longer when it is
     back. Help while typing is not worth a word: nobody sent anything. */
  document.addEventListener("htmx:sendError", function (event) {
    var notices = document.getElementById("notices");
    var words = document.body.getAttribute("data-offline");
    if (!notices || !words || event.detail.elt.hasAttribute("data-quiet")) return;
    var notice = document.createElement("div");
    var text = document.createElement("p");
    notice.className = "notice notice-warning";
    notice.setAttribute("data-offline-notice", "");
    text.textContent = words;
    notice.appendChild(text);
    notices.textContent = "";
    notices.appendChild(notice);
    notices.focus();
  });

  window.addEventListener("online", function () {
    document.querySelectorAll("[data-offline-notice]").forEach(function (notice) { notice.remove(); });
  });
})();
