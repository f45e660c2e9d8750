/* What waits on this phone and what was just sent, in <section data-outbox-list …> whose data-
   attributes hold the words; a link to something that waits says so. window.linliOutboxShow is for
   outbox.js, which gives what can be done with each. */
(function () {
  "use strict";

  function box() { return document.querySelector("[data-outbox-list]"); }
  function words(name) { return (box() && box().getAttribute("data-" + name)) || ""; }

  function paragraph(text, isStrong) {
    var element = document.createElement("p");
    var inside = isStrong ? element.appendChild(document.createElement("strong")) : element;
    inside.textContent = text;
    return element;
  }

  function button(name, onClick) {
    var element = document.createElement("button");
    element.type = "button";
    element.className = "btn btn-quiet";
    element.textContent = words(name);
    element.addEventListener("click", onClick);
    return element;
  }

  function say(name) {
    if (!box()) return;
    box().hidden = false;
    box().textContent = "";
    box().appendChild(paragraph(words(name), true));
    lead();
  }

  function lead() {
    if (box()) box().scrollIntoView({ block: "center" });
  }

  function stateOf(entry, how) {
    if (how.isUnderWay) return words("sending");
    return words(how.isAway && entry.owner ? "away" : "waiting");
  }

  function waiting(entry, how, acts) {
    var part = document.createElement("div");
    var row = document.createElement("div");
    row.className = "btn-row";
    part.appendChild(paragraph(entry.title, true));
    if (entry.state === "refused") {
      var why = entry.sentences.length ? entry.sentences.join(" ") : words("gone");
      part.appendChild(paragraph(words("refused") + " " + why));
      if (entry.sentences.length) row.appendChild(button("correct", function () { acts.correct(entry); }));
    } else {
      part.appendChild(paragraph(stateOf(entry, how)));
      row.appendChild(button("again", acts.again));
    }
    row.appendChild(button("drop", function () {
      if (window.confirm(words("sure"))) acts.drop(entry);
    }));
    part.appendChild(row);
    return part;
  }

  function sent(entry) {
    var part = document.createElement("div");
    var link = document.createElement("a");
    link.href = entry.url;
    link.textContent = words("follow");
    part.appendChild(paragraph(entry.title, true));
    var line = paragraph(words(entry.code ? "sent" : "taken") + " " + (entry.code || "") + " ");
    line.appendChild(link);
    part.appendChild(line);
    return part;
  }

  /* On a list of doors: the ones that are done, and whether they wait or were sent just now; the
     list itself is as old as the page. */
  function mark(entries, done) {
    var waits = entries.map(function (entry) { return entry.url; });
    document.querySelectorAll("[data-outbox-mark]").forEach(function (pill) { pill.remove(); });
    document.querySelectorAll(".items a.item").forEach(function (link) {
      var url = link.getAttribute("href");
      var isSent = done.some(function (entry) { return entry.url === url; });
      if (waits.indexOf(url) >= 0) hang(link, "pill", "marked");
      else if (isSent) hang(link, "pill pill-state-closed", "marked-sent");
    });
  }

  function hang(link, looks, name) {
    var pill = document.createElement("span");
    pill.className = looks;
    pill.setAttribute("data-outbox-mark", "");
    pill.textContent = words(name);
    (link.querySelector(".item-title") || link).appendChild(pill);
  }

  function draw(entries, done, how, acts) {
    mark(entries, done);
    if (!box()) return;
    box().textContent = "";
    done.forEach(function (entry) { box().appendChild(sent(entry)); });
    entries.forEach(function (entry) { box().appendChild(waiting(entry, how, acts)); });
    box().hidden = !box().children.length;
  }

  window.linliOutboxShow = { draw: draw, say: say, lead: lead };
})();
