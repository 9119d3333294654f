// The legend of the outlines on charts: which run they are.

import type { Page } from "../page";

/** What the outline on the charts of some origins is, and which of them have none. */
export function OutlineLegend({ page, populations }: { page: Page, populations: readonly number[] }) {
  const { other } = page;
  if (other === null || other.store.plan === null) return null;
  const without = other.without(populations.map((each) => page.nameOf(each)));
  return <><span class="swatch other" aria-hidden="true" /> <span>{other.run}{without.length > 0 && `, which has no ${without.join(", ")}`}</span></>;
}
