/* Of every page of somebody signed in: say that they were here, let the service worker keep what
   their day needs (on pages with [data-offline]), and leave nothing behind when they sign out.
   Without HTTPS browsers allow no service worker: the page says so and works as before. */
(function () {
  "use strict";

  var kept = self.linliKept;
  var body = document.body;
  var account = body.getAttribute("data-account");
  var isLive = !body.hasAttribute("data-kept");

  function show(name, values) {
    var line = document.querySelector("[data-offline-state]");
    if (!line || !line.hasAttribute("data-" + name)) return;
    var text = line.getAttribute("data-" + name);
    Object.keys(values || {}).forEach(function (key) { text = text.replace("{" + key + "}", values[key]); });
    line.textContent = text;
    line.setAttribute("data-now", name);
    line.hidden = false;
  }

  function clock() {
    var now = new Date();
    return ("0" + now.getHours()).slice(-2) + ":" + ("0" + now.getMinutes()).slice(-2);
  }

  function sayLost(count) {
    var notices = document.getElementById("notices");
    if (!count || !notices) return;
    var notice = document.createElement("div");
    var text = document.createElement("p");
    notice.className = "notice notice-warning";
    text.textContent = body.getAttribute("data-lost").replace("{n}", count);
    notice.appendChild(text);
    notices.appendChild(notice);
  }

  /* --- Coming ----------------------------------------------------------------------------- */

  function arrive() {
    return kept.expire().then(function (found) {
      if (!isLive) return found.lost;
      var hours = {
        pages: parseFloat(body.getAttribute("data-pages-hours")),
        unsent: parseFloat(body.getAttribute("data-unsent-hours"))
      };
      return kept.meet(account, hours).then(function (lost) { return lost + found.lost; });
    }).then(sayLost);
  }

  function register() {
    if (!document.querySelector("[data-offline-state]")) return;
    if (!self.isSecureContext) {
      show("insecure");
      return;
    }
    if (!navigator.serviceWorker) {
      show("unable");
      return;
    }
    navigator.serviceWorker.addEventListener("message", function (event) {
      if (event.data && event.data.kept) show("ready", { time: clock() });
    });
    navigator.serviceWorker.register("/offline/worker.js", { scope: "/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (registration) {
      if (isLive) registration.active.postMessage({ keep: account });
    }).catch(function () { show("unable"); });
  }

  /* What was sent is no longer due: what is kept follows. */
  document.addEventListener("outbox:sent", function () {
    if (navigator.serviceWorker && navigator.serviceWorker.controller && account) {
      navigator.serviceWorker.controller.postMessage({ keep: account });
    }
  });

  /* --- Going ------------------------------------------------------------------------------- */

  /* Without a network nobody is signed out: then nothing is thrown away either. The token is of the
     moment, for a page that was kept shows one of yesterday. */
  function signOut(form) {
    return fetch("/offline/state/", { credentials: "same-origin", redirect: "error", cache: "no-store" })
      .then(function (response) { return response.json(); })
      .then(function (found) {
        form.querySelector("[name=csrfmiddlewaretoken]").value = found.token;
        form.setAttribute("data-goes", "");
        return kept.forget().catch(function () { return null; }).then(function () { form.submit(); });
      }, function () { window.alert(body.getAttribute("data-offline")); });
  }

  function bindSigningOut(form) {
    form.addEventListener("submit", function (event) {
      if (form.hasAttribute("data-goes")) return;
      event.preventDefault();
      kept.all().then(function (entries) { return entries.length; }, function () { return 0; })
        .then(function (count) {
          var words = body.getAttribute("data-unsent").replace("{n}", count);
          return count && !window.confirm(words) ? null : signOut(form);
        });
    });
  }

  /* --- At the door --------------------------------------------------------------------------- */

  function sayWhatWaits(place) {
    kept.expire().then(kept.all).then(function (entries) {
      var count = entries.filter(function (entry) { return entry.owner; }).length;
      if (!count) return;
      place.querySelector("p").textContent = place.getAttribute("data-text").replace("{n}", count);
      place.hidden = false;
    }, function () { return null; });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-sign-out]").forEach(bindSigningOut);
    document.querySelectorAll("[data-offline-waiting]").forEach(sayWhatWaits);
    if (!account) return;
    arrive().then(register, register);
  });
})();
