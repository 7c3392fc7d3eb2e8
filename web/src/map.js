// The map: draws what the page's table lists, over the server's fallback inside <div data-map>.
//
//   data-url           same-origin address of the figures, see below; none: only outline and layers
//   data-label         what the map shows, for screen readers
//   data-unit          "incidents"
//   data-resolutions   "8,9": the script asks again with resolution=8 or 9 as the zoom changes
//   data-bounds        "west,south,east,north" to begin with; otherwise the figures' own
//   data-outline       address of the partnership's outline (GeoJSON), drawn above everything
//   data-item-url      address of an item's page with {id} in it; a feature may bring its own `url`
//   data-layers        addresses of layers (GeoJSON with `name`, `kind`, `url`), parted by spaces
//   data-draw-point, data-draw-corners, data-draw-how   ids of the fields (and the name of the radios) that
//                      a click or a drawn outline is written into; without a script people type there
//   data-tiles, data-tiles-attribution   raster tiles, only if an administrator allows them
//
// Figures: {"resolution":9,"cells":[["8919…",12],…],"breaks":[1,5,20],"marked":["8919…"]}
// or a GeoJSON FeatureCollection with `breaks` and properties `value`, `name`, `id`, `url`, `marked`.
// `breaks` are the lower bounds of at most five classes, as in the server's key (chart::Classes).

import { AttributionControl, LngLatBounds, Map, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "maplibre-gl";
import { cellToBoundary } from "h3-js";

setWorkerUrl(new URL(MAP_WORKER, location.origin).href);

// The same colours and marks as the server's chart module: ColorBrewer YlGnBu, and a pattern for each.
const PALETTE = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];
const INK = "#0b0c0c";
const MARKS = [
  () => {},
  (context) => {
    context.fillStyle = INK;
    context.beginPath();
    context.arc(4, 4, 1, 0, 2 * Math.PI);
    context.fill();
  },
  (context) => lines(context, INK, [[-2, 2, 2, -2], [0, 8, 8, 0], [6, 10, 10, 6]]),
  (context) => lines(context, "#ffffff", [[0, 2, 8, 2], [0, 6, 8, 6]]),
  (context) => lines(context, "#ffffff", [[0, 0, 8, 8], [8, 0, 0, 8]]),
];

function lines(context, colour, segments) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (const [x1, y1, x2, y2] of segments) {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  }
}

/** What has no data: grey with crosses, neither white (none) nor a class. */
function noData(context) {
  context.fillStyle = "#e8e8e8";
  context.fillRect(0, 0, 8, 8);
  lines(context, "#6f777b", [[2, 2, 6, 6], [6, 2, 2, 6]]);
}

/** A tile of 8 by 8 at twice the density. */
function pattern(draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  draw(context);
  return context.getImageData(0, 0, 16, 16);
}

/** Few classes spread over the palette, as chart::Classes::step does. */
function stepOf(value, breaks) {
  const last = PALETTE.length - 1;
  const own = breaks.findLastIndex((bound) => value >= bound);
  if (own < 0) return -1;
  if (breaks.length < 2) return Math.floor(last / 2);
  return Math.min(last, Math.floor((own * last + Math.floor((breaks.length - 1) / 2)) / (breaks.length - 1)));
}

/** Either form of figures as features with `step` and `text`. */
function features(figures) {
  const breaks = figures.breaks ?? [];
  const shown = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
  const marked = new Set(figures.marked ?? []);
  const found = figures.cells
    ? figures.cells.map(([id, value]) => ({
        type: "Feature",
        geometry: { type: "Polygon", coordinates: [cellToBoundary(id, true)] },
        properties: { id, value, marked: marked.has(id) },
      }))
    : figures.features;
  return {
    type: "FeatureCollection",
    cellular: Boolean(figures.cells),
    features: found.map((feature) => {
      const properties = feature.properties ?? {};
      const known = Number.isFinite(properties.value);
      const step = known ? stepOf(properties.value, breaks) : -2;
      return { ...feature, properties: { ...properties, step, text: known ? shown.format(properties.value) : "" } };
    }),
  };
}

function boundsOf(collection) {
  const bounds = new LngLatBounds();
  const walk = (part) => (typeof part[0] === "number" ? bounds.extend(part) : part.forEach(walk));
  collection.features.forEach((feature) => feature.geometry && walk(feature.geometry.coordinates));
  return bounds.isEmpty() ? null : bounds;
}

