document.body.classList.add("js-enabled", "govuk-frontend-supported");

import { createAll, initAll } from "govuk-frontend";
import { AddAnother, Alert, ButtonMenu, FilterToggleButton, SortableTable } from "@ministryofjustice/frontend";

initAll();
for (const Component of [AddAnother, Alert, ButtonMenu, SortableTable]) {
  createAll(Component);
}
createAll(FilterToggleButton, { bigModeMediaQuery: "(min-width: 48.0625em)", startHidden: false });

// Where this device holds what could not be sent yet, every page says so (offline/banner.js).
try {
  if (localStorage.getItem("commonweal-offline") && !document.querySelector("[data-offline]")) import(OFFLINE_BANNER);
} catch {
  // A browser that keeps nothing has nothing waiting.
}
