/* “Where I stand”: fills in the point and asks which places are near. Bound by data-position. */
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-position]");
    if (!button) { return; }
    var form = button.form || button.closest("form");
    var note = form.querySelector("[data-position-note]");
    function deny() { note.textContent = button.dataset.denied; button.disabled = false; }
    if (!navigator.geolocation || !window.isSecureContext) { deny(); return; }
    button.disabled = true;
    note.textContent = "";
    navigator.geolocation.getCurrentPosition(function (found) {
      button.disabled = false;
      form.elements.longitude.value = found.coords.longitude;
      form.elements.latitude.value = found.coords.latitude;
      var url = button.dataset.positionUrl + "?longitude=" + found.coords.longitude + "&latitude=" + found.coords.latitude;
      window.htmx.ajax("GET", url, { target: button.dataset.positionTarget, swap: "outerHTML" });
    }, deny, { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 });
  });
})();