class Choropleth {
  constructor(root) {
    this.root = root;
    this.resolutions = (root.dataset.resolutions ?? "").split(",").filter(Boolean).map(Number);
    this.status = document.createElement("p");
    this.status.className = "govuk-visually-hidden";
    this.status.setAttribute("role", "status");
    this.canvasBox = document.createElement("div");
    this.canvasBox.className = "cw-map__canvas";
    const crosshair = document.createElement("div");
    crosshair.className = "cw-map__crosshair";
    crosshair.setAttribute("aria-hidden", "true");
    this.hint = document.createElement("p");
    this.hint.className = "govuk-hint cw-map__hint";
    this.hint.id = `${root.id || "map"}-hint`;
    this.hint.textContent = root.dataset.drawCorners
      ? "Choose above whether you want a point or an area, then click. With a keyboard: arrow keys move the map, plus and minus zoom, the first button takes what is in the middle."
      : "With a keyboard: arrow keys move the map, plus and minus zoom, Enter reads out what is in the middle, Escape closes it.";
    this.frame = document.createElement("div");
    this.frame.className = "cw-map";
    this.frame.append(this.canvasBox, crosshair);
  }

  async start() {
    const first = await this.fetch(this.resolutions[0]);
    const given = this.root.dataset.bounds?.split(",").map(Number);
    const bounds = given?.length === 4 && given.every(Number.isFinite)
      ? new LngLatBounds([given[0], given[1]], [given[2], given[3]])
      : boundsOf(first);
    const fallback = [...this.root.childNodes];
    this.root.replaceChildren(this.frame, this.hint, this.status);
    try {
      this.map = new Map({
        container: this.canvasBox,
        style: this.style(),
        bounds: bounds ?? [[-3, 54], [-1, 55.5]],
        fitBoundsOptions: { padding: 16 },
        maxZoom: 16,
        attributionControl: false,
        cooperativeGestures: true,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
      });
    } catch (error) {
      this.root.replaceChildren(...fallback); // no WebGL: the server's picture and the table remain
      throw error;
    }
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    if (this.root.dataset.tilesAttribution) {
      this.map.addControl(new AttributionControl({ customAttribution: this.root.dataset.tilesAttribution }));
    }
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-label", this.root.dataset.label ?? "Map");
    canvas.setAttribute("aria-describedby", this.hint.id);
    await this.map.once("load");
    const add = (name, draw) => this.map.addImage(name, pattern(draw), { pixelRatio: 2 });
    PALETTE.forEach((colour, step) =>
      add(`step-${step}`, (context) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 8, 8);
        MARKS[step](context);
      }),
    );
    add("step--2", noData);
    this.addLayers(first);
    await this.addOutline();
    await this.addOverlays();
    if (this.root.dataset.drawCorners) new Draw(this.map, this.root, this.status, this.frame);
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.map.on("click", (event) => this.describe(event.point, event.lngLat));
    this.map.on("zoomend", () => this.follow().catch((error) => this.fail(error)));
    this.root.dataset.mapReady = "true";
    await this.follow();
  }

  style() {
    const sources = {};
    const layers = [{ id: "background", type: "background", paint: { "background-color": "#f4f4f5" } }];
    if (this.root.dataset.tiles) {
      sources.tiles = { type: "raster", tiles: [this.root.dataset.tiles], tileSize: 256 };
      layers.push({ id: "tiles", type: "raster", source: "tiles", paint: { "raster-saturation": -0.6 } });
    }
    return { version: 8, sources, layers };
  }

  addLayers(figures) {
    const over = this.root.dataset.tiles ? 0.75 : 1;
    this.map.addSource("figures", { type: "geojson", data: figures });
    this.map.addLayer({
      id: "none",
      type: "fill",
      source: "figures",
      filter: ["==", ["get", "step"], -1],
      paint: { "fill-color": "#ffffff", "fill-opacity": over },
    });
    this.map.addLayer({
      id: "classes",
      type: "fill",
      source: "figures",
      filter: ["!=", ["get", "step"], -1],
      paint: {
        "fill-color": ["match", ["get", "step"], ...PALETTE.flatMap((colour, step) => [step, colour]), "#e8e8e8"],
        "fill-opacity": over,
      },
    });
    // Cells smaller than a pattern's tile would only flicker: from afar the steps differ in lightness.
    this.map.addLayer({
      id: "patterns",
      type: "fill",
      source: "figures",
      minzoom: figures.cellular ? 10 : 0,
      filter: ["!=", ["get", "step"], -1],
      paint: { "fill-pattern": ["concat", "step-", ["to-string", ["get", "step"]]], "fill-opacity": over },
    });
    // The higher the class, the heavier its edge; from afar edges must not hide what they enclose.
    const edge = ["+", 0.6, ["*", 0.3, ["max", 0, ["get", "step"]]]];
    this.map.addLayer({
      id: "edges",
      type: "line",
      source: "figures",
      paint: {
        "line-color": "#4d5358",
        "line-width": ["interpolate", ["linear"], ["zoom"], 8.5, figures.cellular ? 0 : 0.6, 12, edge],
      },
    });
    this.map.addLayer({
      id: "marked",
      type: "line",
      source: "figures",
      filter: ["==", ["get", "marked"], true],
      paint: { "line-color": INK, "line-width": ["interpolate", ["linear"], ["zoom"], 8.5, 1.5, 12, 3] },
    });
    this.map.addLayer({
      id: "numbers",
      type: "symbol",
      source: "figures",
      minzoom: 12.5,
      filter: [">=", ["get", "step"], 0],
      layout: { "text-field": ["get", "text"], "text-font": ["Arial Bold"], "text-size": 14 },
      paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 2 },
    });
    this.map.on("mouseenter", "classes", () => (this.map.getCanvas().style.cursor = "pointer"));
    this.map.on("mouseleave", "classes", () => (this.map.getCanvas().style.cursor = ""));
  }

  async addOutline() {
    if (!this.root.dataset.outline) return;
    const response = await fetch(this.root.dataset.outline, { headers: { accept: "application/geo+json, application/json" } });
    if (!response.ok) return;
    this.map.addSource("outline", { type: "geojson", data: await response.json() });
    this.map.addLayer({
      id: "outline",
      type: "line",
      source: "outline",
      paint: { "line-color": INK, "line-width": 2 },
    });
  }

  /** What areas lay over the map: outlines in ink and points with a white rim, whatever lies below. */
  async addOverlays() {
    this.overlays = [];
    for (const address of (this.root.dataset.layers ?? "").split(" ").filter(Boolean)) {
      const response = await fetch(address, { headers: { accept: "application/geo+json, application/json" } });
      if (!response.ok) continue;
      const id = `overlay-${this.overlays.length}`;
      this.map.addSource(id, { type: "geojson", data: await response.json() });
      this.map.addLayer({
        id: `${id}-rim`,
        type: "line",
        source: id,
        filter: ["!=", ["geometry-type"], "Point"],
        paint: { "line-color": "#ffffff", "line-width": 6 },
      });
      this.map.addLayer({
        id: `${id}-line`,
        type: "line",
        source: id,
        filter: ["!=", ["geometry-type"], "Point"],
        paint: { "line-color": "#942514", "line-width": 3, "line-dasharray": [2, 1] },
      });
      // To be clicked; hardly seen.
      this.map.addLayer({
        id: `${id}-fill`,
        type: "fill",
        source: id,
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": "#942514", "fill-opacity": 0.1 },
      });
      this.map.addLayer({
        id: `${id}-point`,
        type: "circle",
        source: id,
        filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-color": "#942514", "circle-radius": 7, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
      });
      this.overlays.push(`${id}-point`, `${id}-fill`, `${id}-line`);
    }
  }

  async fetch(resolution) {
    if (!this.root.dataset.url) return features({ features: [] });
    const url = new URL(this.root.dataset.url, location.href);
    if (resolution) url.searchParams.set("resolution", resolution);
    this.pending?.abort();
    this.pending = new AbortController();
    const response = await fetch(url, { headers: { accept: "application/json" }, signal: this.pending.signal });
    if (!response.ok) throw new Error(`the map's figures: ${response.status}`);
    this.resolution = resolution;
    return features(await response.json());
  }

  /** Finer cells from zoom 11 on. */
  async follow() {
    if (this.resolutions.length < 2) return;
    const wanted = this.resolutions[this.map.getZoom() < 11 ? 0 : this.resolutions.length - 1];
    if (wanted === this.resolution) return;
    this.popup?.remove();
    this.map.getSource("figures").setData(await this.fetch(wanted));
  }

  key(event) {
    if (event.key === "Escape") this.popup?.remove();
    if (event.key !== "Enter") return;
    event.preventDefault();
    const centre = this.map.getCenter();
    this.describe(this.map.project(centre), centre);
  }

  /** Says in words what lies at a point. */
  describe(point, place) {
    this.popup?.remove();
    if (this.root.dataset.drawCorners) return;
    const over = this.overlays.length ? this.map.queryRenderedFeatures(point, { layers: this.overlays }) : [];
    const [feature] = over.length ? over : this.map.queryRenderedFeatures(point, { layers: ["classes", "none"] });
    if (!feature) {
      this.status.textContent = "Nothing is counted here.";
      return;
    }
    const { id, name, value, text, url, kind } = feature.properties;
    const unit = this.root.dataset.unit ?? "";
    const words = over.length ? `${kind}: ${name}` : `${name ? `${name}: ` : ""}${Number.isFinite(value) ? `${text} ${unit}` : "no data"}`;
    const box = document.createElement("div");
    const line = document.createElement("p");
    line.className = "govuk-body govuk-!-margin-bottom-1";
    line.textContent = words;
    box.append(line);
    const href = url ?? (id && this.root.dataset.itemUrl?.replace("{id}", encodeURIComponent(id)));
    if (href?.startsWith("/")) {
      const link = document.createElement("a");
      link.className = "govuk-link govuk-body";
      link.href = href;
      link.textContent = "Details of this place";
      box.append(link);
    }
    this.popup = new Popup({ maxWidth: "280px", focusAfterOpen: false }).setLngLat(place).setDOMContent(box).addTo(this.map);
    this.status.textContent = words;
  }

  fail(error) {
    if (error.name === "AbortError") return;
    console.error(error);
    this.hint.textContent = "The map could not be loaded. The table has the same figures.";
  }
}

