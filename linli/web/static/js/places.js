/* Narrow the places to those where the chosen role can be held:
   <select data-roles-of="id of the places">, whose options carry data-roles. Without script all
   places are offered and the server says when one does not fit. */
(function () {
  "use strict";

  function narrow(select) {
    var places = document.getElementById(select.getAttribute("data-roles-of"));
    if (!places) return;
    Array.from(places.querySelectorAll("option[data-roles]")).forEach(function (option) {
      var fits = !select.value || option.getAttribute("data-roles").split(" ").indexOf(select.value) >= 0;
      option.hidden = option.disabled = !fits;
      if (!fits && option.selected) places.value = "";
    });
    Array.from(places.querySelectorAll("optgroup")).forEach(function (group) {
      group.hidden = !group.querySelector("option:not([hidden])");
    });
    var left = places.querySelectorAll("option[data-roles]:not([hidden])");
    if (select.value && left.length === 1) places.value = left[0].value;
  }

  Array.from(document.querySelectorAll("select[data-roles-of]")).forEach(function (select) {
    select.addEventListener("change", function () { narrow(select); });
    narrow(select);
  });
})();
