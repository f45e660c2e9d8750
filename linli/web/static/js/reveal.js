/* A box that shows further fields when it is ticked. Without script they are always shown. */
(function () {
  "use strict";

  function show(group) {
    var box = group.querySelector("input[type=checkbox][name='" + group.dataset.reveal + "']");
    group.querySelector("[data-revealed]").hidden = !box.checked;
  }

  document.querySelectorAll("[data-reveal]").forEach(function (group) {
    show(group);
    group.addEventListener("change", function () { show(group); });
  });
})();