/** Choosing a point or drawing an outline: what is clicked is written into the form's own fields. */
class Draw {
  constructor(map, root, status, frame) {
    this.map = map;
    this.status = status;
    this.corners = [];
    this.point = document.getElementById(root.dataset.drawPoint);
    this.field = document.getElementById(root.dataset.drawCorners);
    this.radios = [...document.getElementsByName(root.dataset.drawHow)];
    this.read();
    map.addSource("drawn", { type: "geojson", data: this.geojson() });
    map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": "#942514", "line-width": 3 } });
    map.addLayer({
      id: "drawn-corner",
      type: "circle",
      source: "drawn",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": "#942514", "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
    const bar = document.createElement("div");
    bar.className = "govuk-button-group";
    bar.append(this.button("Take the middle of the map", () => this.add(map.getCenter())));
    bar.append(this.button("Take the last corner away", () => this.set(this.corners.slice(0, -1))));
    frame.after(bar);
    map.on("click", (event) => this.add(event.lngLat));
    this.field.addEventListener("change", () => (this.read(), this.show()));
  }

  button(text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  /** The outline, or the one point, whichever the form asks for; a click chooses the outline. */
  add({ lng, lat }) {
    const chosen = this.radios.find((radio) => radio.checked)?.value;
    if (chosen === "point") {
      this.point.value = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
      this.corners = [];
      this.show([lng, lat]);
      this.status.textContent = `Point ${this.point.value}`;
      return;
    }
    const drawn = this.radios.find((radio) => radio.value === "drawn");
    if (drawn && !drawn.checked) drawn.click();
    this.set([...this.corners, [lng, lat]]);
  }

  set(corners) {
    this.corners = corners;
    this.field.value = corners.map(([lng, lat]) => `${lat.toFixed(5)}, ${lng.toFixed(5)}`).join("\n");
    this.status.textContent = `${corners.length} corners`;
    this.show();
  }

  read() {
    const lines = this.field.value.split("\n").map((line) => line.split(",").map(Number));
    this.corners = lines.filter((line) => line.length === 2 && line.every(Number.isFinite)).map(([lat, lng]) => [lng, lat]);
  }

  show(point) {
    this.map.getSource("drawn").setData(this.geojson(point));
  }

  geojson(point) {
    const feature = (type, coordinates) => ({ type: "Feature", properties: {}, geometry: { type, coordinates } });
    const features = [...this.corners, ...(point ? [point] : [])].map((corner) => feature("Point", corner));
    if (this.corners.length > 1) features.push(feature("LineString", [...this.corners, this.corners[0]]));
    return { type: "FeatureCollection", features };
  }
}

for (const root of document.querySelectorAll("[data-map]")) {
  const map = new Choropleth(root);
  map.start().catch((error) => map.fail(error));
}
