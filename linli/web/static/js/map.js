/* Draw a community's own grids, estates and buildings with Leaflet; no tile server is needed.
   <div data-map="id of a JSON script"> shows a FeatureCollection. A feature's properties: name,
   label (true writes the name on it), url (a press opens it), tone 0–4 (how dark), layer
   (community, large_grid, grid, micro_grid, estate, building, place, matter), text. data-map-pick="longitude latitude" lets a press set two
   fields; data-map-select sends a "map:select" event with the feature's properties.
   Where most never open the map, the page names Leaflet in data-leaflet and data-leaflet-style
   of this script instead of loading it: it is fetched with the first map. */
(function () {
  "use strict";

  var later = document.currentScript.dataset;
  var waiting = [];

  var TONES = ["#e7f2ef", "#b5dacf", "#6fb5a3", "#2b8a75", "#084f43"];
  var LAYERS = {
    community: { color: "#084f43", weight: 3, fillColor: "#ffffff", fillOpacity: 0 },
    large_grid: { color: "#084f43", weight: 3, fillColor: "#ffffff", fillOpacity: 0.3 },
    grid: { color: "#0b6b5b", weight: 2, fillColor: "#ffffff", fillOpacity: 0.6 },
    dedicated: { color: "#6a2fa0", weight: 2, fillColor: "#e3d3f3", fillOpacity: 0.55 },
    micro_grid: { color: "#6fb5a3", weight: 1, dashArray: "4 3", fillColor: "#ffffff", fillOpacity: 0.2 },
    estate: { color: "#84938d", weight: 1, fillColor: "#f3efe2", fillOpacity: 0.7 },
    building: { color: "#51605b", weight: 1, fillColor: "#cfd8d4", fillOpacity: 0.9 },
    place: { color: "#1f5aa6", weight: 2, fillColor: "#eaf1fb", fillOpacity: 1 },
    matter: { color: "#ffffff", weight: 2, fillColor: "#b3261e", fillOpacity: 1 }
  };
  var ORDER = ["community", "large_grid", "grid", "micro_grid", "estate", "building", "place", "matter"];

  function styleOf(feature) {
    var facts = feature.properties || {};
    var layer = facts.layer === "grid" && facts.kind === "DEDICATED" ? "dedicated" : facts.layer;
    var style = Object.assign({}, LAYERS[layer] || LAYERS.estate);
    if (typeof facts.tone === "number") {
      style.fillColor = TONES[Math.max(0, Math.min(4, facts.tone))];
      style.fillOpacity = 0.85;
    }
    return style;
  }

  function tooltip(facts) {
    var box = document.createElement("span");
    if (!facts.text) {
      box.textContent = facts.name;
      return box;
    }
    var name = document.createElement("span");
    name.className = "map-name";
    name.textContent = facts.name + " · ";
    box.append(name, facts.text);
    return box;
  }

  /* Where names would cover each other, the figures stand alone; the table beside has both. */
  function thin(element, shown) {
    function update() {
      shown.eachLayer(function (layer) { if (layer.getTooltip()) layer.getTooltip().update(); });
    }
    element.classList.remove("is-thin");
    update();
    var boxes = Array.from(element.querySelectorAll(".map-label"), function (label) { return label.getBoundingClientRect(); });
    var isCovered = boxes.some(function (a, index) {
      return boxes.slice(index + 1).some(function (b) {
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      });
    });
    if (isCovered) {
      element.classList.add("is-thin");
      update();
    }
  }

  function write(names, point) {
    names.split(" ").forEach(function (name, index) {
      var input = document.getElementById("id_" + name);
      if (!input) return;
      input.value = (index === 0 ? point.lng : point.lat).toFixed(6);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  function draw(element) {
    var L = window.L;
    var source = document.getElementById(element.getAttribute("data-map"));
    var data = JSON.parse(source.textContent);
    var pick = element.getAttribute("data-map-pick");
    var map = L.map(element, { zoomSnap: 0.25, attributionControl: false, scrollWheelZoom: !pick, preferCanvas: false });
    if (element.getAttribute("data-tiles")) {
      L.tileLayer(element.getAttribute("data-tiles"), { maxZoom: 20 }).addTo(map);
      var credit = document.createElement("span");
      credit.textContent = element.getAttribute("data-credit");
      L.control.attribution({ prefix: false }).addAttribution(credit.innerHTML).addTo(map);
    }
    var sorted = (data.features || []).filter(function (feature) { return feature.geometry; })
      .sort(function (a, b) { return ORDER.indexOf(a.properties.layer) - ORDER.indexOf(b.properties.layer); });
    var marker = null;

    function set(point) {
      if (marker) marker.setLatLng(point);
      else marker = L.circleMarker(point, { radius: 10, color: "#ffffff", weight: 3, fillColor: "#b3261e", fillOpacity: 1 }).addTo(map);
      write(pick, point);
    }

    var shown = L.geoJSON({ type: "FeatureCollection", features: sorted }, {
      style: styleOf,
      pointToLayer: function (feature, point) {
        return L.circleMarker(point, Object.assign({ radius: feature.properties.layer === "matter" ? 8 : 6 }, styleOf(feature)));
      },
      onEachFeature: function (feature, layer) {
        var facts = feature.properties || {};
        if (facts.name) {
          layer.bindTooltip(tooltip(facts), facts.label
            ? { permanent: true, direction: "center", className: "map-label" }
            : { sticky: true });
        }
        layer.on("click", function (event) {
          element.dispatchEvent(new CustomEvent("map:select", { bubbles: true, detail: facts }));
          if (pick) set(event.latlng);
          else if (facts.url) window.location.assign(facts.url);
        });
      }
    }).addTo(map);

    function fit() {
      if (shown.getBounds().isValid()) map.fitBounds(shown.getBounds(), { padding: [12, 12] });
      else map.setView([32.06, 118.8], 13);
    }

    fit();
    thin(element, shown);
    map.on("zoomend resize", function () { thin(element, shown); });
    if (pick) {
      map.on("click", function (event) { set(event.latlng); });
      var fields = pick.split(" ").map(function (name) { return document.getElementById("id_" + name); });
      if (fields[0] && fields[0].value) set(L.latLng(parseFloat(fields[1].value), parseFloat(fields[0].value)));
      element.addEventListener("map:point", function (event) {
        var point = L.latLng(event.detail.latitude, event.detail.longitude);
        set(point);
        map.setView(point, Math.max(map.getZoom(), 17));
      });
    }
    if (window.ResizeObserver) {
      /* A map in a closed box has no size; it is fitted when the box opens. */
      var wasHidden = element.clientHeight === 0;
      new ResizeObserver(function () {
        map.invalidateSize();
        if (wasHidden && element.clientHeight) {
          wasHidden = false;
          fit();
        }
      }).observe(element);
    }
  }

  function drawAll(root) {
    var found = Array.from(root.querySelectorAll("[data-map]:not([data-bound])"));
    if (root.matches && root.matches("[data-map]:not([data-bound])")) found.push(root);
    found.forEach(function (element) {
      element.setAttribute("data-bound", "");
      if (window.L) draw(element);
      else waiting.push(element);
    });
    if (waiting.length && later.leaflet) fetchLeaflet();
  }

  function fetchLeaflet() {
    var style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = later.leafletStyle;
    document.head.appendChild(style);
    var script = document.createElement("script");
    script.src = later.leaflet;
    delete later.leaflet;
    script.addEventListener("load", function () { waiting.splice(0).forEach(draw); });
    document.head.appendChild(script);
  }

  document.addEventListener("DOMContentLoaded", function () { drawAll(document); });
  document.addEventListener("htmx:load", function (event) {
    if (event.detail.elt.querySelectorAll) drawAll(event.detail.elt);
  });
})();
