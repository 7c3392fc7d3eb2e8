// The map on which a pin is put: loaded only by those who ask for it.
import { AttributionControl, LngLatBounds, Map, Marker, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";

setWorkerUrl(new URL(MAP_WORKER, location.origin).href);

export class PinMap {
  constructor(place) {
    this.place = place;
    const { dataset } = place.root;
    this.frame = document.createElement("div");
    this.frame.className = "cw-map cw-map--pin";
    const canvas = document.createElement("div");
    canvas.className = "cw-map__canvas";
    const cross = document.createElement("div");
    cross.className = "cw-map__crosshair cw-map__crosshair--shown";
    cross.setAttribute("aria-hidden", "true");
    this.frame.append(canvas, cross);
    this.hint = document.createElement("p");
    this.hint.className = "govuk-hint";
    this.hint.id = `${place.input.id}-map-hint`;
    this.hint.textContent = dataset.mapHint;
    this.box = document.createElement("div");
    this.here = document.createElement("button");
    this.here.type = "button";
    this.here.className = "govuk-button govuk-button--secondary";
    this.here.textContent = dataset.pinHere;
    this.here.addEventListener("click", () => this.pin(this.map.getCenter()));
    this.box.append(this.hint, this.frame, this.here);
    place.root.append(this.box);
    place.opener.setAttribute("aria-expanded", "true");
    this.start(canvas, dataset).catch((error) => {
      console.error(error);
      this.box.remove();
    });
  }

  async start(canvas, dataset) {
    const [west, south, east, north] = dataset.bounds.split(",").map(Number);
    const sources = {};
    const layers = [{ id: "background", type: "background", paint: { "background-color": "#f4f4f5" } }];
    if (dataset.tiles) {
      sources.tiles = { type: "raster", tiles: [dataset.tiles], tileSize: 256 };
      layers.push({ id: "tiles", type: "raster", source: "tiles" });
    }
    this.map = new Map({
      container: canvas,
      style: { version: 8, sources, layers },
      bounds: new LngLatBounds([west, south], [east, north]),
      maxZoom: 18,
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    if (dataset.tilesAttribution) {
      this.map.addControl(new AttributionControl({ customAttribution: dataset.tilesAttribution }));
    }
    const face = this.map.getCanvas();
    face.setAttribute("aria-label", dataset.mapLabel);
    face.setAttribute("aria-describedby", this.hint.id);
    const known = this.place.known();
    if (known) {
      this.map.jumpTo({ center: known, zoom: 15 });
      this.show(known);
    }
    this.map.on("click", (event) => this.pin(event.lngLat));
    await this.map.once("load");
    if (dataset.outline) {
      const response = await fetch(dataset.outline, { headers: { accept: "application/geo+json, application/json" } });
      if (response.ok) {
        this.map.addSource("outline", { type: "geojson", data: await response.json() });
        this.map.addLayer({ id: "outline", type: "line", source: "outline", paint: { "line-color": "#0b0c0c", "line-width": 2 } });
      }
    }
    this.box.dataset.mapReady = "true";
  }

  toggle() {
    this.box.hidden = !this.box.hidden;
    this.place.opener.setAttribute("aria-expanded", String(!this.box.hidden));
  }

  show(at) {
    this.marker ??= new Marker({ color: "#d4351c" }).setLngLat(at).addTo(this.map);
    this.marker.setLngLat(at);
  }

  pin({ lat, lng }) {
    this.show([lng, lat]);
    this.place.set(lat, lng, "pin");
  }
}
