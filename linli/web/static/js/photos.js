/* Show chosen photos before they are sent, and let each be taken out again. */
(function () {
  "use strict";

  function canEdit() {
    try {
      return new DataTransfer().items !== undefined;
    } catch (error) {
      return false;
    }
  }

  function bind(picker) {
    var input = picker.querySelector("input[type=file]");
    var list = picker.querySelector("[data-photo-new]");
    var template = picker.querySelector("[data-photo-template]");
    var tooMany = picker.querySelector("[data-photo-too-many]");
    var most = parseInt(picker.getAttribute("data-max"), 10);
    var chosen = [];

    function room() {
      return most - picker.querySelectorAll("[data-photo-token]").length;
    }

    function draw() {
      list.textContent = "";
      chosen.forEach(function (file, index) {
        var item = template.content.firstElementChild.cloneNode(true);
        var image = item.querySelector("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        image.onload = function () { URL.revokeObjectURL(image.src); };
        var remove = item.querySelector("button");
        if (canEdit()) {
          remove.setAttribute("aria-label", remove.textContent.trim() + " " + file.name);
          remove.addEventListener("click", function () {
            chosen.splice(index, 1);
            keep();
          });
        } else {
          remove.hidden = true;
        }
        list.appendChild(item);
      });
    }

    function keep() {
      if (canEdit()) {
        var transfer = new DataTransfer();
        chosen.forEach(function (file) { transfer.items.add(file); });
        input.files = transfer.files;
      }
      draw();
      picker.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true }));
    }

    if (input.form) {
      input.form.addEventListener("reset", function () {
        chosen = [];
        draw();
      });
    }

    input.addEventListener("change", function () {
      /* A second choice adds to the first: people take one photo, then another. */
      var added = Array.from(input.files);
      chosen = canEdit() ? chosen.concat(added) : added;
      tooMany.hidden = chosen.length <= room();
      chosen = chosen.slice(0, Math.max(0, room()));
      keep();
    });
  }

  function bindAll(root) {
    var found = Array.from(root.querySelectorAll("[data-photo-picker]"));
    if (root.matches && root.matches("[data-photo-picker]")) found.push(root);
    found.forEach(function (picker) {
      if (!picker.hasAttribute("data-bound")) {
        picker.setAttribute("data-bound", "");
        bind(picker);
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () { bindAll(document); });
  document.addEventListener("htmx:load", function (event) { bindAll(event.detail.elt); });
})();
