/* Remember the codes of reports in this browser, and list them where somebody looks for them. */
(function () {
  "use strict";

  var KEY = "linli-codes";
  var MOST = 12;

  function read() {
    try {
      var found = JSON.parse(window.localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (error) {
      return [];
    }
  }

  function write(entries) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify(entries.slice(0, MOST)));
    } catch (error) {
      /* A private window keeps nothing; the code on the page is enough. */
    }
  }

  function remember(code, title) {
    var others = read().filter(function (entry) { return entry.code !== code; });
    write([{ code: code, title: title }].concat(others));
  }

  function grouped(code) {
    return [code.slice(0, 4), code.slice(4, 8), code.slice(8)].join("-");
  }

  function show(box) {
    var list = box.querySelector("ul");
    var entries = read();
    box.hidden = entries.length === 0;
    list.textContent = "";
    entries.forEach(function (entry) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      var title = document.createElement("span");
      var meta = document.createElement("span");
      var forget = document.createElement("button");
      item.className = "remembered";
      link.className = "item";
      link.href = "/m/" + encodeURIComponent(entry.code) + "/";
      title.className = "item-title";
      title.textContent = entry.title;
      meta.className = "item-meta number";
      meta.textContent = grouped(entry.code);
      forget.type = "button";
      forget.className = "link-button";
      forget.textContent = box.getAttribute("data-remove");
      forget.setAttribute("aria-label", forget.textContent + " " + entry.title);
      forget.addEventListener("click", function () {
        write(read().filter(function (other) { return other.code !== entry.code; }));
        show(box);
      });
      link.appendChild(title);
      link.appendChild(meta);
      item.appendChild(link);
      item.appendChild(forget);
      list.appendChild(item);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-remember]").forEach(function (element) {
      remember(element.getAttribute("data-remember"), element.getAttribute("data-remember-title"));
    });
    document.querySelectorAll("[data-remembered]").forEach(show);
  });

  /* What the outbox sent by itself is remembered like everything else; what is nobody else's
     business is not, because somebody else may hold this phone. */
  document.addEventListener("outbox:sent", function (event) {
    if (!event.detail.code || event.detail.isPrivate) return;
    remember(event.detail.code.replace(/-/g, ""), event.detail.title);
    document.querySelectorAll("[data-remembered]").forEach(show);
  });
})();
