// Beside a question about a place: 'use where I am', and a map to put a pin on. Without this script
// the field takes a postcode, a name or co-ordinates all the same.
//
//   data-here, data-show, data-pinned, data-refused, data-map-label, data-map-hint   words
//   data-bounds   "west,south,east,north" to begin with
//   data-tiles, data-tiles-attribution, data-outline   what there is to draw; without any, no map
//
// A place is written into the hidden fields, and as co-ordinates into the field itself: where
// somebody then types something else, the server sees that the two differ and goes by what was typed.

const places = document.querySelectorAll("[data-place]");

class Place {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input[type=text], input:not([type])");
    this.group = document.createElement("div");
    this.group.className = "govuk-button-group cw-place__buttons";
    this.status = document.createElement("p");
    this.status.className = "govuk-body cw-search__note";
    this.status.setAttribute("role", "status");
    if ("geolocation" in navigator) this.button(root.dataset.here, () => this.locate());
    if (root.dataset.tiles || root.dataset.outline) {
      this.opener = this.button(root.dataset.show, () => this.open());
      this.opener.setAttribute("aria-expanded", "false");
    }
    if (this.group.childElementCount > 0) root.append(this.group, this.status);
  }

  button(words, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary govuk-!-margin-bottom-2";
    button.textContent = words;
    button.addEventListener("click", act);
    this.group.append(button);
    return button;
  }

  hidden(part) {
    return this.root.querySelector(`input[name="${CSS.escape(`${this.input.name}-${part}`)}"]`);
  }

  known() {
    const [latitude, longitude] = [this.hidden("latitude").value, this.hidden("longitude").value];
    const same = this.hidden("was").value === this.input.value && latitude && longitude;
    return same ? [Number(longitude), Number(latitude)] : null;
  }

  set(latitude, longitude, how, accuracy) {
    const shown = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    this.input.value = shown;
    const parts = { was: shown, latitude, longitude, how, accuracy: accuracy ? Math.round(accuracy) : "", chosen: "" };
    for (const [part, value] of Object.entries(parts)) this.hidden(part).value = value;
    for (const choice of this.root.querySelectorAll("input[type=radio]")) choice.checked = false;
    this.status.textContent = this.root.dataset.pinned.replace("{place}", shown);
  }

  locate() {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.set(coords.latitude, coords.longitude, "device", coords.accuracy),
      () => (this.status.textContent = this.root.dataset.refused),
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  }

  async open() {
    if (this.map) {
      this.map.toggle();
      return;
    }
    // Only known when the assets are built.
    const address = new URL(PLACE_MAP, location.origin).href;
    const { PinMap } = await import(address);
    this.map = new PinMap(this);
  }
}

for (const root of places) new Place(root);
