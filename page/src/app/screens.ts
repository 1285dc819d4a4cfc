/** The screens in the order of the bars, each with its picture. */

import type { Screen } from "../state/route.svelte";
import type { IconName } from "../ui/icons";

export const BAR: readonly { screen: Screen; icon: IconName }[] = [
  { screen: "create", icon: "brush" },
  { screen: "picture", icon: "picture" },
  { screen: "queue", icon: "queue" },
  { screen: "gallery", icon: "grid" },
  { screen: "inspect", icon: "search" },
  { screen: "tools", icon: "wand" },
  { screen: "settings", icon: "settings" },
];

/** How many of them stand in the bar of a phone; the others are behind "More". */
export const ON_PHONE = 4;
