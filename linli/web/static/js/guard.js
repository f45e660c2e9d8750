/* A form is sent once: its buttons rest while it is on its way. Without script the server's own
   keys keep a step from happening twice; this only spares people the second answer. */
(function () {
  "use strict";

  function buttonsOf(form) {
    return Array.from(form.querySelectorAll("button:not([type=button]), input[type=submit]"));
  }

  function rest(form) {
    form.setAttribute("aria-busy", "true");
    buttonsOf(form).forEach(function (button) {
      button.classList.add("is-busy");
      button.setAttribute("aria-disabled", "true");
    });
  }

  function wake(form) {
    form.removeAttribute("aria-busy");
    buttonsOf(form).forEach(function (button) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-sends-itself")) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    /* After this turn: what is disabled would not be sent, and another listener may still refuse. */
    window.setTimeout(function () {
      if (!event.defaultPrevented || form.hasAttribute("hx-post")) rest(form);
    }, 0);
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.detail.elt.closest && event.detail.elt.closest("form");
    if (form) wake(form);
  });

  /* Coming back with the browser's own button shows the page as it was left: let it be used. */
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[aria-busy]").forEach(wake);
  });

  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (!form || !form.hasAttribute("data-submit-on-change") || event.target.type === "search" || !event.target.name) return;
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  });
})();
