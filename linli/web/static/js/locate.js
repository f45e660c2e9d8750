/* “Use my position” fills two fields, and nothing keeps a track. Without https or without the
   phone's consent there is no position; the button then says so and typing the place remains. */
(function () {
  "use strict";

  function bindAll(root) {
    /* What only a script can do is shown only where scripts run. */
    root.querySelectorAll("[data-needs-script]").forEach(function (element) { element.hidden = false; });
    root.querySelectorAll("[data-locate]:not([data-bound])").forEach(function (button) {
      if (!navigator.geolocation || window.isSecureContext === false) return;
      button.setAttribute("data-bound", "");
      button.hidden = false;
      button.addEventListener("click", function () { locate(button); });
    });
  }

  function locate(button) {
    var form = button.closest("form");
    var said = form.querySelector("[data-locate-said]");
    button.classList.add("is-busy");
    said.hidden = true;
    navigator.geolocation.getCurrentPosition(function (found) {
      button.classList.remove("is-busy");
      set(form, "place_query", "");
      set(form, "longitude", found.coords.longitude.toFixed(6));
      set(form, "latitude", found.coords.latitude.toFixed(6));
    }, function () {
      button.classList.remove("is-busy");
      said.textContent = button.getAttribute("data-failed");
      said.hidden = false;
    }, { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
  }

  function set(form, name, value) {
    var input = form.querySelector("[name=" + name + "]");
    if (!input) return;
    input.value = value;
    if (name !== "place_query") input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("DOMContentLoaded", function () { bindAll(document); });
  document.addEventListener("htmx:load", function (event) {
    if (event.detail.elt.querySelectorAll) bindAll(event.detail.elt);
  });
})();
