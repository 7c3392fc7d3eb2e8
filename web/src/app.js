document.body.classList.add("js-enabled", "govuk-frontend-supported");

import { createAll, initAll } from "govuk-frontend";
import { AddAnother, Alert, ButtonMenu, FilterToggleButton, SortableTable } from "@ministryofjustice/frontend";

initAll();
for (const Component of [AddAnother, Alert, ButtonMenu, SortableTable]) {
  createAll(Component);
}
createAll(FilterToggleButton, { bigModeMediaQuery: "(min-width: 48.0625em)", startHidden: false });
