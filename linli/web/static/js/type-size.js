/* Large or usual type at once and in place: whoever needs it notices halfway through writing, and
   what is typed would be lost with the page. Without script the form is sent and the page comes anew. */
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    if (!form.hasAttribute("data-type-size") || !button) return;
    event.preventDefault();
    var body = new FormData(form);
    body.append(button.name, button.value);
    /* The answer sets the cookie; without a network the page at hand changes all the same. */
    fetch(form.action, { method: "POST", body: body, redirect: "manual" }).catch(function () {});
    document.documentElement.classList.toggle("is-large", button.value === "1");
    document.querySelectorAll("form[data-type-size] button").forEach(turn);
  });

  function turn(button) {
    var label = button.querySelector("span");
    var other = button.getAttribute("data-other");
    button.setAttribute("data-other", label.textContent);
    label.textContent = other;
    button.value = button.value === "1" ? "0" : "1";
  }
})();
