/* What was typed, or photographed, before the scripts arrived counts as well: on a slow network
   people begin as soon as they see the form. Listens on the window, so that everything that binds
   itself to the document has done so. */
(function () {
  "use strict";

  var typed = "textarea, input:not([type]), input[type=text], input[type=tel], input[type=search]";

  function tell(field, name) {
    field.dispatchEvent(new Event(name, { bubbles: true }));
  }

  window.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(typed).forEach(function (field) {
      if (field.value !== field.defaultValue) tell(field, "input");
    });
    document.querySelectorAll("input[type=file]").forEach(function (field) {
      if (field.files.length) tell(field, "change");
    });
  });
})();
